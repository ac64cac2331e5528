# SPDX-License-Identifier: MIT
"""What pictures are drawn from: one result, however it is held."""
from __future__ import annotations

from typing import Any, Protocol, Union

from .._result import Result
from .._results import Results


class HasResult(Protocol):
    """Whatever can say what it has come to so far, such as a Drill."""

    def result(self) -> Result: ...


Source = Union[Result, Results, HasResult]


def result_of(source: Source) -> Result:
    if isinstance(source, Results):
        return source.run()
    found: Any = source.result() if callable(getattr(source, "result", None)) else source
    if not isinstance(found, dict) or "series" not in found:
        raise TypeError(
            "expected what shaketable.run returns, a Drill or an open results database, not "
            + type(source).__name__
        )
    return found  # type: ignore[return-value]
