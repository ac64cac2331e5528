# SPDX-License-Identifier: MIT
"""Many seeds from Python: order, threads, the database, progress, and what an interrupt leaves."""
from __future__ import annotations

import contextlib
import io
import os
import signal
import sqlite3
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any

import shaketable
from shaketable import _run

ROOT = Path(__file__).resolve().parents[2]
CRASH = "scenarios/leader_crash_during_writes.yaml"


def setUpModule() -> None:
    os.chdir(ROOT)


def comparable(results: list[Any]) -> list[dict[str, Any]]:
    return [{key: value for key, value in r.items() if key != "wall_ns"} for r in results]


class RunMany(unittest.TestCase):
    def test_it_is_one_run_after_another_on_any_number_of_threads(self) -> None:
        single = comparable([shaketable.run(CRASH, seed) for seed in (9, 3, 5, 4)])
        for jobs in (1, 3):
            self.assertEqual(comparable(shaketable.run_many(CRASH, [9, 3, 5, 4], jobs)), single)

    def test_seeds_are_a_range_or_text_or_the_scenarios_own(self) -> None:
        def seeds_of(*args: Any) -> list[int]:
            return [result["seed"] for result in shaketable.run_many(CRASH, *args)]

        self.assertEqual(seeds_of(range(2, 4)), [2, 3])
        self.assertEqual(seeds_of("2..4"), [2, 3, 4])
        self.assertEqual(seeds_of("7"), [7])
        self.assertEqual(seeds_of([]), [])
        self.assertEqual(seeds_of([2**64 - 1]), [2**64 - 1])
        self.assertEqual(_run._seeds_of(shaketable.load(CRASH), None), list(range(1, 101)))

    def test_parameters_are_set(self) -> None:
        slow = shaketable.run_many(CRASH, [1], set={"heartbeat": "70ms"})[0]
        self.assertEqual(slow["parameters"]["heartbeat"], "70ms")
        self.assertIn("--set heartbeat=70ms", slow["replay"])

    def test_bad_arguments_are_told(self) -> None:
        for seeds, error, said in (
            (5, TypeError, "write"),
            ("1-5", ValueError, "1..100"),
            ("5..1", ValueError, "upward"),
            ([1.5], TypeError, "whole number"),
            ([-1], ValueError, "2\\^64"),
            (f"1..{2**64}", ValueError, "2\\^64"),
        ):
            with self.subTest(seeds), self.assertRaisesRegex(error, said):
                shaketable.run_many(CRASH, seeds)  # type: ignore[arg-type]
        for jobs, error in ((0, ValueError), (1.5, TypeError), (True, TypeError)):
            with self.subTest(jobs), self.assertRaisesRegex(error, "threads"):
                shaketable.run_many(CRASH, [1], jobs)  # type: ignore[arg-type]
        with self.assertRaises(shaketable.ScenarioError):
            shaketable.run_many("scenarios/nothing.yaml", [1])

    def test_runs_go_to_the_database(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.db"
            results = shaketable.run_many(CRASH, range(1, 6), db=path)
            with contextlib.closing(sqlite3.connect(path)) as connection:
                rows = connection.execute("SELECT fingerprint FROM run ORDER BY seed").fetchall()
        self.assertEqual([row[0] for row in rows], [r["fingerprint"] for r in results])

    def test_a_file_that_is_no_database_is_left_alone(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "notes.txt"
            path.write_text("not a database", encoding="utf-8")
            with self.assertRaisesRegex(shaketable.StoreError, "notes.txt"):
                shaketable.run_many(CRASH, [1], db=path)
            self.assertEqual(path.read_text(encoding="utf-8"), "not a database")

    def test_progress_is_shown_on_standard_error_when_asked_and_leaves_no_trace(self) -> None:
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            shaketable.run_many(CRASH, range(1, 41), progress=True)
        self.assertRegex(said.getvalue(), r"\d+ of 40 runs  [#-]{20}")
        self.assertTrue(said.getvalue().endswith(" \r"))
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            shaketable.run_many(CRASH, [1, 2])
        self.assertEqual(said.getvalue(), "")

    def test_an_interrupt_hands_back_what_is_done(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.db"
            timer = threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT))
            try:
                with self.assertRaises(shaketable.Interrupted) as caught:
                    timer.start()
                    shaketable.run_many(CRASH, range(1, 100_001), db=path)
            finally:
                timer.join()
            results = caught.exception.results
            self.assertGreater(len(results), 0)
            self.assertEqual([r["seed"] for r in results], list(range(1, len(results) + 1)))
            self.assertIn(f"{len(results)} of 100000", str(caught.exception))
            with contextlib.closing(sqlite3.connect(path)) as connection:
                stored = connection.execute("SELECT count(*) FROM run").fetchone()[0]
            self.assertEqual(stored, len(results))
            self.assertEqual(comparable(results[:1]), comparable([shaketable.run(CRASH, 1)]))


if __name__ == "__main__":
    unittest.main()
