# SPDX-License-Identifier: MIT
"""Runs that are stopped on the way, branched, explained and covered; and what shells complete.

    python3 tests/cli/fork_test.py build/bin/shaketable
"""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

PROGRAM = ""

SCENARIO = """\
version: 1
name: leader-crash
time: {warmup: 2s, duration: 12s}
cluster:
  sites: {primary: {nodes: [node-1, node-2, node-3], zone: a}}
workload:
  - {id: writes, rate: 100/s}
  - {id: reads, operation: read, rate: 50/s}
faults:
  - {id: crash, at: 4s, inject: node.crash, target: {role: leader}, for: 2s}
service_level: {latency_p95: 50ms, hold: 2s}
targets:
  rto: {from: crash.start, of: write, max: "< 4s"}
"""
LONG = """\
version: 1
name: ten-minutes
extends: [novacron-5n.yaml, writes_and_reads.yaml]
time: {duration: 10m}
faults:
  - {id: crash, at: 60s, inject: node.crash, target: {role: leader}, for: 10s}
"""


class ForkTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="shaketable-fork-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "crash.yaml").write_text(SCENARIO)

    def shaketable(self, *arguments: str, status: int | None = 0) -> str:
        done = subprocess.run(
            [PROGRAM, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=120,
            stdin=subprocess.DEVNULL, env={**os.environ, "NO_COLOR": "1"}, check=False,
        )
        if status is not None:
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.said = done.stderr
        return done.stdout

    def run_key(self) -> str:
        return json.loads(self.shaketable("run", "crash.yaml", "--json"))["run_key"]

    def standing(self, key: str, at: str) -> dict[str, Any]:
        return json.loads(self.shaketable("replay", key, "--until", at, "--json"))


class ReplayUntilTest(ForkTest):
    def test_before_during_and_after_the_fault(self) -> None:
        key = self.run_key()
        before = self.standing(key, "3999ms")
        self.assertEqual([node["state"] for node in before["nodes"]], ["running"] * 3)
        self.assertEqual([node["role"] for node in before["nodes"]].count("leader"), 1)
        self.assertEqual((before["writes"], before["reads"]), ("up", "up"))
        self.assertEqual(before["acting"], [])
        during = self.standing(key, "crash.start + 100ms")
        self.assertEqual(during["at_ns"], 4_100_000_000)
        self.assertEqual(sorted(node["state"] for node in during["nodes"]),
                         ["dead", "running", "running"])
        self.assertEqual([fault["id"] for fault in during["acting"]], ["crash"])
        self.assertEqual(during["writes"], "down")
        after = self.standing(key, "12s")
        self.assertEqual(after["writes"], "up")
        leaders = [node for node in after["nodes"] if node["role"] == "leader"]
        self.assertEqual(len(leaders), 1)
        self.assertGreater(leaders[0]["term"], before["nodes"][0]["term"])

    def test_in_words(self) -> None:
        text = self.shaketable("replay", self.run_key(), "--until", "crash.start+100ms")
        self.assertRegex(text, r"node +state +role +term +leader +log +committed +applied\n")
        self.assertRegex(text, r"acting +crash +node.crash +node-\d +since 4s +node stopped\n")
        self.assertRegex(text, r"service +writes down, reads \w+\n")

    def test_an_instant_that_is_none(self) -> None:
        key = self.run_key()
        for at, why in (("13s", "the run ends at 12s"), ("crsh.end", "did you mean crash"),
                        ("soon", "not a time")):
            self.shaketable("replay", key, "--until", at, status=2)
            self.assertIn(why, self.said)


class BranchTest(ForkTest):
    CUT = "{id: cut, inject: network.partition, target: {split: [[leader], [others]]}, for: 2s}"

    def fork(self, *more: str, status: int | None = None) -> dict[str, Any]:
        return json.loads(
            self.shaketable("fork", "crash.yaml@1", *more, "--json", status=status)
        )

    def test_until_the_fork_both_are_the_recorded_run_and_the_unforked_one_stays_so(self) -> None:
        recorded = json.loads(self.shaketable("run", "crash.yaml", "--json"))
        said = json.loads(self.shaketable("fork", recorded["run_key"], "--at", "7s", "--inject",
                                          self.CUT, "--json", status=None))
        self.assertEqual(said["unforked"]["fingerprint"], recorded["fingerprint"])
        self.assertNotEqual(said["forked"]["fingerprint"], recorded["fingerprint"])
        at_7s = self.standing(recorded["run_key"], "7s")
        self.assertEqual(said["fingerprint_at"], at_7s["fingerprint"])
        [cut] = [row for row in said["forked"]["faults"] if row["id"] == "cut"]
        self.assertEqual(cut["start_ns"], 7_000_000_000)
        self.assertEqual(cut["effect"], "packet dropped")

    def test_the_branch_is_the_run_of_the_scenario_that_it_writes(self) -> None:
        said = self.fork("--at", "crash.end + 1s", "--inject", self.CUT, "-o", "branch.yaml")
        again = json.loads(self.shaketable("run", "branch.yaml", "--seed", "1", "--json",
                                           status=None))
        self.assertEqual(again["fingerprint"], said["forked"]["fingerprint"])
        self.assertEqual(again["run_key"], said["forked"]["run_key"])

    def test_a_file_with_several_faults(self) -> None:
        (self.folder / "more.yaml").write_text(
            "- {id: a, inject: node.pause, target: node-1, for: 100ms}\n"
            "- {id: b, at: 8s, inject: node.crash, target: {role: leader}}\n"
        )
        said = self.fork("--at", "7s", "--inject", "more.yaml")
        starts = {row["id"]: row["start_ns"] for row in said["forked"]["faults"]}
        self.assertEqual(starts["a"], 7_000_000_000)
        self.assertEqual(starts["b"], 8_000_000_000)

    def test_side_by_side_in_words(self) -> None:
        text = self.shaketable("fork", "crash.yaml@1", "--at", "4100ms", "--inject",
                               "{id: other, inject: node.crash, target: all, for: 5s}",
                               status=1)
        self.assertIn("until then both are the same run: fingerprint", text)
        self.assertRegex(text, r"\n +unforked +forked\n")
        self.assertRegex(text, r"writes back +\S+ms +\S.* after the fork\n")
        self.assertRegex(text, r"RTO write +\S+ after crash +\S+ after crash\n")
        self.assertRegex(text, r"RPO +0s, 0 writes lost +0s, 0 writes lost\n")
        self.assertRegex(text, r"verdict +pass +fail\n")
        self.assertEqual(text.rstrip().rsplit("\n", 1)[-1], "forked fail: rto.max missed")

    def test_refusals_say_what_is_meant(self) -> None:
        for arguments, why in (
            (["--inject", self.CUT], "--at is missing"),
            (["--at", "5s"], "--inject is missing"),
            (["--at", "12s", "--inject", self.CUT], "nothing is left"),
            (["--at", "5s", "--inject", "nowhere.yaml"], "can't read the file"),
            (["--at", "5s", "--inject", self.CUT.replace("cut,", "crash,")],
             "two faults are called 'crash'"),
            (["--at", "5s", "--inject", self.CUT.replace("id: cut", "id: cut, at: 3s")],
             "would strike in the past"),
            (["--at", "5s", "--inject", self.CUT.replace("partition", "partitoin")],
             "did you mean network.partition?"),
        ):
            self.shaketable("fork", "crash.yaml@1", *arguments, status=2)
            self.assertIn(why, self.said)

    def test_ten_minutes_are_forked_while_one_waits(self) -> None:
        common = Path(__file__).resolve().parents[2] / "scenarios" / "common"
        for name in ("novacron-5n.yaml", "writes_and_reads.yaml"):
            (self.folder / name).write_text((common / name).read_text())
        (self.folder / "long.yaml").write_text(LONG)
        start = time.monotonic()
        self.shaketable("fork", "long.yaml@1", "--at", "5m", "--inject", self.CUT, status=None)
        # Generous: a busy machine, a build for debugging.
        self.assertLess(time.monotonic() - start, 60)


class ExplanationTest(ForkTest):
    def test_accounts_sum_to_the_rto_in_json(self) -> None:
        for row in json.loads(self.shaketable("run", "crash.yaml", "--explain",
                                              "--json"))["recovery"]:
            if row["rto_ns"]:
                self.assertEqual(sum(part["duration_ns"] for part in row["accounts"]),
                                 row["rto_ns"])
                self.assertEqual(row["accounts"][0]["account"], "timer")

    def test_a_target_that_is_missed_is_explained_unasked(self) -> None:
        (self.folder / "crash.yaml").write_text(SCENARIO.replace("< 4s", "< 1ms"))
        text = self.shaketable("run", "crash.yaml", status=1)
        self.assertRegex(text, r"RTO .*\n +detect +\S+ +timer node-\d: nobody stands;")
        many = self.shaketable("run", "crash.yaml", "--seeds", "1..3", status=1)
        self.assertRegex(many, r"seed 1\n +RTO .*\n +detect")

    def test_a_target_that_is_met_is_not(self) -> None:
        self.assertNotIn("timer", self.shaketable("run", "crash.yaml"))


class CoverageTest(ForkTest):
    def test_what_was_met_and_what_never(self) -> None:
        text = self.shaketable("run", "crash.yaml", "--seeds", "1..3", "--coverage")
        self.assertRegex(text, r"met +acknowledged-then-stopped +in 3 of 3 runs +3 times")
        self.assertRegex(text, r"never +elected-while-cut +a leader was elected while")
        probes = json.loads(self.shaketable("run", "crash.yaml", "--coverage",
                                            "--json"))["coverage"]["probes"]
        self.assertGreaterEqual(len(probes), 20)

    def test_a_swarm_says_where_it_is_blind(self) -> None:
        text = self.shaketable("swarm", "crash.yaml", "--seeds", "1..3", status=None)
        self.assertRegex(text, r"\d+ of \d+ rare situations met; never: .*elected-while-cut")


class CompletionTest(ForkTest):
    def bash(self, *words: str) -> list[str]:
        """What bash offers for the last of the words."""
        script = (
            f"source <('{PROGRAM}' completion bash)\n"
            f"shaketable() {{ '{PROGRAM}' \"$@\"; }}\n"
            f"COMP_WORDS=(shaketable {' '.join(words)})\n"
            f"COMP_CWORD={len(words)}\n_shaketable\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
        )
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, capture_output=True,
                              text=True, timeout=60, check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_knows_commands_options_words_and_files(self) -> None:
        self.assertEqual(self.bash("repl"), ["replay"])
        self.assertEqual(self.bash("replay", "--unt"), ["--until"])
        self.assertEqual(self.bash("list", "fa"), ["faults"])
        self.assertEqual(self.bash("completion", "z"), ["zsh"])
        self.assertIn("network.partition", self.bash("explain", "network.p"))
        self.assertEqual(self.bash("run", "cra"), ["crash.yaml"])
        key = self.run_key()
        self.assertEqual(self.bash("fork", key[:5]), [key])

    def test_every_command_and_option_is_in_all_three(self) -> None:
        commands = [line.split()[0] for line in self.shaketable("list", "commands").splitlines()]
        for shell in ("bash", "zsh", "fish"):
            text = self.shaketable("completion", shell)
            for command in commands:
                self.assertRegex(text, rf"(?m)(^|[ '{{])({command})([:)' ]|$)", shell)
            self.assertIn("until", text)

    def test_another_shell_is_answered_with_those_there_are(self) -> None:
        self.shaketable("completion", "zhs", status=2)
        self.assertIn("did you mean zsh?", self.said)


class WarningsTest(ForkTest):
    def test_warnings_are_no_mistakes_unless_strict(self) -> None:
        (self.folder / "odd.yaml").write_text(SCENARIO.replace("\"< 4s\"", "\"< 1h\""))
        self.assertRegex(self.shaketable("check", "odd.yaml"), r"^odd.yaml: ok")
        self.assertRegex(self.said, r"odd.yaml:13:\d+: warning: this can't be missed")
        self.assertRegex(self.said, re.compile(r"^ +\| +\^+ ", re.MULTILINE))
        self.shaketable("check", "odd.yaml", "--strict", status=2)
        self.shaketable("check", "crash.yaml", "--strict")

    def test_an_unsteady_run_says_why_it_is_open(self) -> None:
        (self.folder / "crash.yaml").write_text(
            SCENARIO.replace("at: 4s", "at: 1ms").replace("max: \"< 4s\"", "max: \"< 9s\"")
        )
        text = self.shaketable("run", "crash.yaml", status=3)
        self.assertIn("no steady state: no operation was acknowledged before crash", text)


if __name__ == "__main__":
    PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
