# SPDX-License-Identifier: MIT
"""`shaketable swarm` finds runs that fail, `shrink` the smallest scenario that fails alike.

    python3 tests/cli/shrink_test.py build/bin/shaketable
"""
from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path

import cli_test

# Disks lie, then the power fails, in the middle of a storm that is not to blame.
LOSES = """\
version: 1
name: loses
time: {warmup: 1s, duration: 40s}
cluster: {sites: {east: {nodes: [node-1, node-2, node-3, node-4, node-5]}}}
workload:
  - {id: writes, rate: 50/s}
  - {id: reads, operation: read, rate: 20/s}
service_level: {hold: 2s}
faults:
  - {id: storm, at: 2s, until: 30s, random: {rate: 1/s, for: 100ms..2s,
     pick: [network.delay, network.loss, disk.slow, disk.stall]}}
  - {id: lie, at: 10s, inject: disk.sync_ignored, target: all, until: cut.end}
  - {id: cut, at: 15s, inject: node.power_loss, target: all, for: 2s}
"""


class ShrinkTest(cli_test.ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        (self.folder / "loses.yaml").write_text(LOSES)

    def rules(self, file: str) -> set[str]:
        done = self.shaketable("run", file, "--json", "--db", "none")
        self.assertEqual(done.status, 1, done.err)
        return {finding["rule"] for finding in json.loads(done.out)["findings"]}

    def test_what_is_left_is_a_file_that_fails_in_the_same_way(self) -> None:
        self.assertEqual(self.shaketable("run", "loses.yaml", "--seed", "3").status, 1)
        key = self.ask("SELECT run_key FROM run")[0][0]
        done = self.shaketable("shrink", key, "-o", "small.yaml")
        self.assertEqual(done.status, 0, done.err)
        self.assertEqual(done.out, "")
        self.assertTrue(done.err.rstrip().endswith("replay: shaketable run small.yaml"), done.err)
        text = (self.folder / "small.yaml").read_text()
        self.assertLessEqual(text.count("inject:"), 2)
        broken = text.splitlines()[0].removeprefix("# finding ").split(":")[0]
        self.assertIn(broken, self.rules("small.yaml"))

    def test_without_a_file_the_scenario_is_all_that_is_printed(self) -> None:
        done = self.shaketable("shrink", "loses.yaml@3")
        self.assertEqual(done.status, 0, done.err)
        (self.folder / "printed.yaml").write_text(done.out)
        self.rules("printed.yaml")

    def test_a_run_that_passes_is_refused(self) -> None:
        done = self.shaketable("shrink", "passes.yaml@3", "-o", "small.yaml")
        self.assertEqual(done.status, 2)
        self.assertIn("does not fail", done.err)
        self.assertFalse((self.folder / "small.yaml").exists())

    def test_a_bound_on_runs_is_kept_and_what_was_reached_is_written(self) -> None:
        done = self.shaketable("shrink", "loses.yaml@3", "--runs", "4", "-o", "small.yaml")
        self.assertEqual(done.status, 0, done.err)
        self.assertIn("stopped after 4 runs", done.err)
        self.rules("small.yaml")

    def test_bad_arguments_are_refused_before_anything_runs(self) -> None:
        for words in (
            ["loses.yaml@3", "--runs", "0"],
            ["loses.yaml@3", "--runs", "many"],
            ["loses.yaml@3", "-o", str(Path("passes.yaml") / "below.yaml")],
            ["loses.yaml@minus"],
            ["none.yaml@1"],
            ["0123456789abcdef"],
            [],
        ):
            done = self.shaketable("shrink", *words)
            self.assertEqual(done.status, 2, words)
            self.assertTrue(done.err, words)

    def test_a_swarm_finds_it_and_what_it_found_can_be_shrunk(self) -> None:
        done = self.shaketable("swarm", "loses.yaml", "--seeds", "1..6", "-o", "found", "--json")
        self.assertEqual(done.status, 1, done.err)
        said = json.loads(done.out)
        self.assertEqual((said["runs"], said["failed"]), (6, 6))
        first = said["catches"][0]
        self.assertEqual(sum(one["count"] for one in said["catches"]), 6)
        self.assertEqual(self.shaketable("shrink", first["run_key"]).status, 0)
        again = self.shaketable(*first["replay"].split()[1:], "--json", "--db", "none")
        self.assertEqual(json.loads(again.out)["catches"][0]["run_key"], first["run_key"])
        files = sorted((self.folder / "found").iterdir())
        self.assertEqual(len(files), len(said["catches"]))
        self.assertEqual(self.shaketable("check", str(files[0])).status, 0)

    def test_a_swarm_stops_at_the_first_failure_if_it_is_told_to(self) -> None:
        done = self.shaketable("swarm", "loses.yaml", "--seeds", "1..50", "--first", "-j", "1",
                               "--json")  # fmt: skip
        self.assertEqual((done.status, json.loads(done.out)["runs"]), (1, 1))

    def test_a_swarm_of_a_sound_scenario_passes_and_keeps_nothing(self) -> None:
        done = self.shaketable("swarm", "passes.yaml", "--seeds", "1..8")
        self.assertEqual(done.status, 0, done.out + done.err)
        self.assertTrue(done.last_line.startswith("pass: 0 of 8 runs failed"), done.out)
        self.assertEqual(self.ask("SELECT count(*) FROM run"), [(0,)])

    def test_a_swarm_refuses_what_it_does_not_know(self) -> None:
        for words, hint in (
            (["--keep", "network.los"], "network.loss"),
            (["--time", "ten"], "--time ten"),
            (["--seeds", "9..1"], "9..1"),
        ):
            done = self.shaketable("swarm", "passes.yaml", *words)
            self.assertEqual(done.status, 2, words)
            self.assertIn(hint, done.err)


if __name__ == "__main__":
    cli_test.PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
