# SPDX-License-Identifier: MIT
"""What the program says of backups and restores: as text, as JSON, in its database.

    python3 tests/cli/backups_test.py build/bin/shaketable
"""
from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = ""

SCENARIO = """\
version: 1
name: kept
time: {epoch: 2024-11-05T00:00:00Z, warmup: 10m, duration: 30h}
cluster:
  sites: {here: {nodes: [n1, n2, n3]}}
  consensus: {election_timeout_min: 1m, election_timeout_max: 2m, heartbeat_interval: 20s}
backup: {}
workload:
  - {id: writes, rate: 2/min}
service_level: {hold: 30m}
faults:
  - {id: silent, at: 13h, inject: backup.silent_failure, for: 2h}
  - {id: look, at: 15h, inject: backup.verify}
  - {id: restore, at: 16h, inject: backup.restore}
  - {id: drill, at: 25h, inject: operator.drill, with: {replay_wal: false}}
targets:
  restore: {max: "< 10m"}
checks:
  - {id: reached, at_end: restores.reached}
"""


class BackupsTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="shaketable-backups-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "kept.yaml").write_text(SCENARIO, encoding="utf-8")

    def run_program(self, *arguments: str, status: int = 0) -> str:
        done = subprocess.run(
            [PROGRAM, *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_json_has_the_catalogue_the_restores_and_the_archive(self) -> None:
        said = json.loads(self.run_program("run", "kept.yaml", "--json", "--db", "none"))
        # The increment of 14:00 was found to be empty, and that of 20:00 had nothing to rest on.
        kinds = [row["kind"] for row in said["backups"]]
        self.assertEqual(kinds[:4], ["full", "incremental", "incremental", "full"])
        restore, drill = said["restores"]
        self.assertEqual((restore["drill"], drill["drill"]), (False, True))
        for row in (restore, drill):
            self.assertEqual(row["outcome"], "reached")
            self.assertEqual(
                sum(step["duration_ns"] for step in row["steps"]), row["end_ns"] - row["start_ns"]
            )
        # The log is archived within the minute; without it, five hours are missing.
        self.assertLess(restore["rpo_time_ns"], 70e9)
        self.assertAlmostEqual(drill["recovery_point_ns"] / 3.6e12, 20, places=3)
        self.assertGreater(drill["rpo_time_ns"], 4.9 * 3.6e12)
        self.assertGreater(drill["lost_ops"], 400)
        self.assertEqual(said["archive"]["verifications"], 1)
        self.assertEqual(said["archive"]["bad"], 1)

    def test_text_says_what_a_restore_took_and_lacks(self) -> None:
        said = self.run_program("run", "kept.yaml", "--db", "none")
        self.assertIn("verified 1 time, 1 found bad", said)
        self.assertRegex(said, r"restore +reached +5m2\d")
        self.assertRegex(said, r"drill +reached +5m1\d[^\n]*without \d+ acknowledged writes")
        self.assertRegex(said, r"locate 10\.\d+s \+ provision 5m")

    def test_the_database_has_the_same(self) -> None:
        self.run_program("run", "kept.yaml", "--db", "x.db")
        with sqlite3.connect(self.folder / "x.db") as database:
            rows = database.execute("SELECT drill, outcome, took_s FROM v_restore ORDER BY number")
            self.assertEqual([(drill, outcome) for drill, outcome, _ in rows],
                             [(0, "reached"), (1, "reached")])
            (states,) = database.execute(
                "SELECT json_group_array(DISTINCT state) FROM backup").fetchone()
            self.assertIn("complete", json.loads(states))
            ((segments,),) = database.execute("SELECT segments FROM archive").fetchall()
            self.assertGreater(segments, 500)

    def test_what_can_never_be_restored_is_refused_with_all_reasons(self) -> None:
        wrong = SCENARIO.replace("backup: {}", "backup: {window: 1h}").replace(
            "{replay_wal: false}", "{tag: nobody, replay_wal: false}")
        (self.folder / "wrong.yaml").write_text(wrong, encoding="utf-8")
        said = self.run_program("run", "wrong.yaml", "--db", "none", status=2)
        self.assertIn("shorter than the 1d from one to the next", said)
        self.assertIn("no backup has the tag 'nobody'", said)


if __name__ == "__main__":
    PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
