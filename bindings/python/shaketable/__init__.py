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

`run_many` does that with many seeds, and `Drill` is a run by hand. Times are whole nanoseconds
since the start of the run, on the virtual clock.
"""
from __future__ import annotations

from . import _core
from ._core import BugError, DrillError, Scenario, StoreError
from ._drill import Drill, DrillTimeout, Table
from ._nodes import Node, Nodes
from ._result import Result
from ._results import Results, ResultsError, open_results
from ._run import Interrupted, run, run_many
from ._scenario import Diagnostic, ScenarioError, load

__all__ = [
    "BugError",
    "Diagnostic",
    "Drill",
    "DrillError",
    "DrillTimeout",
    "Interrupted",
    "Node",
    "Nodes",
    "Result",
    "Results",
    "ResultsError",
    "Scenario",
    "ScenarioError",
    "StoreError",
    "Table",
    "fact_kinds",
    "load",
    "model_version",
    "open_results",
    "run",
    "run_many",
    "version",
]

# Errors and help name things as one imports them.
for _name in __all__:
    if callable(globals().get(_name)):
        globals()[_name].__module__ = __name__


def fact_kinds() -> list[str]:
    """The kinds of facts that Drill.facts knows.

    >>> import shaketable
    >>> "role-changed" in shaketable.fact_kinds()
    True
    """
    return _core.fact_kinds()


def version() -> str:
    """The version of the package, such as '0.1.0'."""
    return _core.version()


def model_version() -> str:
    """Changes whenever the same scenario and seed may give another fingerprint."""
    return _core.model_version()
