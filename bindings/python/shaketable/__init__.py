# SPDX-License-Identifier: MIT
"""shaketable: a high-availability cluster on a shake table, in virtual time.

A scenario file says what cluster, what load and what breaks; a run says how long service was gone
(RTO), what was lost (RPO) and whether the targets held. The same scenario, seed and version give
the same result, to the last bit.

    >>> import shaketable
    >>> result = shaketable.run("scenarios/leader_crash_during_writes.yaml", seed=7)
    >>> result["verdict"]
    'pass'
    >>> [row["rto_ns"] < 30_000_000_000 for row in result["recovery"] if row["scope"] == "write"]
    [True]

Times are whole nanoseconds since the start of the run, on the virtual clock.
"""
from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union

from . import _core
from ._core import BugError, Scenario
from ._result import Result

__all__ = [
    "BugError",
    "Diagnostic",
    "Result",
    "Scenario",
    "ScenarioError",
    "load",
    "model_version",
    "run",
    "version",
]

Value = Union[str, int, float, bool]


@dataclass(frozen=True)
class Diagnostic:
    """One mistake in a scenario file."""

    file: str  # as it was named; "--set" for a value of `set`
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

        >>> scenario = load("scenarios/leader_crash_during_writes.yaml")
        >>> scenario.name
        'leader_crash_during_writes'
    """
    overrides = [(name, _spell(value)) for name, value in (set or {}).items()]
    scenario, found, text = _core.load(os.fspath(path), overrides)
    if scenario is None:
        diagnostics = [Diagnostic(*each) for each in found]
        raise ScenarioError(text.rstrip("\n"), diagnostics)
    return scenario


def run(
    scenario: str | os.PathLike[str] | Scenario,
    seed: int | None = None,
    set: Mapping[str, Value] | None = None,
) -> Result:
    """Runs a scenario once and returns what `shaketable run --json` prints, and the timeline.

    `scenario` is a file or what `load` returned; `seed` is 0 .. 2^64 - 1, by default the first of
    the scenario's own; `set` gives values to its parameters (only for a file). The keys of the
    result are those of `Result`.

    Raises ScenarioError for a mistake in the file, ValueError for an impossible seed, and BugError
    if the program broke a promise of its own. A broken promise of the simulated system is no error:
    it is a finding in the result.

    Other threads run meanwhile, so a pool of threads uses all cores:

        >>> from concurrent.futures import ThreadPoolExecutor
        >>> scenario = load("scenarios/leader_crash_during_writes.yaml")
        >>> with ThreadPoolExecutor() as pool:
        ...     results = list(pool.map(lambda seed: run(scenario, seed), range(1, 5)))
        >>> [result["seed"] for result in results]
        [1, 2, 3, 4]
    """
    if not isinstance(scenario, Scenario):
        scenario = load(scenario, set=set)
    elif set:
        raise ValueError("`set` is for a scenario file; give it to load() instead")
    if seed is None:
        seed = scenario.seeds[0]
    if not 0 <= seed < 2**64:
        raise ValueError(f"a seed is 0 .. 2^64 - 1, not {seed}")
    result: Result = json.loads(_core.run_to_json(scenario, seed, _replay(scenario, seed)))
    return result


def version() -> str:
    """The version of the package, such as '0.1.0'."""
    return _core.version()


def model_version() -> str:
    """Changes whenever the same scenario and seed may give another fingerprint."""
    return _core.model_version()


def _spell(value: Value) -> str:
    """The value as YAML spells it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _replay(scenario: Scenario, seed: int) -> str:
    """The command that does the run again."""
    words = ["shaketable", "run", scenario.path, "--seed", str(seed)]
    for name, value in scenario.parameters.items():
        words += ["--set", f"{name}={value}"]
    return shlex.join(words)
