# SPDX-License-Identifier: MIT
"""Results databases read from Python: columns, whole runs, and files that are none.

Needs the built package on PYTHONPATH and the program in $SHAKETABLE_PROGRAM; ctest sets both.
"""
from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np

import shaketable

ROOT = Path(__file__).resolve().parents[2]
CRASH = "scenarios/leader_crash_during_writes.yaml"
CANARY = "scenarios/canary/must_fail_lying_disk_loses_writes.yaml"
SHOP = "scenarios/breakers_keep_a_slow_store_from_the_shop.yaml"
SITES = "scenarios/site_that_wrote_alone_is_made_anew.yaml"
WATCHED = "scenarios/paused_monitor_does_not_convict_everybody.yaml"


def simulate(database: Path, scenario: str, seeds: str) -> None:
    program = os.environ["SHAKETABLE_PROGRAM"]
    done = subprocess.run(
        [program, "run", scenario, "--seeds", seeds, "--db", database],
        cwd=ROOT,
        capture_output=True,
    )
    assert done.returncode in (0, 1), done.stderr


class WithDatabase(unittest.TestCase):
    """`self.database` is a fresh copy of one with four crashes of the leader."""

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.original = Path(folder.name) / "original.db"
        simulate(cls.original, CRASH, "1..4")

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.database = self.folder / "results.db"
        shutil.copy(self.original, self.database)

    def open(self) -> shaketable.Results:
        results = shaketable.open_results(self.database)
        self.addCleanup(results.close)
        return results

    def change(self, sql: str) -> None:
        database = sqlite3.connect(self.database)
        database.executescript(sql)
        database.close()


class Reading(WithDatabase):
    def test_views_are_columns_with_a_row_for_each_run(self) -> None:
        results = self.open()
        np.testing.assert_array_equal(results.runs["seed"], [1, 2, 3, 4])
        self.assertEqual(results.runs["seed"].dtype, np.int64)
        self.assertEqual(results.runs["virtual_s"].dtype, np.float64)
        self.assertEqual(results.runs["scenario"].dtype.kind, "U")
        self.assertEqual(sorted(set(results.rto["scope"])), ["read", "write"])
        self.assertEqual(len(results.rto["rto_s"]), 8)
        self.assertEqual(len(results.slo["availability"]), 8)
        np.testing.assert_array_equal(results.rpo["rpo_s"], [0, 0, 0, 0])

    def test_services_their_clients_and_breakers_are_columns(self) -> None:
        simulate(self.database, SHOP, "1..2")
        results = self.open()
        services = results.services
        self.assertEqual(sorted(set(services["service"])), ["cart", "catalogue", "store", "web"])
        self.assertEqual(len(services["seed"]), 8)
        store = services["service"] == "store"
        self.assertTrue((services["opened"][store] > 0).all())
        self.assertEqual(services["goodput_before"].dtype, np.float64)
        np.testing.assert_array_equal(results.clients["clients"], ["people", "people"])
        self.assertTrue((results.clients["success"] > 0.8).all())
        self.assertLessEqual({"closed", "open"}, set(results.breakers["state"]))
        self.assertTrue((results.breakers["end_s"] > results.breakers["start_s"]).all())

    def test_a_measure_that_does_not_exist_is_nan_and_not_zero(self) -> None:
        self.change("UPDATE recovery SET rto_ns = NULL, censored = 1 WHERE scope = 'write'")
        rto = self.open().rto
        np.testing.assert_array_equal(np.isnan(rto["rto_s"]), rto["scope"] == "write")
        np.testing.assert_array_equal(rto["censored"] == 1, rto["scope"] == "write")

    def test_words_and_counts_may_be_missing_too(self) -> None:
        columns = self.open().query("SELECT NULL AS a, 1 AS b UNION ALL SELECT 'x', NULL")
        self.assertEqual(set(columns["a"]), {None, "x"})
        self.assertEqual(columns["b"].dtype, np.float64)

    def test_a_query_without_rows_has_its_columns(self) -> None:
        columns = self.open().query("SELECT seed, verdict FROM v_run WHERE seed = ?", [77])
        self.assertEqual({name: len(column) for name, column in columns.items()},
                         {"seed": 0, "verdict": 0})

    def test_a_mistaken_query_is_told_in_the_words_of_sqlite(self) -> None:
        with self.assertRaisesRegex(shaketable.ResultsError, "no such column: sead"):
            self.open().query("SELECT sead FROM v_run")

    def test_a_stored_run_is_what_running_it_again_returns(self) -> None:
        for scenario, seed in ((CRASH, 3), (CANARY, 1), (WATCHED, 1), (SHOP, 1), (SITES, 1)):
            simulate(self.database, scenario, str(seed))
            fresh = shaketable.run(ROOT / scenario, seed=seed)
            stored = self.open().run(fresh["run_key"])
            for key in ("wall_ns", "replay"):
                fresh.pop(key)
                stored.pop(key)
            self.assertEqual(stored, fresh)

    def test_it_is_never_written_to(self) -> None:
        before = self.database.read_bytes()
        with shaketable.open_results(self.database) as results:
            results.run()
            with self.assertRaisesRegex(shaketable.ResultsError, "readonly"):
                results.query("DELETE FROM run")
        self.assertEqual(self.database.read_bytes(), before)
        self.assertEqual(os.listdir(self.folder), ["results.db"])

    def test_a_name_with_odd_characters_is_a_name(self) -> None:
        odd = self.folder / "50% of ?x=1 #2.db"
        shutil.copy(self.database, odd)
        with shaketable.open_results(odd) as results:
            self.assertEqual(len(results.runs["seed"]), 4)


class Finding(WithDatabase):
    def test_a_run_is_found_by_the_beginning_of_its_key(self) -> None:
        results = self.open()
        for key in results.runs["run_key"]:
            self.assertEqual(results.find(key), key)
            self.assertEqual(results.find(key[:8]), key)

    def test_no_run_and_several_runs_are_told_apart(self) -> None:
        with self.assertRaisesRegex(shaketable.ResultsError, "no run has the key 'zzz'"):
            self.open().find("zzz")
        with self.assertRaisesRegex(shaketable.ResultsError, "several runs"):
            self.open().find("")

    def test_by_default_it_is_the_slowest_to_recover_if_all_passed(self) -> None:
        results = self.open()
        rto = results.rto
        writes = rto["scope"] == "write"
        slowest = rto["run_key"][writes][np.argmax(rto["rto_s"][writes])]
        self.assertEqual(results.find(), slowest)

    def test_by_default_a_failure_comes_before_what_is_inconclusive(self) -> None:
        self.change("UPDATE run SET verdict = 'inconclusive' WHERE seed = 2")
        self.assertEqual(self.open().run()["seed"], 2)
        self.change("UPDATE run SET verdict = 'fail' WHERE seed IN (3, 4)")
        self.assertEqual(self.open().run()["seed"], 3)

    def test_by_default_it_is_a_run_of_the_latest_use(self) -> None:
        simulate(self.database, CANARY, "1")
        self.change("UPDATE run SET verdict = 'fail'")
        self.assertEqual(self.open().run()["scenario"], Path(CANARY).stem)

    def test_a_database_without_runs_says_so(self) -> None:
        self.change("PRAGMA foreign_keys = ON; DELETE FROM run")
        with self.assertRaisesRegex(shaketable.ResultsError, "there is no run in it"):
            self.open().run()
        self.assertEqual(len(self.open().rto["rto_s"]), 0)


class Refusals(WithDatabase):
    def refused(self, path: Path, words: str) -> None:
        with self.assertRaisesRegex(shaketable.ResultsError, words) as caught:
            shaketable.open_results(path)
        self.assertIn(str(path), str(caught.exception))

    def test_what_is_missing_or_something_else_is_refused(self) -> None:
        self.refused(self.folder / "missing.db", "No such file.*`shaketable run` writes one")
        self.refused(self.folder, "directory")
        for name, content in (("empty.db", b""), ("text.db", b"hello\n" * 99)):
            (self.folder / name).write_bytes(content)
            self.refused(self.folder / name, "not a shaketable database")
        foreign = self.folder / "foreign.db"
        sqlite3.connect(foreign).executescript("CREATE TABLE run(seed)").connection.close()
        self.refused(foreign, "not a shaketable database")

    def test_another_format_is_refused_with_what_to_do(self) -> None:
        database = sqlite3.connect(self.database)
        (newest,) = database.execute("PRAGMA user_version").fetchone()
        database.close()
        self.change(f"PRAGMA user_version = {newest + 1}")
        self.refused(self.database, "newer shaketable")
        self.change(f"PRAGMA user_version = {newest - 1}")
        self.refused(self.database, "older format.*brings it up to date")

    def test_a_damaged_file_is_told(self) -> None:
        content = bytearray(self.database.read_bytes())
        content[4096:] = b"\xff" * (len(content) - 4096)
        self.database.write_bytes(content)
        with self.assertRaisesRegex(shaketable.ResultsError, "malformed|not a database"):
            self.open().run()


if __name__ == "__main__":
    unittest.main()
