# SPDX-License-Identifier: MIT
"""Scenario files, and what may be wrong with them."""
from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Optional, Union

from . import _core, _spell
from ._core import Scenario

# Of a scenario's parameter.
Value = Union[str, int, float, bool, timedelta]


@dataclass(frozen=True)
class Diagnostic:
    """One mistake in a scenario file."""

    file: str  # as it was named; "--set" for a value of `set`, "inject" for a drill's fault
    line: int  # from 1
    column: int  # in characters, from 1
    message: str
    suggestion: str  # how to mend it; empty if there is no idea
    source: str  # the text of the line


class ScenarioError(ValueError):
    """A scenario that can't be run. Its text shows each mistake with its line and a suggestion."""

    def __init__(self, text: str, diagnostics: list[Diagnostic]) -> None:
        super().__init__(text)
        self.diagnostics = diagnostics

    def __reduce__(self) -> tuple[type, tuple[str, list[Diagnostic]]]:
        # Pickled by `args` it would lack the diagnostics, and a worker process may raise it.
        return type(self), (str(self), self.diagnostics)


def load(path: str | os.PathLike[str], *, set: Mapping[str, Value] | None = None) -> Scenario:
    """Reads and checks a scenario file.

    `set` gives values to parameters of the scenario; a number needs no unit only if the parameter
    has none (write "20ms").

    Raises ScenarioError with every mistake of the file and of `set`.

        >>> import shaketable
        >>> scenario = shaketable.load("scenarios/leader_crash_during_writes.yaml")
        >>> scenario.name
        'leader_crash_during_writes'
    """
    overrides = [(name, _spell.scalar(value)) for name, value in (set or {}).items()]
    scenario, found, text = _core.load(os.fspath(path), overrides)
    if scenario is None:
        raise error_of(found, text)
    return scenario


def error_of(found: list[_core._Diagnostic], text: str) -> ScenarioError:
    return ScenarioError(text.rstrip("\n"), [Diagnostic(*each) for each in found])


def loaded(
    scenario: str | os.PathLike[str] | Scenario, set: Mapping[str, Value] | None
) -> Scenario:
    """The scenario, read if it is a file."""
    if not isinstance(scenario, Scenario):
        return load(scenario, set=set)
    if set:
        raise ValueError("`set` is for a scenario file; give it to load() instead")
    return scenario


def seed_of(scenario: Scenario, seed: Optional[int]) -> int:
    """The seed, checked; the first of the scenario's own for None."""
    if seed is None:
        return scenario.seeds[0]
    if isinstance(seed, bool) or not hasattr(seed, "__index__"):
        raise TypeError(f"a seed is a whole number, not {seed!r}")
    if not 0 <= seed < 2**64:
        raise ValueError(f"a seed is 0 .. 2^64 - 1, not {seed}")
    return int(seed)


def replay_command(path: str, seed: int, parameters: Mapping[str, str]) -> str:
    words = ["shaketable", "run", path, "--seed", str(seed)]
    for name, value in parameters.items():
        words += ["--set", f"{name}={value}"]
    return shlex.join(words)
