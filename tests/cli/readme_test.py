# SPDX-License-Identifier: MIT
"""What the README shows is what the program says.

    python3 tests/cli/readme_test.py build/bin/shaketable
"""
from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAM = ""


def block(language: str) -> str:
    """The first block of that language in the README."""
    return re.search(rf"```{language}\n(.*?)```", README, re.DOTALL).group(1)


def shaketable(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *words], cwd=ROOT, capture_output=True, text=True)


class Readme(unittest.TestCase):
    maxDiff = None

    def test_the_demo_prints_what_is_shown(self) -> None:
        done = shaketable("run", "scenarios/leader_crash_during_writes.yaml", "--seeds", "1..100",
                          "--db", "none")
        self.assertEqual(done.stdout, block("text"))
        self.assertEqual(done.returncode, 0)

    def test_the_example_fails_with_a_finding_and_a_command_that_replays_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(ROOT / "scenarios" / "common", Path(folder) / "common")
            mine = Path(folder) / "mine.yaml"
            mine.write_text(block("yaml"), encoding="utf-8")
            done = shaketable("run", str(mine), "--db", "none")
        self.assertEqual(done.returncode, 1)
        self.assertIn("acknowledged writes lost", done.stdout)
        self.assertRegex(done.stdout.splitlines()[-1], r"^replay: shaketable run .*mine\.yaml")

    def test_every_command_that_is_named_exists(self) -> None:
        for command in sorted(set(re.findall(r"`(?:build/bin/)?shaketable ([a-z]+)", README))):
            with self.subTest(command):
                self.assertEqual(shaketable(command, "--help").returncode, 0)


if __name__ == "__main__":
    PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
