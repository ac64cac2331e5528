# SPDX-License-Identifier: MIT
"""The program as its users meet it: exit status, what goes to which stream, the last line.

    python3 tests/cli/cli_test.py build/bin/shaketable
"""
from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

PROGRAM = ""

# A leader dies for two seconds; service is back long before the bound.
PASSES = """\
version: 1
name: leader-crash
params:
  heartbeat: {type: duration, default: 50ms, min: 10ms, max: 75ms, description: Of the leader.}
time: {warmup: 2s, duration: 12s}
seeds: 3..9
cluster:
  sites: {primary: {nodes: [node-1, node-2, node-3], zone: a}}
  consensus: {heartbeat_interval: "${heartbeat}"}
workload:
  - {id: writes, kind: open_loop, operation: write, rate: 100/s}
faults:
  - {id: crash, between: [3s, 3500ms], inject: node.crash, target: {role: leader}, for: 2s}
service_level: {latency_p95: 50ms, hold: 2s}
targets:
  rto: {from: crash.start, of: write, max: "< 5s"}
  rpo: {max_operations: 0}
checks:
  - {id: durable, at_end: acknowledged_writes.survive}
"""
FAILS = PASSES.replace('"< 5s"', '"< 1ms"')
NEEDS_SEEDS = PASSES.replace('max: "< 5s"', 'p95: "< 5s"')
# The warm-up and the run are all there is: the fault comes when hardly anything can be seen of it.
OPEN = PASSES.replace("between: [3s, 3500ms]", "at: 9900ms").replace('"< 5s"', '"< 8s"')


def ask(database: Path, sql: str, *values: object) -> list[tuple]:
    """All rows of a query, or of a change that is committed; no connection is left open."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=rw", uri=True)) as connection:
        rows = connection.execute(sql, values).fetchall()
        connection.commit()
        return rows

SCENARIOS = {
    "passes.yaml": PASSES,
    "fails.yaml": FAILS,
    "needs_seeds.yaml": NEEDS_SEEDS,
    "open.yaml": OPEN,
}


class Done:
    """What a finished program left behind."""

    def __init__(self, process: subprocess.CompletedProcess[str]) -> None:
        self.status = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def last_line(self) -> str:
        return self.out.rstrip("\n").rsplit("\n", 1)[-1]


class ProgramTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="shaketable-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name, text in SCENARIOS.items():
            (self.folder / name).write_text(text)

    def shaketable(self, *arguments: str, **environment: str) -> Done:
        return Done(
            subprocess.run(
                [PROGRAM, *arguments],
                cwd=self.folder,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        )

    def said(self, *arguments: str) -> dict[str, Any]:
        """What a run prints as JSON."""
        return json.loads(self.shaketable("run", *arguments, "--json").out)

    def refused(self, *arguments: str) -> str:
        """Standard error of a command that must be refused with nothing on standard output."""
        done = self.shaketable(*arguments)
        self.assertEqual(done.status, 2, done.err)
        self.assertEqual(done.out, "")
        return done.err

    def ask(self, sql: str, *values: object) -> list[tuple]:
        return ask(self.folder / "shaketable.db", sql, *values)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if path.suffix != ".yaml")


class RunTest(ProgramTest):
    def test_a_pass_exits_0_and_its_last_line_says_so(self) -> None:
        done = self.shaketable("run", "passes.yaml")
        self.assertEqual(done.status, 0, done.err)
        self.assertTrue(done.last_line.startswith("pass: "), done.last_line)
        self.assertNotIn("replay:", done.out)

    def test_the_scenarios_first_seed_is_the_default(self) -> None:
        self.assertIn("seed 3 ", self.shaketable("run", "passes.yaml").out)

    def test_a_fail_exits_1_and_its_last_line_replays_it(self) -> None:
        done = self.shaketable("run", "fails.yaml", "--seed", "17", "--set", "heartbeat=40ms")
        self.assertEqual(done.status, 1, done.err)
        self.assertEqual(
            done.last_line, "replay: shaketable run fails.yaml --set heartbeat=40ms --seed 17"
        )
        again = self.shaketable(*done.last_line.split()[2:])
        self.assertEqual(again.status, 1)
        self.assertEqual(fingerprints(again.out), fingerprints(done.out))

    def test_no_evidence_exits_3_and_its_last_line_replays_it(self) -> None:
        done = self.shaketable("run", "open.yaml")
        self.assertEqual(done.status, 3, done.out + done.err)
        self.assertEqual(done.last_line, "replay: shaketable run open.yaml --seed 3")

    def test_a_quantile_is_not_judged_by_one_seed_and_needs_59(self) -> None:
        one = self.shaketable("run", "needs_seeds.yaml")
        self.assertEqual(one.status, 0, one.out + one.err)
        self.assertIn("needs 59 seeds", one.out)
        some = self.shaketable("run", "needs_seeds.yaml", "--seeds", "1..10")
        self.assertEqual(some.status, 3, some.out + some.err)
        self.assertEqual(some.last_line, "replay: shaketable run needs_seeds.yaml --seeds 1..10")
        enough = self.shaketable("run", "needs_seeds.yaml", "--seeds", "1..59")
        self.assertEqual(enough.status, 0, enough.out + enough.err)

    def test_the_default_database_is_named_on_standard_error_only(self) -> None:
        done = self.shaketable("run", "passes.yaml")
        self.assertEqual(done.err, "results go to shaketable.db\n")
        self.assertEqual(self.files(), ["shaketable.db"])

    def test_db_none_writes_nothing(self) -> None:
        done = self.shaketable("run", "passes.yaml", "--db", "none")
        self.assertEqual((done.status, done.err, self.files()), (0, "", []))

    def test_quiet_says_nothing_but_the_verdict(self) -> None:
        done = self.shaketable("run", "passes.yaml", "-q")
        self.assertEqual((done.out.count("\n"), done.err), (1, ""))

    def test_the_number_of_threads_changes_no_result(self) -> None:
        runs = [
            strip_wall(json.loads(self.shaketable(
                "run", "passes.yaml", "--seeds", "1..12", "--json", "--db", "none", *threads
            ).out))
            for threads in (["-j", "1"], ["-j2"], ["--jobs=5"])
        ]
        self.assertEqual(runs[0], runs[1])
        self.assertEqual(runs[0], runs[2])

    def test_a_run_that_is_known_adds_no_row(self) -> None:
        for _ in range(2):
            self.assertEqual(self.shaketable("run", "passes.yaml").status, 0)
        self.assertEqual(self.ask("SELECT count(*) FROM v_run"), [(1,)])

    def test_a_run_that_came_out_differently_exits_4_and_names_the_replay(self) -> None:
        self.shaketable("run", "passes.yaml")
        self.ask("UPDATE run SET fingerprint = 'ffffffffffffffff'")
        done = self.shaketable("run", "passes.yaml")
        self.assertEqual(done.status, 4)
        self.assertIn("came out differently", done.err)
        replay = r"\nreplay: shaketable replay [0-9a-f]{16} --db shaketable.db\n$"
        self.assertRegex(done.err, replay)

    def test_no_colour_reaches_a_pipe(self) -> None:
        done = self.shaketable("run", "fails.yaml", TERM="xterm")
        self.assertNotIn("\x1b", done.out + done.err)


class JsonTest(ProgramTest):
    def test_one_seed_is_one_object_with_every_documented_key(self) -> None:
        done = self.shaketable("run", "fails.yaml", "--json", "--db", "none")
        self.assertEqual(done.status, 1)
        said = json.loads(done.out)
        for key in (
            "schema_version scenario scenario_hash seed run_key fingerprint verdict virtual_ns "
            "wall_ns events faults recovery loss workloads targets checks findings replay"
        ).split():
            self.assertIn(key, said)
        self.assertEqual(said["seed"], 3)
        self.assertEqual(said["verdict"], "fail")
        self.assertEqual(said["virtual_ns"], 12_000_000_000)
        self.assertEqual(said["replay"], "shaketable run fails.yaml --seed 3")
        recovery = {row["scope"]: row for row in said["recovery"]}["write"]
        self.assertEqual(
            sum(phase["duration_ns"] for phase in recovery["phases"]), recovery["rto_ns"]
        )

    def test_many_seeds_are_a_summary_and_one_object_a_seed(self) -> None:
        done = self.shaketable("run", "passes.yaml", "--seeds", "4..8", "--json", "--db", "none")
        said = json.loads(done.out)
        self.assertEqual(list(said), ["schema_version", "summary", "runs"])
        self.assertEqual([run["seed"] for run in said["runs"]], [4, 5, 6, 7, 8])
        self.assertEqual(said["summary"]["runs"]["passed"], 5)
        worst = max(
            row["rto_ns"]
            for run in said["runs"]
            for row in run["recovery"]
            if row["scope"] == "write"
        )
        self.assertEqual(said["summary"]["recovery"][0]["rto"]["max_ns"], worst)

    def test_the_timeline_comes_when_asked_for(self) -> None:
        said = self.said("passes.yaml", "--timeline", "--db", "none")
        self.assertIn("node-stopped", {row["kind"] for row in said["timeline"]})


class UsageTest(ProgramTest):
    def test_nothing_is_answered_with_the_help_on_standard_error(self) -> None:
        self.assertIn("usage: shaketable COMMAND", self.refused())

    def test_an_unknown_command_or_option_is_answered_with_the_nearest(self) -> None:
        self.assertIn("did you mean run?", self.refused("rnu", "passes.yaml"))
        self.assertIn("did you mean --json?", self.refused("run", "passes.yaml", "--jsno"))

    def test_an_option_is_not_guessed_from_its_beginning(self) -> None:
        self.assertIn("unknown option --see", self.refused("run", "passes.yaml", "--see", "9"))

    def test_what_is_no_seed_is_refused(self) -> None:
        for seed in ("-5", "1.5", "abc", "", "9223372036854775808", "0x10", " 7", "1e3"):
            self.assertIn("no seed", self.refused("run", "passes.yaml", "--seed", seed))
        for seeds in ("5..1", "1..", "..5", "1...3", "-1..3", "a..b"):
            self.refused("run", "passes.yaml", "--seeds", seeds)

    def test_the_largest_seed_runs(self) -> None:
        done = self.shaketable("run", "passes.yaml", "--seed", "9223372036854775807")
        self.assertEqual(done.status, 0, done.err)

    def test_contradictions_and_missing_values_are_refused(self) -> None:
        self.refused("run")
        self.refused("run", "passes.yaml", "fails.yaml")
        self.refused("run", "passes.yaml", "--seed", "1", "--seeds", "1..2")
        self.refused("run", "passes.yaml", "--seed", "1", "--seed", "2")
        self.refused("run", "passes.yaml", "--seed")
        self.assertIn("needs a value", self.refused("run", "passes.yaml", "--seed", "--json"))
        self.refused("run", "passes.yaml", "--json=yes")
        self.refused("run", "passes.yaml", "--set", "heartbeat")
        for jobs in ("0", "-1", "two", "1e9"):
            self.refused("run", "passes.yaml", "-j", jobs)
        self.assertEqual(self.files(), [])

    def test_an_unknown_parameter_and_a_missing_file_are_refused_with_their_place(self) -> None:
        unknown = self.refused("run", "passes.yaml", "--set", "heartbaet=40ms")
        self.assertIn("--set:1:1: error:", unknown)
        self.assertIn("nothing.yaml:1:1: error:", self.refused("run", "nothing.yaml"))
        self.assertEqual(self.files(), [])

    def test_help_is_data_and_exits_0(self) -> None:
        for arguments in (["help"], ["--help"], ["-h"], ["help", "run"], ["run", "--help"]):
            done = self.shaketable(*arguments)
            self.assertEqual((done.status, done.err), (0, ""), arguments)
            self.assertIn("usage: shaketable", done.out)
        self.assertIn("did you mean replay?", self.refused("help", "repaly"))

    def test_every_listed_command_has_a_help_text(self) -> None:
        listed = self.shaketable("list", "commands").out.splitlines()
        self.assertGreaterEqual(len(listed), 9)
        for line in listed:
            done = self.shaketable("help", line.split()[0])
            self.assertEqual(done.status, 0)
            self.assertIn("usage: shaketable " + line.split()[0], done.out)

    def test_the_version_names_the_model_too(self) -> None:
        version = self.shaketable("version").out
        self.assertRegex(version, r"^shaketable \d+\.\d+\.\d+ \(model .+\)\n$")


class DatabaseTest(ProgramTest):
    def test_a_database_that_cannot_be_used_is_refused_before_anything_runs(self) -> None:
        (self.folder / "notes.txt").write_text("mine")
        sqlite3.connect(self.folder / "other.db").execute("CREATE TABLE t(i)").connection.close()
        other = (self.folder / "other.db").read_bytes()
        for name in ("notes.txt", "other.db", ".", "no/such/x.db", "/dev/null", "/proc/x.db"):
            err = self.refused("run", "passes.yaml", "--db", name)
            self.assertIn("shaketable: ", err)
        self.assertEqual((self.folder / "notes.txt").read_text(), "mine")
        self.assertEqual((self.folder / "other.db").read_bytes(), other)
        self.assertEqual(self.files(), ["notes.txt", "other.db"])

    def test_list_runs_replay_and_their_refusals(self) -> None:
        self.assertIn("no results", self.refused("list", "runs"))
        self.shaketable("run", "passes.yaml", "--seeds", "1..3")
        listed = self.shaketable("list", "runs").out.splitlines()
        self.assertEqual([line.split()[3] for line in listed], ["1", "2", "3"])
        key, fingerprint = listed[1].split()[0], listed[1].split()[-1]
        done = self.shaketable("replay", key[:12])
        self.assertEqual(done.status, 0, done.err)
        self.assertIn(f"same as recorded: fingerprint {fingerprint}", done.err)
        self.assertIn("no run 'zzz'", self.refused("replay", "zzz"))
        self.assertEqual(self.files(), ["shaketable.db"])

    def test_replay_needs_the_database_alone(self) -> None:
        self.shaketable("run", "passes.yaml", "--set", "heartbeat=40ms")
        (self.folder / "passes.yaml").unlink()
        key = self.shaketable("list", "runs").out.split()[0]
        self.assertEqual(self.shaketable("replay", key).status, 0)

    def test_replay_of_a_run_that_came_out_differently_says_where(self) -> None:
        self.shaketable("run", "passes.yaml")
        self.ask("UPDATE run SET fingerprint = 'ffffffffffffffff'")
        facts = [row[0] for row in self.ask("SELECT facts FROM checkpoint ORDER BY facts")]
        self.ask("UPDATE checkpoint SET digest = '0000000000000000' WHERE facts >= ?", facts[2])
        done = self.shaketable("replay", self.shaketable("list", "runs").out.split()[0])
        self.assertEqual(done.status, 4)
        self.assertIn(f"between fact {facts[1]} ", done.err)
        self.assertIn(f"and fact {facts[2]} ", done.err)

    def test_replay_prints_every_fact_of_the_run(self) -> None:
        said = self.said("passes.yaml")
        done = self.shaketable("replay", said["run_key"], "--facts")
        lines = done.out.splitlines()
        self.assertEqual(done.status, 0, done.err)
        self.assertEqual(len(lines), said["facts"])
        self.assertRegex(lines[0], r"^ +1  0\.000000000s  node-started ")

    def test_a_killed_program_leaves_a_whole_file(self) -> None:
        with self.start("--seeds", "1..100000", "-j", "2") as program:
            self.wait_for_runs(3)
            program.send_signal(signal.SIGKILL)
            program.wait(timeout=30)
        done = self.shaketable("run", "passes.yaml", "--seed", "1")
        self.assertEqual(done.status, 0, done.err)
        self.assertEqual(self.ask("PRAGMA integrity_check"), [("ok",)])
        self.assertGreaterEqual(self.ask("SELECT count(*) FROM run")[0][0], 3)
        self.assertEqual(self.files(), ["shaketable.db"])

    def test_an_interrupted_program_exits_130_and_keeps_the_finished_runs_in_one_file(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.start("--seeds", "1..100000", "-j", "2") as program:
                self.wait_for_runs(3)
                program.send_signal(number)
                out, err = program.communicate(timeout=60)
            self.assertEqual((program.returncode, out), (130, ""))
            kept = int(re.search(r"interrupted after (\d+) of 100000 runs", err)[1])
            self.assertEqual(self.files(), ["shaketable.db"])
            seeds = [row[0] for row in self.ask("SELECT seed FROM run ORDER BY seed")]
            self.assertEqual(seeds, list(range(1, kept + 1)))
            (self.folder / "shaketable.db").unlink()

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [PROGRAM, "run", "passes.yaml", *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for_runs(self, least: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            time.sleep(0.02)
            with contextlib.suppress(sqlite3.OperationalError):
                if self.ask("SELECT count(*) FROM run")[0][0] >= least:
                    return
        self.fail("no runs in the database")


class OtherCommandsTest(ProgramTest):
    def test_check_reports_every_mistake_and_passes_what_is_right(self) -> None:
        bad = PASSES.replace("warmup: 2s", "warmup: 2").replace("inject:", "injekt:")
        (self.folder / "bad.yaml").write_text(bad)
        done = self.shaketable("check", "passes.yaml", "bad.yaml")
        self.assertEqual(done.status, 2)
        self.assertTrue(done.out.startswith("passes.yaml: ok"), done.out)
        self.assertRegex(done.err, r"bad\.yaml:5:\d+: error: ")
        self.assertRegex(done.err, r"bad\.yaml:13:\d+: error: ")
        self.assertEqual(self.shaketable("check", "passes.yaml").status, 0)
        self.assertEqual(self.files(), [])

    def test_plan_is_a_scenario_of_the_same_hash_with_the_seeds_own_times(self) -> None:
        plan = self.shaketable("plan", "passes.yaml", "--seed", "5", "--set", "heartbeat=40ms")
        self.assertEqual(plan.status, 0, plan.err)
        (self.folder / "plan.yaml").write_text(plan.out)
        scenario = plan.out.split()[2]
        self.assertIn(f"scenario {scenario}", self.shaketable("check", "plan.yaml").out)
        ran = self.said("plan.yaml", "--seed", "5", "--db", "none")
        self.assertEqual(ran["scenario_hash"], scenario)
        start = re.search(r"^#  ([0-9.]+)s +crash: node.crash starts$", plan.out, re.MULTILINE)
        self.assertEqual(round(float(start[1]) * 1e9), ran["faults"][0]["start_ns"])

    def test_plan_says_what_a_storm_has_drawn(self) -> None:
        fault = next(line for line in PASSES.splitlines() if "id: crash" in line)
        storm = """\
  - {id: crash, at: 3s, until: 11s, random: {rate: 5/s, for: 1s, partitions: any,
     pick: [network.burst_loss, network.partition, load.herd, node.crash]}}"""
        (self.folder / "storm.yaml").write_text(PASSES.replace(fault, storm))
        plan = self.shaketable("plan", "storm.yaml", "--seed", "5")
        self.assertEqual(plan.status, 0, plan.err)
        duration = r"[0-9.]+m?s"
        for line in (
            rf"network.burst_loss starts \{{good: {duration}, bad: {duration}, loss: \d+%, "
            r"good_loss: \d+%\} on (the leader|\d nodes?)",
            r"network.partition starts \((halves|isolate|minority|bridge|partial_mesh|maj)",
            r"load.herd starts \{operations: \d+\} on clients",
            r"node.crash starts on (the leader|\d nodes?)",
        ):
            self.assertRegex(plan.out, re.compile(rf"^# .*crash-\d+: {line}", re.MULTILINE))

    def test_diff_of_equal_runs_is_identical_and_exits_0(self) -> None:
        said = self.said("passes.yaml", "--seed", "5")
        done = self.shaketable("diff", "passes.yaml@5", said["run_key"])
        self.assertEqual(done.status, 0, done.err)
        self.assertEqual(
            done.out, f"identical: {said['facts']} facts, fingerprint {said['fingerprint']}\n"
        )

    def test_diff_names_the_first_different_fact(self) -> None:
        done = self.shaketable("diff", "passes.yaml@5", "passes.yaml@6")
        self.assertEqual(done.status, 1, done.err)
        number = int(re.search(r"^different: from fact (\d+) on$", done.last_line)[1])
        sides = {line.split()[0]: line.split(None, 1)[1] for line in done.out.splitlines()}
        self.assertNotEqual(sides["left"], sides["right"])
        for seed, side in ((5, "left"), (6, "right")):
            said = self.said("passes.yaml", "--seed", str(seed))
            facts = self.shaketable("replay", said["run_key"], "--facts").out.splitlines()
            self.assertEqual(facts[number - 1].split(None, 1)[1], sides[side])

    def test_diff_refuses_what_is_no_run(self) -> None:
        self.refused("diff", "passes.yaml@5")
        self.refused("diff", "passes.yaml@5", "passes.yaml@-5")
        self.refused("diff", "passes.yaml@5", "passes.yaml@")
        self.refused("diff", "nothing.yaml@5", "passes.yaml@5")

    def test_explain_and_list_know_the_faults(self) -> None:
        faults = self.shaketable("list", "faults").out
        self.assertIn("node.crash", faults)
        for line in faults.splitlines():
            self.assertEqual(self.shaketable("explain", line.split()[0]).status, 0, line)
        self.assertIn("did you mean", self.refused("explain", "node.crahs"))
        self.assertIn("warmup", self.shaketable("explain", "time.warmup").out)
        self.assertIn("faults", self.shaketable("explain").out)
        self.assertIn("did you mean faults?", self.refused("list", "fault"))


def fingerprints(text: str) -> list[str]:
    return re.findall(r"fingerprint ([0-9a-f]{16})", text)


def strip_wall(said: dict) -> dict:
    for run in said["runs"]:
        del run["wall_ns"]
    return said


if __name__ == "__main__":
    PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
