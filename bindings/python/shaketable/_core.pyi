# SPDX-License-Identifier: MIT
# Types of the extension module.
from collections.abc import Callable
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

_Diagnostic = tuple[str, int, int, str, str, str]  # file, line, column, message, hint, source line

class BugError(RuntimeError):
    """The program broke a promise of its own; please report it."""

class StoreError(RuntimeError):
    """A results database that can't be used."""

class DrillError(ValueError):
    """What a drill can't do, and what could be meant instead."""

class Scenario:
    """A scenario that has been read, checked and resolved; it never changes."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def path(self) -> str:
        """The file it was read from, as it was named."""
    @property
    def resolved(self) -> str:
        """The whole scenario as canonical YAML."""
    @property
    def hash(self) -> str:
        """The scenario's identity: 16 hexadecimal digits."""
    @property
    def duration_ns(self) -> int:
        """How long a run takes in virtual nanoseconds, warm-up included."""
    @property
    def seeds(self) -> tuple[int, int]:
        """First and last of the seeds it is meant for; both are included."""
    @property
    def parameters(self) -> dict[str, str]:
        """The value of each parameter, as the scenario spells it."""

class Condition:
    """What a drill can wait for."""

    leader: Condition
    no_leader: Condition
    healthy: Condition
    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int: ...

class Drill:
    """A run by hand; use shaketable.Drill instead. Instants are nanoseconds from the start."""

    def __init__(self, scenario: Scenario, seed: int) -> None: ...
    @property
    def now_ns(self) -> int: ...
    @property
    def end_ns(self) -> int: ...
    @property
    def finished(self) -> bool: ...
    @property
    def seed(self) -> int: ...
    @property
    def fingerprint(self) -> int: ...
    @property
    def scenario(self) -> Scenario: ...
    @property
    def acting(self) -> list[str]: ...
    def advance(self, until_ns: int) -> None: ...
    def advance_until(self, condition: Condition, limit_ns: int) -> bool: ...
    def finish(self) -> None: ...
    def instant_of(self, moment: str) -> int: ...
    def inject(self, yaml: str) -> tuple[list[_Diagnostic], str]: ...
    def heal(self, id: str) -> None: ...
    def heal_all(self) -> None: ...
    def doubts(self) -> tuple[list[_Diagnostic], str]: ...
    def fault_ids(self) -> list[str]: ...
    def nodes(self) -> list[tuple[Any, ...]]: ...
    def leader(self) -> Optional[str]: ...
    def facts(self, kind: str) -> dict[str, Any]:
        """Columns by name under `columns`, the words of those that have some under `words`."""
    def series(self, workload: str, width_ns: int) -> dict[str, npt.NDArray[np.generic]]: ...
    def result_to_json(self, replay: str) -> str: ...

def load(
    path: str, overrides: list[tuple[str, str]]
) -> tuple[Optional[Scenario], list[_Diagnostic], str]: ...
def run_to_json(scenario: Scenario, seed: int, replay: str) -> str: ...
def run_many(
    scenario: Scenario,
    seeds: list[int],
    threads: int,
    store: Optional[tuple[str, str, str]],
    progress: Callable[[int], None],
) -> tuple[list[str], str, str]:
    """Results as JSON, how it ended (done, interrupted, bug or store), what was said then.

    `store` is a file, the wall time, and the words of the command as a JSON list.
    """

def parse_duration(text: str) -> int: ...
def format_duration(ns: int) -> str: ...
def did_you_mean(word: str, candidates: list[str]) -> str: ...
def fact_kinds() -> list[str]: ...
def version() -> str: ...
def model_version() -> str: ...
