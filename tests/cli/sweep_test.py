# SPDX-License-Identifier: MIT
"""`shaketable sweep` as its users meet it: grids, fronts, interruptions, mistakes.

    python3 tests/cli/sweep_test.py build/bin/shaketable
"""
from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
import unittest
from pathlib import Path

import cli_test

# A leader dies; the waits differ, and so do the beats.
STUDY = """\
version: 1
name: waits
params:
  wait: {type: duration, default: 150ms, min: 10ms, max: 10s, description: For a leader.}
  beat: {type: duration, default: 50ms, min: 1ms, max: 1s, description: Of the leader.}
time: {warmup: 2s, duration: 12s}
seeds: 1..4
cluster:
  sites: {primary: {nodes: [node-1, node-2, node-3], zone: a}}
  consensus:
    {election_timeout_min: "${wait}", election_timeout_max: 2s, heartbeat_interval: "${beat}"}
workload:
  - {id: writes, rate: 50/s}
faults:
  - {id: crash, between: [3s, 3500ms], inject: node.crash, target: {role: leader}, for: 2s}
service_level: {latency_p95: 50ms, hold: 2s}
sweep:
  matrix:
    wait: [100ms, 1s]
    beat: [10ms, 50ms]
  objectives:
    - {id: rto, measure: rto.write.p50, direction: min}
    - {id: needless, measure: needless_elections.per_hour, direction: min}
    - {id: traffic, measure: heartbeats.per_second, direction: min}
"""


class StudyTest(cli_test.ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        (self.folder / "study.yaml").write_text(STUDY)

    def study(self, old: str, new: str) -> None:
        self.assertIn(old, STUDY)
        (self.folder / "study.yaml").write_text(STUDY.replace(old, new))

    def dump(self, name: str) -> list[str]:
        """All rows of a database but those that name the program's use and its speed."""
        with contextlib.closing(sqlite3.connect(self.folder / name)) as database:
            database.execute("UPDATE run SET wall_ns = 0")
            lines = list(database.iterdump())
        # When it was written, by whom, and what SQLite noted of its own.
        other = ('INSERT INTO "campaign"', 'INSERT INTO "schema_migration"',
                 'INSERT INTO "sqlite_', "ANALYZE")
        return [line for line in lines if not line.startswith(other)]


class SweepTest(StudyTest):
    def test_a_sweep_prints_its_points_and_last_the_front(self) -> None:
        done = self.shaketable("sweep", "study.yaml")
        self.assertEqual(done.status, 0, done.err)
        self.assertRegex(done.last_line, r"^front: \d of 4 points")
        said = json.loads(self.shaketable("sweep", "study.yaml", "--json", "--db", "none").out)
        front = [point for point in said["points"] if point["on_front"]]
        marked = [line for line in done.out.splitlines() if line.startswith("  *")]
        self.assertEqual(len(marked), len(front))
        for line, point in zip(marked, front):
            self.assertEqual(line.split()[1:3], list(point["parameters"].values()))

    def test_a_longer_wait_takes_longer_and_fewer_heartbeats_are_fewer(self) -> None:
        said = json.loads(self.shaketable("sweep", "study.yaml", "--json", "--db", "none").out)
        value = {
            tuple(point["parameters"].values()): {
                name: one["value"] for name, one in point["objectives"].items()
            }
            for point in said["points"]
        }
        for beat in ("10ms", "50ms"):
            self.assertLess(value["100ms", beat]["rto"], value["1s", beat]["rto"])
        for wait in ("100ms", "1s"):
            self.assertLess(value[wait, "50ms"]["traffic"], value[wait, "10ms"]["traffic"])

    def test_rows_are_the_same_whatever_the_number_of_threads(self) -> None:
        for jobs in ("1", "2", "5"):
            done = self.shaketable("sweep", "study.yaml", "-j", jobs, "--db", f"{jobs}.db")
            self.assertEqual(done.status, 0, done.err)
        one = self.dump("1.db")
        self.assertTrue(any('INSERT INTO "point_value"' in line for line in one))
        self.assertEqual(self.dump("2.db"), one)
        self.assertEqual(self.dump("5.db"), one)

    def test_the_views_say_what_the_program_says(self) -> None:
        said = json.loads(self.shaketable("sweep", "study.yaml", "--json").out)
        for point in said["points"]:
            for name, one in point["objectives"].items():
                row = self.ask(
                    "SELECT value, censored, observations, on_front, params FROM v_sweep "
                    "WHERE point = ? AND objective = ?", point["point"], name)
                self.assertEqual(
                    row,
                    [(one["value"], one["censored"], one["observations"], point["on_front"],
                      json.dumps(point["parameters"], separators=(",", ":")))])
        front = [point["point"] for point in said["points"] if point["on_front"]]
        self.assertEqual([row[0] for row in self.ask("SELECT point FROM v_pareto")], front)
        # Seconds, so that an axis can be drawn.
        self.assertEqual(
            self.ask("SELECT DISTINCT number FROM point_parameter WHERE parameter = 'wait'"),
            [(0.1,), (1.0,)])

    def test_a_trial_is_a_run_like_any_other_and_can_be_replayed(self) -> None:
        self.shaketable("sweep", "study.yaml")
        key, point, seed = self.ask("SELECT run_key, point, seed FROM trial LIMIT 1")[0]
        self.assertEqual(self.shaketable("replay", key).status, 0)
        values = json.loads(self.ask("SELECT params FROM point WHERE point = ?", point)[0][0])
        settings = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
        again = self.said("study.yaml", "--seed", str(seed), *settings)
        self.assertEqual(again["run_key"], key)


class InterruptionTest(StudyTest):
    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [cli_test.PROGRAM, "sweep", "study.yaml", "-j", "2", *arguments],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_for_trials(self, least: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            time.sleep(0.01)
            with contextlib.suppress(sqlite3.OperationalError):
                if self.ask("SELECT count(*) FROM trial")[0][0] >= least:
                    return
        self.fail("no trial was stored")

    def test_a_killed_sweep_goes_on_where_it_was_and_comes_to_the_same_rows(self) -> None:
        self.study("seeds: 1..4", "seeds: 1..200")
        with self.start() as program:
            self.wait_for_trials(20)
            program.send_signal(signal.SIGKILL)
            program.communicate(timeout=30)
        kept = self.ask("SELECT count(*) FROM trial")[0][0]
        self.assertLess(kept, 800)
        self.assertEqual(self.ask("SELECT * FROM v_sweep"), [])
        self.assertIn(f"unfinished, {kept} of 800 runs; --resume",
                      self.refused("sweep", "study.yaml"))
        done = self.shaketable("sweep", "study.yaml", "--resume")
        self.assertEqual(done.status, 0, done.err)
        self.assertIn(f"{kept} of 800 runs were in shaketable.db", done.err)
        self.assertEqual(self.files(), ["shaketable.db"])
        whole = self.shaketable("sweep", "study.yaml", "--db", "whole.db")
        self.assertEqual(whole.out, done.out)
        # Which use of the program wrote a run is the one thing that differs.
        for name in ("shaketable.db", "whole.db"):
            with contextlib.closing(sqlite3.connect(self.folder / name)) as database:
                database.executescript(
                    "PRAGMA foreign_keys = OFF; UPDATE run SET campaign_id = 1;")
        self.assertEqual(self.dump("shaketable.db"), self.dump("whole.db"))

    def test_an_interrupted_sweep_exits_130_and_says_how_to_go_on(self) -> None:
        self.study("seeds: 1..4", "seeds: 1..100000")
        with self.start() as program:
            self.wait_for_trials(3)
            program.send_signal(signal.SIGINT)
            out, err = program.communicate(timeout=60)
        self.assertEqual((program.returncode, out), (130, ""))
        self.assertRegex(err, r"interrupted after \d+ of 400000 runs; .* --resume goes on")
        self.assertEqual(self.files(), ["shaketable.db"])
        self.assertEqual(self.ask("PRAGMA integrity_check"), [("ok",)])

    def test_a_finished_sweep_is_not_run_again_by_resume_and_is_compared_without(self) -> None:
        first = self.shaketable("sweep", "study.yaml")
        again = self.shaketable("sweep", "study.yaml", "--resume")
        self.assertEqual((again.status, again.out), (0, first.out))
        self.ask("UPDATE run SET fingerprint = 'forged' WHERE run_key = "
                 "(SELECT run_key FROM trial LIMIT 1)")
        self.assertEqual(self.shaketable("sweep", "study.yaml", "--resume").status, 0)
        alarm = self.shaketable("sweep", "study.yaml")
        self.assertEqual(alarm.status, 4)
        self.assertIn("came out differently", alarm.err)
        self.assertIn("replay: shaketable replay", alarm.err)

    def test_resume_without_anything_to_resume_begins(self) -> None:
        self.assertEqual(self.shaketable("sweep", "study.yaml", "--resume").status, 0)
        self.refused("sweep", "study.yaml", "--resume", "--db", "none")


class MistakeTest(StudyTest):
    def complaint(self, old: str, new: str, *arguments: str) -> str:
        self.study(old, new)
        err = self.refused("sweep", "study.yaml", *arguments)
        self.assertEqual(self.files(), [])
        return err

    def test_mistakes_in_the_grid_are_shown_where_they_are(self) -> None:
        err = self.complaint("    wait: [100ms, 1s]", "    wiat: [100ms, 1s]")
        self.assertIn("study.yaml:19:5: error: unknown parameter 'wiat'", err)
        self.assertIn("^^^^  did you mean wait?", err)
        self.assertIn("11s is above the most", self.complaint("[100ms, 1s]", "[100ms, 11s]"))
        self.assertIn("no value, so the grid has no point", self.complaint("[100ms, 1s]", "[]"))
        empty = self.complaint(
            "  matrix:\n    wait: [100ms, 1s]\n    beat: [10ms, 50ms]", "  matrix: {}")
        self.assertIn("nothing varies, so there is no grid", empty)
        self.assertIn("did you mean rto.write.p50?",
                      self.complaint("rto.write.p50", "rto.wirte.p50"))
        self.assertIn("unknown key 'objective'", self.complaint("  objectives:", "  objective:"))

    def test_a_point_that_is_no_scenario_names_its_values(self) -> None:
        err = self.complaint("[10ms, 50ms]", "[10ms, 90ms]")
        self.assertIn("(wait=100ms, beat=90ms)", err)
        self.assertIn("invalid: skip", err)

    def test_the_command_line_is_held_to_the_study(self) -> None:
        self.assertIn("the sweep varies 'beat'", self.refused(
            "sweep", "study.yaml", "--set", "beat=20ms"))
        self.assertIn("unknown parameter 'bea'", self.refused(
            "sweep", "study.yaml", "--set", "bea=20ms"))
        self.assertIn("run backwards", self.refused("sweep", "study.yaml", "--seeds", "5..1"))
        self.assertIn("no sweep here", self.refused("sweep", "passes.yaml"))
        self.assertIn("can't read", self.refused("sweep", "nothing.yaml"))
        self.assertIn("STUDY is missing", self.refused("sweep"))
        self.assertIn("no such folder", self.refused("sweep", "study.yaml", "--db", "no/x.db"))
        self.assertEqual(self.files(), [])

    def test_check_and_run_take_a_study_for_the_scenario_it_is(self) -> None:
        self.assertEqual(self.shaketable("check", "study.yaml").status, 0)
        self.assertEqual(self.said("study.yaml", "--seed", "1")["scenario"], "waits")

    def test_without_evidence_there_is_no_front(self) -> None:
        # Everybody is down already when the fault comes that starts the clock.
        self.study("service_level:", "  - {id: dark, at: 2500ms, inject: node.crash, target: all, "
                   "for: 5s}\ntargets: {rto: {from: crash.start, max: \"< 9s\"}}\nservice_level:")
        done = self.shaketable("sweep", "study.yaml", "--db", "none")
        self.assertEqual(done.status, 3, done.out + done.err)
        self.assertIn("no evidence", done.out)
        self.assertIn("inconclusive", done.last_line)


if __name__ == "__main__":
    cli_test.PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
