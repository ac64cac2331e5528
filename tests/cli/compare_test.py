# SPDX-License-Identifier: MIT
"""The same disaster under several architectures, in one table.

    python3 tests/cli/compare_test.py build/bin/shaketable
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ""

SCENARIO = """\
version: 1
name: {name}
time: {{warmup: 2s, duration: 20s}}
cluster:
  sites: {sites}
workload:
  - {{id: writes, rate: 50/s}}
faults:
  - {{id: crash, at: 5s, inject: node.crash, target: {target}, for: 5s}}
service_level: {{hold: 2s}}
"""
ONE_SITE = SCENARIO.format(
    name="one-site", sites="{here: {nodes: [n1, n2, n3]}}", target="{role: leader}"
)
THREE_SITES = SCENARIO.format(
    name="three-sites",
    sites="{here: {nodes: [n1]}, there: {nodes: [n2]}, yonder: {nodes: [n3]}}",
    target="{role: leader}",
)
ONE_NODE = SCENARIO.format(name="one-node", sites="{here: {nodes: [n1]}}", target="n1")


class CompareTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="shaketable-compare-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name, text in (("one", ONE_SITE), ("three", THREE_SITES), ("single", ONE_NODE)):
            (self.folder / f"{name}.yaml").write_text(text)

    def shaketable(self, *arguments: str, status: int = 0) -> str:
        done = subprocess.run(
            [PROGRAM, "compare", *arguments], cwd=self.folder, capture_output=True, text=True,
            timeout=120, stdin=subprocess.DEVNULL, env={**os.environ, "NO_COLOR": "1"}, check=False,
        )
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.said = done.stderr
        return done.stdout

    def test_a_line_for_each_and_the_most_important_last(self) -> None:
        lines = self.shaketable("one.yaml", "three.yaml", "--seeds", "1..3").splitlines()
        self.assertEqual(lines[0].split()[:3], ["scenario", "nodes", "sites"])
        self.assertEqual(lines[1].split()[:3], ["one-site", "3", "1"])
        self.assertEqual(lines[2].split()[:3], ["three-sites", "3", "3"])
        self.assertEqual(lines[-1], "2 scenarios, 3 runs each, no promise broken")
        self.assertEqual(list(self.folder.glob("*.db")), [])

    def test_figures_are_those_of_the_runs(self) -> None:
        said = json.loads(self.shaketable("one.yaml", "three.yaml", "single.yaml",
                                          "--seeds", "1..4", "--json"))  # fmt: skip
        one, three, single = said["scenarios"]
        # A leader's crash is over in an election; a single node's when it is back, after 5 s.
        self.assertLess(one["rto_write_p95_ns"], 2e9)
        self.assertGreater(single["rto_write_p50_ns"], 5e9)
        self.assertEqual((one["lost_acked_ops"], one["not_recovered"]), (0, 0))
        # What stays in a site costs nothing between sites: 50 writes a second to two others do.
        self.assertEqual(one["wan_bytes_per_hour"], 0)
        self.assertGreater(three["wan_bytes_per_hour"], 50 * 3600 * 2 * 32)
        self.assertEqual(three["runs"], 4)
        run = subprocess.run(
            [PROGRAM, "run", "three.yaml", "--seeds", "1..4", "--db", "none", "--json"],
            cwd=self.folder, capture_output=True, text=True, check=True)  # fmt: skip
        runs = json.loads(run.stdout)["runs"]
        hours = sum(each["virtual_ns"] for each in runs) / 3600e9
        total = sum(each["wan_bytes"] for each in runs)
        self.assertAlmostEqual(three["wan_bytes_per_hour"], total / hours, delta=1)

    def test_architectures_that_are_shipped_differ_as_they_should(self) -> None:
        paths = sorted(str(path) for path in (ROOT / "scenarios/architectures").glob("*.yaml"))
        rows = json.loads(self.shaketable(*paths, "--seeds", "1..2", "--json"))["scenarios"]
        by_name = {row["scenario"]: row for row in rows}
        stretched = by_name["group_that_is_stretched_over_three_sites"]
        alone = by_name["site_with_nothing_elsewhere"]
        waits = by_name["standby_that_answers_wait_for"]
        batches = by_name["standby_that_is_shipped_to_in_batches"]
        for row in (stretched, alone, waits):
            self.assertEqual(row["lost_acked_ops"], 0, row)
        # A batch a second: a lost site takes up to that and the way along.
        self.assertGreater(batches["lost_acked_ops"], 0)
        self.assertLess(batches["rpo_max_ns"], 1.1e9)
        self.assertLess(stretched["rto_write_p95_ns"], 5e9)
        self.assertLess(batches["rto_write_p95_ns"], 30e9)
        # The power is back after forty seconds.
        self.assertGreater(alone["rto_write_p50_ns"], 40e9)
        self.assertGreater(waits["rto_write_p50_ns"], 40e9)
        self.assertGreater(stretched["wan_bytes_per_hour"], batches["wan_bytes_per_hour"])

    def test_one_scenario_or_one_that_is_none_is_refused(self) -> None:
        self.shaketable("one.yaml", status=2)
        self.assertIn("two scenarios or more", self.said)
        self.shaketable("one.yaml", "missing.yaml", status=2)
        self.assertIn("missing.yaml", self.said)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
