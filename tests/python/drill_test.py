# SPDX-License-Identifier: MIT
"""Drills from Python: what a file says, done by hand; mistakes, columns, interrupts."""
from __future__ import annotations

import gc
import os
import signal
import subprocess
import tempfile
import threading
import unittest
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

import shaketable
from shaketable import Drill, DrillError, ScenarioError

ROOT = Path(__file__).resolve().parents[2]
STEADY = "scenarios/steady_state.yaml"
CRASH = "scenarios/leader_crash_during_writes.yaml"


def setUpModule() -> None:
    os.chdir(ROOT)


def comparable(result: Any) -> dict[str, Any]:
    """Without what may differ between equal runs."""
    return {key: value for key, value in result.items() if key not in ("wall_ns", "replay")}


class ByHand(unittest.TestCase):
    def test_without_a_touch_it_is_a_run(self) -> None:
        drill = Drill(CRASH, seed=5)
        drill.advance("20s")
        self.assertEqual(comparable(drill.finish()), comparable(shaketable.run(CRASH, seed=5)))

    def test_what_was_done_by_hand_is_saved_as_the_same_run(self) -> None:
        drill = Drill(STEADY, seed=2)
        drill.advance("20s")
        drill.inject("network.partition", {"split": [["leader"], ["others"]]}, id="cut", for_="9s")
        drill.advance("3s")
        drill.inject("disk.slow", "node-2", with_={"sync_latency": "5ms..20ms"}, id="slow")
        drill.advance_until("cut.end + 2s")
        drill.heal()
        result = drill.finish()
        self.assertEqual([fault["id"] for fault in result["faults"]], ["cut", "slow"])
        with tempfile.TemporaryDirectory() as folder:
            command = drill.save(Path(folder) / "mine.yaml")
            self.assertEqual(os.listdir(folder), ["mine.yaml"])
            again = shaketable.run(Path(folder) / "mine.yaml", seed=2)
            self.assertEqual(comparable(again), comparable(result))
            self.assertEqual(drill.result()["replay"], command)
            program = os.environ["SHAKETABLE_PROGRAM"]
            words = [program, *command.split()[1:], "--db", "none", "--json"]
            said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
            self.assertIn(result["fingerprint"], said)

    def test_a_drill_of_the_same_steps_has_the_fingerprint_of_the_file(self) -> None:
        quiet = Drill(STEADY, seed=4)
        quiet.advance("10s")
        quiet.inject("node.crash", {"role": "leader"}, id="crash", for_="10s")
        text = shaketable.load(STEADY).resolved
        fault = "{id: crash, at: 10s, inject: node.crash, target: {role: leader}, for: 10s}"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "file.yaml"
            self.assertIn("faults: []\n", text)
            path.write_text(text.replace("faults: []", f"faults: [{fault}]"), encoding="utf-8")
            self.assertEqual(
                quiet.finish()["fingerprint"], shaketable.run(path, seed=4)["fingerprint"]
            )

    def test_two_drills_in_turn_are_what_they_are_alone(self) -> None:
        def steps(seed: int) -> Any:
            drill = Drill(STEADY, seed=seed)
            for second in range(8):
                drill.advance("2500ms")
                if second == 3:
                    drill.inject("node.power_loss", {"role": "leader"}, for_=timedelta(seconds=3))
                yield drill.fingerprint

        together = [pair for pair in zip(steps(1), steps(2))]
        self.assertEqual([one for one, _ in together], list(steps(1)))
        self.assertEqual([two for _, two in together], list(steps(2)))
        self.assertNotEqual(*together[0])

    def test_time_is_text_or_nanoseconds_or_a_timedelta(self) -> None:
        drill = Drill(STEADY)
        drill.advance("1s")
        drill.advance(1_000_000_000)
        drill.advance(timedelta(seconds=1))
        drill.advance(np.int64(1))
        self.assertEqual((drill.now_ns, drill.now), (3_000_000_001, "3.000000001s"))

    def test_the_nodes_are_looked_at(self) -> None:
        drill = Drill(STEADY)
        drill.advance_until("leader")
        leader = drill.leader
        assert leader is not None
        self.assertEqual(drill.nodes[leader].role, "leader")
        self.assertEqual(drill.nodes[leader].state, "running")
        for inject, state in (("pause", "paused"), ("crash", "dead"), ("power_loss", "off")):
            drill.advance("5s")
            self.assertEqual(drill.inject(f"node.{inject}", leader, id=state), state)
            node = drill.nodes[leader]
            self.assertEqual(node.state, state)
            self.assertEqual(node.role is None, state != "paused")
            self.assertGreater(node.last_index, 0)
            self.assertEqual(drill.faults, [state])
            drill.heal()
            self.assertEqual(drill.faults, [])
        self.assertEqual(drill.nodes[leader].state, "starting")
        self.assertIn(leader, repr(drill.nodes))
        where = f"seed 1 at {drill.now} of 2m, leader {drill.leader}, faults: none"
        self.assertIn(where, repr(drill))

    def test_a_function_says_when_to_stop(self) -> None:
        drill = Drill(STEADY)
        took = drill.advance_until(lambda d: d.nodes["node-1"].commit_index >= 100, every="10ms")
        self.assertEqual(took % 10_000_000, 0)
        self.assertGreaterEqual(drill.nodes["node-1"].commit_index, 100)
        self.assertLess(drill.nodes["node-1"].commit_index, 120)

    def test_ids_are_made_up_from_what_is_injected(self) -> None:
        drill = Drill(CRASH)
        drill.advance("1s")
        made = [drill.inject("node.crash", "node-1", for_="1s") for _ in range(2)]
        self.assertEqual(made, ["crash-2", "crash-3"])  # the file has a crash
        self.assertEqual(drill.inject("disk.sync_ignored", "node-1", for_="1s"), "sync-ignored")

    def test_a_storm_and_a_fault_of_the_future_are_possible(self) -> None:
        drill = Drill(STEADY, seed=3)
        drill.inject("node.pause", "node-1", at="warmup.end + 5s", for_="1s", id="later")
        drill.inject(id="storm", at="20s", until="30s",
                     random={"rate": "1/s", "for": "100ms..1s", "pick": ["node.crash"]})
        self.assertEqual(drill.faults, [])
        drill.advance_until("later.start")
        self.assertEqual((drill.now, drill.faults), ("10s", ["later"]))
        drill.advance_until("storm.start + 5s")
        drill.heal("storm")
        result = drill.finish()
        with tempfile.TemporaryDirectory() as folder:
            drill.save(Path(folder) / "mine.yaml", name="a_storm")
            again = shaketable.run(Path(folder) / "mine.yaml", seed=3)
        self.assertEqual(again["scenario"], "a_storm")
        self.assertEqual(again["fingerprint"], result["fingerprint"])


class Mistakes(unittest.TestCase):
    def setUp(self) -> None:
        self.drill = Drill(STEADY, seed=1)
        self.drill.advance("10s")

    def tearDown(self) -> None:
        self.assertEqual(self.drill.now, "10s")
        self.assertEqual(self.drill.scenario.hash, shaketable.load(STEADY).hash)
        untouched = shaketable.run(STEADY, seed=1)["fingerprint"]
        self.assertEqual(self.drill.finish()["fingerprint"], untouched)

    def test_a_wrong_fault_is_refused_with_place_and_suggestion(self) -> None:
        for given, said in (
            ({"inject": "node.crush", "target": "all"}, "node.crash"),
            ({"inject": "node.crash", "target": "node-7"}, "node-"),
            ({"inject": "node.crash", "target": "all", "untill": "20s"}, "until"),
            ({"inject": "node.crash", "target": "all", "for_": 30}, "30s"),
            ({"inject": "node.crash", "target": "all", "for_": "1h"}, "permanent"),
            ({"inject": "network.delay", "target": "all"}, "latency"),
            ({"inject": "node.crash"}, "target"),
            ({}, "inject"),
        ):
            with self.subTest(given), self.assertRaises(ScenarioError) as caught:
                self.drill.inject(**given)  # type: ignore[arg-type]
            mistake = caught.exception.diagnostics[0]
            self.assertEqual((mistake.file, mistake.line), ("inject", 1))
            self.assertIn(said, mistake.message + mistake.suggestion)

    def test_values_of_no_kind_are_type_errors(self) -> None:
        for wrong in (1.5, None, True, [1]):
            with self.subTest(wrong), self.assertRaisesRegex(TypeError, "90s"):
                self.drill.advance(wrong)  # type: ignore[arg-type]
        with self.assertRaisesRegex(TypeError, "id of a fault"):
            self.drill.heal(3)  # type: ignore[arg-type]
        with self.assertRaisesRegex(TypeError, "condition"):
            self.drill.advance_until(5)  # type: ignore[arg-type]
        with self.assertRaisesRegex(TypeError, "lists and maps"):
            self.drill.inject("node.crash", {"role": object()})
        with self.assertRaisesRegex(TypeError, "seed"):
            Drill(STEADY, seed=1.5)  # type: ignore[arg-type]

    def test_a_time_without_a_unit_or_below_zero_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "unit"):
            self.drill.advance("90")
        for wrong in (-1, timedelta(seconds=-1)):
            with self.assertRaises(DrillError):
                self.drill.advance(wrong)

    def test_beyond_the_end_and_in_the_past_there_is_nothing(self) -> None:
        with self.assertRaisesRegex(DrillError, "only 1m50s remain"):
            self.drill.advance("111s")
        with self.assertRaisesRegex(DrillError, "only 1m50s remain"):
            self.drill.advance(10**30)
        with self.assertRaisesRegex(DrillError, "after the end"):
            self.drill.advance_until("1h")
        with self.assertRaisesRegex(DrillError, "in the past"):
            self.drill.inject("node.crash", "node-1", at="9s", for_="1s")
        with self.assertRaisesRegex(DrillError, "was at 5s"):
            self.drill.advance_until("warmup.end")

    def test_unknown_names_are_told_with_the_nearest(self) -> None:
        with self.assertRaisesRegex(DrillError, "no fault 'cut'"):
            self.drill.heal("cut")
        with self.assertRaisesRegex(DrillError, "did you mean leader"):
            self.drill.advance_until("laeder")
        with self.assertRaisesRegex(DrillError, "did you mean warmup"):
            self.drill.advance_until("warmupp.end")
        with self.assertRaisesRegex(DrillError, "did you mean role-changed"):
            self.drill.facts("role-change")
        with self.assertRaisesRegex(DrillError, "did you mean writes"):
            self.drill.series("write")
        with self.assertRaisesRegex(KeyError, "there are node-1, node-2"):
            self.drill.nodes["node-9"]

    def test_a_file_that_cannot_be_written_is_named(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for path in (Path(folder), Path(folder) / "missing" / "mine.yaml"):
                with self.assertRaises(OSError) as caught:
                    self.drill.save(path)
                self.assertEqual(caught.exception.filename, os.fspath(path))

    def test_after_the_end_it_can_be_looked_at_and_not_moved(self) -> None:
        done = Drill(STEADY, seed=1)
        first = done.finish()
        self.assertEqual(comparable(done.finish()), comparable(first))
        for move in (lambda: done.advance("1s"), lambda: done.inject("node.crash", "all")):
            with self.assertRaisesRegex(DrillError, "over"):
                move()
        self.assertEqual(len(done.nodes), 5)
        self.assertGreater(done.facts("packet-sent").rows, 1000)

    def test_one_at_a_time(self) -> None:
        busy = Drill(STEADY)
        refusals = []

        def look() -> None:
            while not refusals and worker.is_alive():
                try:
                    busy.now_ns
                except DrillError as error:
                    refusals.append(str(error))

        worker = threading.Thread(target=busy.finish)
        worker.start()
        look()
        worker.join()
        self.assertTrue(busy.finished)
        self.assertIn("another thread", "".join(refusals))


class Waiting(unittest.TestCase):
    def test_what_does_not_come_is_a_timeout_at_the_limit(self) -> None:
        drill = Drill(STEADY)
        drill.advance("10s")
        for condition in ("no leader", lambda d: False, "30s"):
            before = drill.now_ns
            with self.assertRaises(shaketable.DrillTimeout) as caught:
                drill.advance_until(condition, limit="2s")
            self.assertIsInstance(caught.exception, TimeoutError)
            self.assertEqual(drill.now_ns, before + 2_000_000_000)

    def test_a_heal_too_late_to_be_judged_is_told_when_saving(self) -> None:
        drill = Drill(STEADY)
        drill.inject("node.crash", "node-1")
        drill.advance("115s")
        drill.heal()
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(ScenarioError, "needs 2m5s of a run of 2m"):
                drill.save(Path(folder) / "mine.yaml")
            self.assertEqual(os.listdir(folder), [])
        self.assertEqual(drill.finish()["verdict"], "inconclusive")


class AsColumns(unittest.TestCase):
    def test_columns_are_views_that_outlive_the_drill(self) -> None:
        drill = Drill(STEADY)
        drill.advance("5s")
        early = drill.facts("packet-sent")
        self.assertFalse(any(column.flags.owndata for column in early.values()))
        self.assertFalse(any(column.flags.writeable for column in early.values()))
        with self.assertRaises(ValueError):
            early["at_ns"][0] = 1
        again = drill.facts("packet-sent")["at_ns"]
        self.assertTrue(np.shares_memory(early["at_ns"], again))
        copies = {name: column.copy() for name, column in early.items()}
        drill.advance("50s")
        later = drill.facts("packet-sent")
        self.assertGreater(later.rows, early.rows)
        del drill
        gc.collect()
        ballast = [np.ones(100_000) for _ in range(50)]  # would land in memory that was freed
        for name, column in early.items():
            np.testing.assert_array_equal(column, copies[name])
            np.testing.assert_array_equal(column, later[name][: len(column)])
        self.assertEqual(len(ballast), 50)

    def test_every_kind_has_columns_of_equal_length(self) -> None:
        drill = Drill(CRASH)
        result = drill.finish()
        rows = 0
        for kind in shaketable.fact_kinds():
            columns = drill.facts(kind)
            self.assertEqual({len(column) for column in columns.values()}, {columns.rows}, kind)
            self.assertTrue((np.diff(columns["at_ns"]) >= 0).all(), kind)
            rows += columns.rows
        self.assertEqual(rows, result["facts"])

    def test_words_are_spelled(self) -> None:
        drill = Drill(STEADY)
        drill.advance_until("leader")
        roles = drill.facts("role-changed")
        self.assertEqual(roles.words["role"][3], "leader")
        self.assertEqual(roles.spelled("role")[-1], "leader")
        self.assertEqual(f"node-{roles['node'][-1] + 1}", drill.leader)

    def test_series_count_what_the_result_counts(self) -> None:
        drill = Drill(STEADY)
        result = drill.finish()
        series = drill.series("writes", "1s")
        self.assertEqual(series.rows, 120)
        self.assertFalse(series["issued"].flags.owndata)
        whole = [s for s in result["series"] if s["workload"] == "writes" and s["part"] == "run"]
        self.assertEqual(series["issued"].sum(), sum(whole[0]["issued"]))
        self.assertEqual(series["acknowledged"].sum(), sum(whole[0]["acknowledged"]))
        self.assertTrue(np.isfinite(series["latency_p50_ns"]).all())
        with self.assertRaisesRegex(DrillError, "no span"):
            drill.series("writes", 0)


class Interrupts(unittest.TestCase):
    def test_an_interrupted_drill_goes_on_as_if_nothing_had_been(self) -> None:
        drill = Drill(STEADY, seed=6)
        timer = threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT))
        try:
            with self.assertRaises(KeyboardInterrupt):
                timer.start()
                drill.advance_until(lambda d: False)
        finally:
            timer.join()
        self.assertFalse(drill.finished)
        timer = threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT))
        try:
            with self.assertRaises(KeyboardInterrupt):
                timer.start()
                for _ in range(100):
                    Drill(STEADY, seed=6).finish()
        finally:
            timer.join()
        result = drill.finish()
        self.assertEqual(result["fingerprint"], shaketable.run(STEADY, seed=6)["fingerprint"])


if __name__ == "__main__":
    unittest.main()
