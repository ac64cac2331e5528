# SPDX-License-Identifier: MIT
"""Prometheus fires the same alerts at the same times, as far as there is a promtool to ask.

    python3 tests/alert/promtool_test.py build/bin/shaketable

exports runs with `shaketable export alerts-test`. Without promtool (Debian's package prometheus has
it) the tests are looked at only for being whole: which alerts fire when is written there. PROMTOOL
names it where it is not on the PATH.
"""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNS = (
    "scenarios/operator_fails_over_20_s_after_the_page.yaml@1",
    "scenarios/canary/must_fail_page_that_waits_for_a_minute.yaml@2",
)


class PromtoolTest(unittest.TestCase):
    program = ""

    def export(self, run: str, folder: str) -> Path:
        """The test file; the rules are beside it."""
        test = Path(folder) / "alerts.yml"
        command = [self.program, "export", "alerts-test", run, "-o", str(test)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
        return test

    def test_prometheus_agrees(self) -> None:
        promtool = os.environ.get("PROMTOOL") or shutil.which("promtool")
        for run in RUNS:
            with self.subTest(run=run), tempfile.TemporaryDirectory() as folder:
                test = self.export(run, folder)
                text = test.read_text(encoding="utf-8")
                firing = re.findall(
                    r"eval_time: (\d+)ms\n +alertname: PrimarySiteDown\n"
                    r" +exp_alerts:\n +- exp_labels: \{severity: 'page', site: 'east'\}",
                    text,
                )
                self.assertTrue(firing, "the page is among what is expected")
                self.assertIn("alertname: PrimarySiteDown\n        exp_alerts: []", text)
                if promtool is None:
                    continue
                done = subprocess.run(
                    [promtool, "test", "rules", test.name],
                    cwd=folder, capture_output=True, text=True, timeout=60, check=False,
                )
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    PromtoolTest.program = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
