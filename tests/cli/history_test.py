# SPDX-License-Identifier: MIT
"""`shaketable history check` and `shaketable export history`, as a user meets them.

    python3 tests/cli/history_test.py build/bin/shaketable
"""
from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path

import cli_test

ROOT = Path(__file__).resolve().parents[2]
LYING = ROOT / "scenarios/canary/must_fail_lying_disk_loses_writes.yaml"
HONEST = ROOT / "scenarios/leader_crash_during_writes.yaml"
GOOD = "[0 :invoke :write 1] [0 :ok :write 1] [1 :invoke :read nil] [1 :ok :read 1]\n"


class HistoryTest(cli_test.ProgramTest):
    def given(self, text: str, name: str = "history.edn") -> str:
        (self.folder / name).write_text(text)
        return name

    def test_the_exit_status_is_the_verdict(self) -> None:
        good = self.shaketable("history", "check", self.given(GOOD))
        self.assertEqual((good.status, good.err), (0, ""))
        self.assertIn("history.edn: linearizable: 2 operations", good.out)
        bad = self.shaketable("history", "check", self.given(GOOD.replace("read 1", "read 2")))
        self.assertEqual(bad.status, 1)
        self.assertTrue(bad.out.startswith("read 2 by process 1"))
        self.assertIn("not linearizable", bad.out.splitlines()[-1])
        many = "".join(f"[{i} :invoke :write {i % 3}]" for i in range(9))
        many += "".join(
            f"[{i} :ok :write {i % 3}] [99 :invoke :read nil] [99 :ok :read {(i * 2 + 1) % 3}]"
            for i in range(9)
        )
        hard = self.shaketable("history", "check", self.given(many), "--budget", "1")
        self.assertEqual(hard.status, 3)
        self.assertIn("--budget", hard.out)

    def test_bad_files_are_refused_with_a_place(self) -> None:
        bad = self.shaketable("history", "check", self.given("[0 :ok :read 1]\n"))
        self.assertEqual((bad.status, bad.out), (2, ""))
        self.assertIn("history.edn:1:1: error: process 0 completes what it did not invoke", bad.err)
        for words in (["history"], ["history", "check"], ["history", "check", "none.edn"],
                      ["history", "check", "."], ["export", "history", f"{HONEST}@1"],
                      ["history", "check", "history.edn", "--model", "set"],
                      ["history", "check", "history.edn", "--budget", "0"],
                      ["history", "check", "history.edn", "--timeout", "3"],
                      ["history", "check", "history.edn", "--timeline", "a.png"]):
            with self.subTest(words):
                self.assertEqual(self.shaketable(*words).status, 2)

    def test_json_names_the_offence(self) -> None:
        bad = self.given(GOOD.replace("read 1", "read 2"))
        done = self.shaketable("history", "check", bad, "--json")
        said = json.loads(done.out)
        self.assertEqual(said["verdict"], "not linearizable")
        self.assertEqual(said["offence"]["misfit"]["operation"], "read 2")
        self.assertTrue(said["offence"]["shortest"])

    def test_an_exported_history_is_judged_as_the_run_was(self) -> None:
        for name in ("run.jsonl", "run.edn"):
            for scenario, status in ((HONEST, 0), (LYING, 1)):
                with self.subTest(name, scenario=scenario.name):
                    done = self.shaketable("export", "history", f"{scenario}@1", "-o", name)
                    self.assertEqual(done.status, 0, done.err)
                    checked = self.shaketable("history", "check", name, "--json")
                    self.assertEqual(checked.status, status, checked.err)
                    self.assertEqual(json.loads(checked.out)["model"], "kv")

    def test_the_same_run_is_exported_as_the_same_bytes(self) -> None:
        for name in ("a.edn", "b.edn"):
            self.shaketable("export", "history", f"{HONEST}@2", "-o", name)
        one, other = ((self.folder / name).read_bytes() for name in ("a.edn", "b.edn"))
        self.assertEqual(one, other)
        self.assertTrue(one.startswith(b"{:process 0, :type :invoke"))

    def test_the_timeline_is_a_picture_and_a_page(self) -> None:
        bad = self.given(GOOD.replace("read 1", "read 2"))
        for name, start in (("t.svg", "<svg"), ("t.html", "<!DOCTYPE html>")):
            self.shaketable("history", "check", bad, "--timeline", name)
            self.assertTrue((self.folder / name).read_text().startswith(start))


if __name__ == "__main__":
    cli_test.PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
