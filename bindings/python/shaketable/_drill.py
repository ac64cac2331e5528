# SPDX-License-Identifier: MIT
"""A run by hand: let time pass, look, break something, look again."""
from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable, Union

import numpy as np
import numpy.typing as npt

from . import _core, _spell
from ._core import DrillError, Scenario
from ._nodes import Node, Nodes
from ._result import Result
from ._scenario import ScenarioError, Value, error_of, load, loaded, replay_command, seed_of
from ._spell import Time

Column = npt.NDArray[Any]

# The words for what the engine can wait for.
_CONDITIONS = {
    "leader": "leader",
    "no leader": "no_leader",
    "healthy": "healthy",
}


class DrillTimeout(DrillError, TimeoutError):
    """What was waited for did not come in time. The drill stands at the limit."""


class Table(dict[str, Column]):
    """Columns of equal length by name; pandas.DataFrame takes it as it is.

    The arrays show the drill's own memory: they are not copies, can't be written to, and stay as
    they are when the drill goes on and when it is gone. `words` has, for a column of words, the
    word for each of its numbers.
    """

    words: Mapping[str, tuple[str, ...]]

    def __init__(self, columns: Mapping[str, Column], words: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(columns)
        self.words = words

    def spelled(self, name: str) -> Column:
        """The column with words instead of numbers: a copy."""
        return np.array(self.words[name])[self[name]]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.values())))

    def __repr__(self) -> str:
        return f"<Table of {self.rows} rows: {', '.join(self)}>"


class Drill:
    """A run by hand.

    `scenario` is a file or what `load` returned: its cluster, its load and whatever faults it has
    already. `seed` is 0 .. 2^64 - 1, by default the first of the scenario's own; `set` gives values
    to its parameters (only for a file).

    A drill stands at an instant of virtual time, `now`. It moves by `advance`, `advance_until` and
    `finish`; `inject` and `heal` act at that instant. What has been done by hand can be saved as a
    scenario file that is the same run to the last bit.

    A mistake (DrillError, ScenarioError, TypeError) leaves a drill as it was. Interrupted on its
    way it stands where it had come to, and goes on from there. Any number of drills can be in one
    process; one drill is for one thread at a time.

        >>> import shaketable
        >>> drill = shaketable.Drill("scenarios/steady_state.yaml", seed=1)
        >>> drill.advance("15s")
        >>> before = drill.leader
        >>> drill.inject("node.crash", target={"role": "leader"}, id="crash")
        'crash'
        >>> drill.nodes[before].state
        'dead'
        >>> waited = drill.advance_until("leader", limit="5s")
        >>> 0 < waited < 1_000_000_000
        True
        >>> drill.leader == before
        False
        >>> drill.heal("crash")
        >>> result = drill.finish()
        >>> [fault["id"] for fault in result["faults"]]
        ['crash']
    """

    def __init__(
        self,
        scenario: str | os.PathLike[str] | Scenario,
        seed: int | None = None,
        set: Mapping[str, Value] | None = None,
    ) -> None:
        self._base = loaded(scenario, set)
        self._drill = _core.Drill(self._base, seed_of(self._base, seed))
        self._saved = (self._base.hash, self._base.path)  # which file is which scenario

    # Time.

    @property
    def now(self) -> str:
        """The instant at which the drill stands, from its start, in a scenario's words: '1m30s'."""
        return _core.format_duration(self.now_ns)

    @property
    def now_ns(self) -> int:
        """The instant at which the drill stands, in nanoseconds from its start."""
        return self._drill.now_ns

    @property
    def end_ns(self) -> int:
        """When the scenario ends, in nanoseconds from its start."""
        return self._drill.end_ns

    @property
    def finished(self) -> bool:
        """Whether the drill has gone to its end."""
        return self._drill.finished

    def advance(self, by: Time) -> None:
        """Lets time pass: "90s", whole nanoseconds, or a timedelta.

        Afterwards everything before `now` has happened, and of `now` itself the starts and ends of
        faults. Raises DrillError if less remains.
        """
        self._drill.advance(self.now_ns + self._span(by, "advance"))

    def advance_until(
        self,
        condition: Union[str, Callable[[Drill], object]],
        limit: Time | None = None,
        every: Time = "1ms",
    ) -> int:
        """Lets time pass until something is so; returns how long that took, in nanoseconds.

        `condition` is "leader" (some node leads), "no leader", "healthy" (one leader, all nodes run
        and have what it has committed), or a time in a scenario's words, such as "cut.end + 5s".
        For the first three the drill stops at the nanosecond after the event that made it so.

        Or it is a function of the drill, which is called now and then after `every` span of time,
        and says when to stop. It may look at the drill and not move it.

        Raises DrillTimeout, with the drill at the limit, if it has not come after `limit`, or by
        the end of the scenario.

            >>> import shaketable
            >>> drill = shaketable.Drill("scenarios/steady_state.yaml")
            >>> _ = drill.advance_until("leader")
            >>> _ = drill.advance_until(lambda d: d.nodes["node-1"].commit_index >= 10)
            >>> drill.nodes["node-1"].commit_index >= 10
            True
        """
        start = self.now_ns
        end = self.end_ns if limit is None else start + self._span(limit, "limit")
        end = min(end, self.end_ns)
        if callable(condition):
            met = self._advance_until_said(condition, end, self._span(every, "every"))
        elif not isinstance(condition, str):
            raise TypeError(f"a condition is text or a function of the drill, not {condition!r}")
        elif condition in _CONDITIONS:
            met = self._drill.advance_until(getattr(_core.Condition, _CONDITIONS[condition]), end)
        else:
            met = self._advance_to(condition, end)
        if not met:
            what = f"'{condition}'" if isinstance(condition, str) else "the condition"
            passed = _core.format_duration(end - start)
            raise DrillTimeout(f"{what} has not come within {passed}; it is {self.now}")
        return self.now_ns - start

    def finish(self) -> Result:
        """Goes on to the end of the scenario, unless it is there, and returns the result.

        It has the keys of `Result`, as what `run` returns.
        """
        if not self.finished:
            self._drill.finish()
        return self.result()

    # The cluster.

    @property
    def nodes(self) -> Nodes:
        """All nodes by name, as they stand now; ask again after time has passed."""
        return Nodes((row[0], Node(*row)) for row in self._drill.nodes())

    @property
    def leader(self) -> str | None:
        """The name of the running leader of the latest term; None if there is none."""
        return self._drill.leader()

    # Faults.

    def inject(
        self,
        inject: str | None = None,
        target: Union[str, Sequence[str], Mapping[str, Any], None] = None,
        *,
        id: str | None = None,
        for_: Time | None = None,
        until: str | None = None,
        with_: Mapping[str, Any] | None = None,
        at: str | None = None,
        **others: Any,
    ) -> str:
        """Breaks something, in the words of a scenario file; returns the fault's id.

        The keys are those of an element of `faults` (`shaketable explain faults`), `for_` and
        `with_` standing for `for` and `with`. Without `at` the fault strikes now; without `for_` or
        `until` it acts until it is healed. Without `id` it is called after what it injects.

        Raises ScenarioError if a file could not have it so, DrillError if it would strike in the
        past. Then nothing has changed.

            >>> import shaketable
            >>> drill = shaketable.Drill("scenarios/steady_state.yaml")
            >>> drill.advance("10s")
            >>> drill.inject("network.partition", {"split": [["leader"], ["others"]]}, for_="5s")
            'partition'
            >>> drill.inject("network.delay", "node-2", with_={"latency": "20ms"})
            'delay'
            >>> drill.faults
            ['partition', 'delay']
            >>> drill.inject("node.crush", "node-2")
            Traceback (most recent call last):
            ...
            shaketable.ScenarioError: inject:1:21: error: unknown fault 'node.crush'
            1 | {id: crush, inject: node.crush, target: node-2}
              |                     ^^^^^^^^^^  did you mean node.crash?
        """
        keys = {"id": id, "at": at, "inject": inject, "target": target, "with": with_}
        keys |= {"for": for_, "until": until} | others
        fault = {key: value for key, value in keys.items() if value is not None}
        fault = {"id": self._new_id(inject)} | fault
        wrong, text = self._drill.inject(_spell.flow(fault))
        if wrong:
            raise error_of(wrong, text)
        return str(fault["id"])

    def heal(self, id: str | None = None) -> None:
        """Ends a fault that acts, now; all that act without an id.

        At one instant faults end before others start. So a fault that is healed right after another
        was injected ends a nanosecond later, and `now` is that.

        Raises DrillError if no such fault acts.
        """
        if id is None:
            self._drill.heal_all()
        elif isinstance(id, str):
            self._drill.heal(id)
        else:
            raise TypeError(f"the id of a fault is text, not {id!r}")

    @property
    def faults(self) -> list[str]:
        """The ids of the faults that act now, in the order in which they started."""
        return self._drill.acting

    # What happened.

    def facts(self, kind: str) -> Table:
        """All facts of a kind so far, as columns: one row a fact, in order.

        `at_ns` is when, the other columns are the fact's own (see sim/record/facts.hpp): nodes,
        hosts and faults count from 0, and 2^32 - 1 is none. `shaketable.fact_kinds()` lists the
        kinds. Nothing is copied.

            >>> import shaketable
            >>> drill = shaketable.Drill("scenarios/steady_state.yaml")
            >>> drill.advance("10s")
            >>> roles = drill.facts("role-changed")
            >>> list(roles)
            ['at_ns', 'node', 'role', 'term', 'vote']
            >>> bool((roles.spelled("role") == "leader").any())
            True
        """
        both = self._drill.facts(kind)
        return Table(both["columns"], both["words"])

    def series(self, workload: str, width: Time = "1s") -> Table:
        """The operations of a workload so far, in buckets of time, as columns: one row a bucket.

        `at_ns` is where the bucket begins. `issued`, `acknowledged` and `unknown` (the deadline
        passed without an answer) count what happened in it; `latency_p50_ns` and `latency_p99_ns`
        are of the operations acknowledged in it, NaN if there was none. The last bucket ends now.

            >>> import shaketable
            >>> drill = shaketable.Drill("scenarios/steady_state.yaml")
            >>> drill.advance("10s")
            >>> writes = drill.series("writes", "1s")
            >>> writes["acknowledged"].shape
            (10,)
        """
        width_ns = self._span(width, "width")
        return Table(self._drill.series(workload, width_ns), {})

    @property
    def fingerprint(self) -> str:
        """Digest of all facts so far: 16 hexadecimal digits, equal exactly if all facts are."""
        return f"{self._drill.fingerprint:016x}"

    def result(self) -> Result:
        """The result so far, with the keys of `Result`; without the end it is inconclusive."""
        result: Result = json.loads(self._drill.result_to_json(self._replay()))
        return result

    # The scenario that the drill has written.

    @property
    def scenario(self) -> Scenario:
        """The scenario that gives this run: the one it began with and what was done by hand."""
        return self._drill.scenario

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self._drill.seed

    def scenario_yaml(self) -> str:
        """The text of a scenario file that is this run, to the last bit.

        Raises ScenarioError if a file could not have it so, because a check or target would have no
        time left, say.
        """
        doubts, text = self._drill.doubts()
        if doubts:
            raise error_of(doubts, text)
        return self.scenario.resolved

    def save(self, path: str | os.PathLike[str], name: str | None = None) -> str:
        """Writes a scenario file that is this run; returns the command that runs it.

        `name` is what the scenario is to be called, by default as the one it began with. Raises
        ScenarioError as `scenario_yaml` does, and then writes nothing.

            >>> import shaketable, tempfile
            >>> drill = shaketable.Drill("scenarios/steady_state.yaml", seed=3)
            >>> drill.advance("15s")
            >>> _ = drill.inject("node.pause", {"role": "leader"}, for_="2s")
            >>> result = drill.finish()
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     _ = drill.save(folder + "/mine.yaml", name="leader_pauses")
            ...     again = shaketable.run(folder + "/mine.yaml", seed=3)
            >>> again["fingerprint"] == result["fingerprint"]
            True
        """
        text = self.scenario_yaml()
        if name is not None:
            if not re.fullmatch(r"[a-z0-9](?:[-_a-z0-9]{0,61}[a-z0-9])?", name):
                raise ValueError(f"a name is made of a-z, 0-9 and inner - or _, not {name!r}")
            text = re.sub(r"^name: .*$", f"name: {name}", text, count=1, flags=re.MULTILINE)
        file = Path(path)
        command = replay_command(os.fspath(path), self.seed, {})
        header = f"# A drill of {self._base.name}. The same run: {command}\n"
        fresh = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            fresh.write_text(header + text, encoding="utf-8")
            os.replace(fresh, file)
        except OSError as error:
            raise type(error)(error.errno, error.strerror, os.fspath(path)) from None
        finally:
            fresh.unlink(missing_ok=True)
        self._saved = (self.scenario.hash, os.fspath(path))
        return command

    def __repr__(self) -> str:
        words = [f"<Drill {self._base.name} seed {self.seed} at {self.now}"]
        words.append(f"of {_core.format_duration(self.end_ns)}, leader {self.leader or 'none'}")
        return " ".join(words) + f", faults: {' '.join(self.faults) or 'none'}>"

    @staticmethod
    def _span(time: Time, what: str) -> int:
        span = _spell.nanoseconds(time, what)
        if span < 0 or (span == 0 and what in ("every", "width")):
            raise DrillError(f"{what}: {span}ns is no span of time")
        return min(span, 2**62)

    def _advance_until_said(
        self, condition: Callable[[Drill], object], end: int, every: int
    ) -> bool:
        while not condition(self):
            if self.now_ns >= end:
                return False
            self._drill.advance(min(end, self.now_ns + every))
        return True

    def _advance_to(self, moment: str, end: int) -> bool:
        hint = _core.did_you_mean(moment, list(_CONDITIONS))
        try:
            instant = self._drill.instant_of(moment)
        except DrillError as error:
            raise DrillError(f"{error}; {hint}" if hint else str(error)) from None
        if instant < self.now_ns:
            then = _core.format_duration(instant)
            raise DrillError(f"'{moment}' was at {then}; it is {self.now}")
        if instant > self.end_ns:
            ends = _core.format_duration(self.end_ns)
            raise DrillError(f"'{moment}' is after the end of the scenario, which is at {ends}")
        self._drill.advance(min(end, instant))
        return instant <= end

    def _new_id(self, inject: str | None) -> str:
        stem = re.sub("[^a-z0-9]+", "-", str(inject or "storm").rpartition(".")[2]).strip("-")
        known = self._drill.fault_ids()
        taken = [stem or "fault"] + [f"{stem or 'fault'}-{n}" for n in range(2, len(known) + 3)]
        return next(id for id in taken if id not in known)

    def _replay(self) -> str:
        hash, path = self._saved
        if hash != self.scenario.hash:
            return "(save the drill first: its scenario is in no file)"
        parameters = self._base.parameters if path == self._base.path else {}
        return replay_command(path, self.seed, parameters)
