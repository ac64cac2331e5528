# SPDX-License-Identifier: MIT
"""One run of a scenario, and the runs of many seeds."""
from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Optional, Union

from . import _core
from ._core import Scenario
from ._progress import Progress, is_watched
from ._result import Result
from ._scenario import Value, loaded, replay_command, seed_of


class Interrupted(KeyboardInterrupt):
    """run_many was interrupted. `results` are those of the runs that were finished by then.

    Where nobody catches it, in a notebook or at Python's prompt, `sys.last_value.results` has them.
    """

    def __init__(self, text: str, results: list[Result]) -> None:
        super().__init__(text)
        self.results = results


def run(
    scenario: str | os.PathLike[str] | Scenario,
    seed: int | None = None,
    set: Mapping[str, Value] | None = None,
) -> Result:
    """Runs a scenario once and returns what `shaketable run --json` prints, and its history.

    `scenario` is a file or what `load` returned; `seed` is 0 .. 2^64 - 1, by default the first of
    the scenario's own; `set` gives values to its parameters (only for a file). The keys of the
    result are those of `Result`.

    Raises ScenarioError for a mistake in the file, ValueError for an impossible seed, and BugError
    if the program broke a promise of its own. A broken promise of the simulated system is no error:
    it is a finding in the result.

        >>> import shaketable
        >>> result = shaketable.run("scenarios/leader_crash_during_writes.yaml", seed=7)
        >>> result["verdict"]
        'pass'
    """
    scenario = loaded(scenario, set)
    seed = seed_of(scenario, seed)
    replay = replay_command(scenario.path, seed, scenario.parameters)
    result: Result = json.loads(_core.run_to_json(scenario, seed, replay))
    return result


def run_many(
    scenario: str | os.PathLike[str] | Scenario,
    seeds: Union[Iterable[int], str, None] = None,
    jobs: int | None = None,
    *,
    set: Mapping[str, Value] | None = None,
    db: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> list[Result]:
    """Runs a scenario with many seeds, on several threads, and returns the results in their order.

    `seeds` is a range or any other run of whole numbers, or text such as "1..100"; by default the
    scenario's own. `jobs` is how many threads work, by default one a processor; the results do not
    depend on it. `db` names a results database, made if it is missing, to which each run is added
    as it is done; shaketable.open_results reads it. `progress` shows how far it has come, on
    standard error; by default where someone can see it, in a terminal or a notebook.

    Ctrl-C, or interrupting the kernel, raises Interrupted, a KeyboardInterrupt whose `results` are
    those of the runs that were finished: the seeds from the first on, without a gap.

    Raises what `run` raises, and StoreError if the database can't be used. A BugError or StoreError
    on the way has the `results` up to then, too.

        >>> import shaketable
        >>> results = shaketable.run_many("scenarios/leader_crash_during_writes.yaml", range(1, 5))
        >>> [result["seed"] for result in results]
        [1, 2, 3, 4]
        >>> max(result["recovery"][0]["rto_ns"] for result in results) < 30_000_000_000
        True
    """
    scenario = loaded(scenario, set)
    wanted = _seeds_of(scenario, seeds)
    threads = min(_jobs_of(jobs), max(len(wanted), 1))
    store = None
    if db is not None:
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        store = (os.fspath(db), now, json.dumps(sys.argv))
    bar = Progress(len(wanted), is_watched() if progress is None else progress)
    try:
        texts, ending, message = _core.run_many(scenario, wanted, threads, store, bar)
    finally:
        bar.clear()
    results: list[Result] = [json.loads(text) for text in texts]
    for result in results:
        result["replay"] = replay_command(scenario.path, result["seed"], scenario.parameters)
    if ending == "done":
        return results
    said = f"{len(results)} of {len(wanted)} runs were finished; they are in .results of this"
    if ending == "interrupted":
        raise Interrupted(f"interrupted: {said}", results)
    kind = _core.StoreError if ending == "store" else _core.BugError
    error = kind(f"{message}\n{said}")
    error.results = results  # type: ignore[union-attr]
    raise error


def _seeds_of(scenario: Scenario, seeds: Union[Iterable[int], str, None]) -> list[int]:
    if seeds is None:
        first, last = scenario.seeds
        return list(range(first, last + 1))
    if isinstance(seeds, str):
        first_text, dots, last_text = seeds.partition("..")
        if not first_text.isdecimal() or not (last_text if dots else "0").isdecimal():
            raise ValueError(f"seeds are '1..100' or numbers, not {seeds!r}")
        first, last = int(first_text), int(last_text if dots else first_text)
        if last < first:
            raise ValueError(f"a range of seeds goes upward: '{last}..{first}'")
        seed_of(scenario, last)
        return list(range(first, last + 1))
    if not isinstance(seeds, Iterable):
        raise TypeError(f"seeds are many: write [{seeds!r}] or range({seeds!r}), not {seeds!r}")
    return [seed_of(scenario, seed) for seed in seeds]


def _jobs_of(jobs: Optional[int]) -> int:
    if jobs is None:
        return os.cpu_count() or 1
    if isinstance(jobs, bool) or not isinstance(jobs, int):
        raise TypeError(f"jobs is a number of threads, not {jobs!r}")
    if not 1 <= jobs <= 1024:
        raise ValueError(f"jobs is a number of threads, 1 .. 1024, not {jobs}")
    return jobs
