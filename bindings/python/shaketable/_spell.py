# SPDX-License-Identifier: MIT
"""Python's values as a scenario file spells them."""
from __future__ import annotations

import json
import operator
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Union

from . import _core

# Text such as "90s", whole nanoseconds, or a timedelta.
Time = Union[str, int, timedelta]

_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_./%+-]| (?=[^ ])|:(?=[^ ]))*")


def nanoseconds(value: Time, what: str = "a duration") -> int:
    """A span of time in nanoseconds; ValueError or TypeError if it is none."""
    if isinstance(value, str):
        try:
            return _core.parse_duration(value)
        except ValueError as error:
            raise ValueError(f"{what}: {error}") from None
    if isinstance(value, timedelta):
        return of_timedelta(value)
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(
            f"{what} is text such as '90s', whole nanoseconds or a timedelta, not {value!r}"
        )
    return operator.index(value)


def of_timedelta(value: timedelta) -> int:
    return ((value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds) * 1_000


def scalar(value: Any) -> str:
    """A single value, as `--set` takes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return _core.format_duration(of_timedelta(value))
    return str(value)


def flow(value: Any) -> str:
    """Any value in YAML's flow style, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Sequence):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    if isinstance(value, (int, float, timedelta)):
        return scalar(value)
    raise TypeError(f"a scenario has text, numbers, lists and maps, not {value!r}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a key is text, not {value!r}")
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
