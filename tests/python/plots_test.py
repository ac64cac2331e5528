# SPDX-License-Identifier: MIT
"""Pictures: honest, legible, the same bytes every time; and the reports that write them.

Needs the built package on PYTHONPATH and the program in $SHAKETABLE_PROGRAM; ctest sets both.
"""
from __future__ import annotations

import copy
import doctest
import inspect
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from itertools import combinations
from pathlib import Path
from typing import Any

from matplotlib.text import Text

import shaketable
from shaketable import plots
from shaketable.plots import _incident, _rto, _units

ROOT = Path(__file__).resolve().parents[2]
FAILOVER = "scenarios/lost_site_is_replaced_by_its_standby.yaml"
CRASH = "scenarios/leader_crash_during_writes.yaml"
SHOP = "breakers_keep_a_slow_store_from_the_shop.yaml"
JITTER = "scenarios/jittery_network_is_borne_by_an_adaptive_threshold.yaml"
DRAWN = ["leader_crash_during_writes", "power_cut_during_writes", "partition_isolates_the_leader",
         "rolling_restart", "steady_state", "canary/must_fail_lying_disk_loses_writes"]


def setUpModule() -> None:
    os.chdir(ROOT)


def words_in(picture: plots.Picture) -> list[str]:
    return [text.get_text() for text in picture.findobj(Text) if text.get_text()]


class Legible(unittest.TestCase):
    """What every picture keeps: text of a readable size, inside the picture, none upon another."""

    def check(self, picture: plots.Picture) -> None:
        picture.to_bytes("png")
        renderer = picture.canvas.get_renderer()
        width, height = picture.canvas.get_width_height()
        self.assertEqual(width, 800)
        # The labels of ticks beyond the end of an axis are there and not drawn.
        beyond = {
            label
            for axes in picture.axes
            for axis in (axes.xaxis, axes.yaxis)
            for tick in axis.majorTicks + axis.minorTicks
            for label in (tick.label1, tick.label2)
            if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
        }
        boxes = []
        for text in picture.findobj(Text):
            if not text.get_visible() or not text.get_text().strip() or text in beyond:
                continue
            box = text.get_window_extent(renderer)
            self.assertGreaterEqual(text.get_fontsize(), 8, text)
            self.assertTrue(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height,
                            f"{text} leaves the picture: {box}")
            boxes.append((text, box))
        self.assertGreaterEqual(len(boxes), 3)
        for (one, box), (other, other_box) in combinations(boxes, 2):
            overlap = (min(box.x1, other_box.x1) - max(box.x0, other_box.x0) > 1
                       and min(box.y1, other_box.y1) - max(box.y0, other_box.y0) > 2)
            self.assertFalse(overlap, f"{one} and {other} overlap")


class OfRuns(Legible):
    def test_the_shipped_scenarios(self) -> None:
        for name in DRAWN:
            with self.subTest(name=name):
                result = shaketable.run(f"scenarios/{name}.yaml", seed=2)
                self.check(plots.incident(result))
                self.check(plots.rto_waterfall(result))
                self.check(plots.rto_distribution([result]))

    def test_services_with_breakers_and_without(self) -> None:
        for name in ("breakers_keep_a_slow_store_from_the_shop", "retry_storm_outlives_its_trigger",
                     "lost_cache_fills_again_behind_a_short_queue"):
            with self.subTest(name=name):
                self.check(plots.services(shaketable.run(f"scenarios/{name}.yaml", seed=1)))
        shop = plots.services(shaketable.run("scenarios/" + SHOP, seed=1))
        for words in ("requests of people, per second", "calls of store, per second",
                      "web/0@node-1->cart"):
            self.assertIn(words, words_in(shop))
        self.assertIn("slow", words_in(shop))  # the fault
        self.assertIn("half of before", words_in(shop))
        fallen = plots.services(
            shaketable.run("scenarios/slow_store_takes_the_whole_shop_down.yaml", seed=1))
        self.check(fallen)
        self.assertTrue(any(text.startswith("up to ") for text in words_in(fallen)))
        none = plots.services(shaketable.run("scenarios/steady_state.yaml", seed=1))
        self.check(none)
        self.assertIn("this run has no services, or they were not kept", words_in(none))

    def test_a_failover_has_its_own_phases(self) -> None:
        result = shaketable.run(FAILOVER, seed=1)
        for picture in (plots.incident(result), plots.rto_waterfall([result] * 2)):
            self.check(picture)
            for phase in ("detect", "decide", "fence", "promote", "route"):
                self.assertIn(phase, words_in(picture))

    def test_a_hundred_faults_at_once(self) -> None:
        result = shaketable.run(CRASH, seed=1)
        (crash,) = result["faults"]
        for i in range(99):
            kind = ("node.pause", "network.partition", "disk.slow")[i % 3]
            result["faults"].append({**crash, "id": f"more-{i}", "inject": kind})
        picture = plots.incident(result)
        self.check(picture)
        self.assertIn("network.partition ×33", words_in(picture))

    def test_long_names_and_many_of_everything(self) -> None:
        result = shaketable.run(CRASH, seed=1)
        result["scenario"] = "a_name_that_is_a_sentence_" * 5
        result["seed"] = 2**63 - 1
        for fault in result["faults"]:
            fault["id"] = "the-crash-of-a-very-important-node-in-the-east"
            fault["target"] = " ".join(f"node-{i}" for i in range(40))
        for i in range(40):
            result["roles"] += [{**span, "node": f"rather-long-node-name-{i}"}
                                for span in result["roles"][:2]]
        result["series"] += [{**series, "workload": f"workload-{i}-with-a-long-name"}
                             for i in range(6) for series in result["series"][:4]]
        for series in result["series"][:4]:
            series["workload"] = "checkout-payments-and-refunds-" + series["workload"]
        self.check(plots.incident(result))
        self.check(plots.rto_distribution([result] * 3))
        self.check(plots.rto_waterfall([result] * 3))

    def test_empty_states_say_why_they_are_empty(self) -> None:
        result = shaketable.run(CRASH, seed=1)
        bare = {**result, "faults": [], "recovery": [], "loss": None, "roles": [], "series": []}
        for picture in (plots.incident(bare), plots.rto_waterfall(bare),
                        plots.rto_distribution([bare])):
            self.check(picture)
            self.assertTrue([w for w in words_in(picture) if w.startswith("no fault")])
        silent = copy.deepcopy(result)
        for series in silent["series"]:
            for measure in ("acknowledged", "unknown", "issued"):
                series[measure] = [0] * len(series[measure])
            for measure in ("latency_p50_ns", "latency_p99_ns"):
                series[measure] = [None] * len(series[measure])
        self.check(plots.incident(silent))
        self.assertIn("no operation was acknowledged", words_in(plots.incident(silent)))

    def test_a_run_without_reads_has_one_lane_of_recovery(self) -> None:
        result = shaketable.run(CRASH, seed=1)
        result["recovery"] = [row for row in result["recovery"] if row["scope"] == "write"]
        result["series"] = [s for s in result["series"] if s["workload"] == "writes"]
        self.check(plots.incident(result))
        self.check(plots.rto_distribution([result]))


class Honest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.results = shaketable.run_many(ROOT / CRASH, "1..20")

    def censored(self, count: int) -> list[Any]:
        results = copy.deepcopy(self.results)
        for result in results[:count]:
            for row in result["recovery"]:
                row.update(rto_ns=None, censored=True, phases=[])
        return results

    def curve(self, picture: plots.Picture) -> Any:
        return picture.axes[0].patches[0].get_data().values

    def test_runs_that_did_not_recover_keep_the_curve_below_one(self) -> None:
        self.assertEqual(max(self.curve(plots.rto_distribution(self.results))), 1.0)
        picture = plots.rto_distribution(self.censored(3))
        self.assertEqual(max(self.curve(picture)), 17 / 20)
        said = words_in(picture)
        self.assertEqual(said.count("3 of 20 not recovered"), 2)
        self.assertEqual(said.count("not recovered"), 6)  # p95, p99 and worst of writes and reads

    def test_if_no_run_recovered_there_is_no_number(self) -> None:
        picture = plots.rto_distribution(self.censored(20))
        self.assertEqual(max(self.curve(picture)), 0)
        self.assertIn("20 of 20 not recovered", words_in(picture))
        self.assertIn("not recovered when the run ended",
                      words_in(plots.rto_waterfall(self.censored(20))))
        self.assertTrue([w for w in words_in(plots.incident(self.censored(20)[0]))
                         if w.startswith("not recovered when the run ended, 45 s after t_fault")])

    def test_the_bars_of_a_waterfall_sum_to_recovery_times_that_occurred(self) -> None:
        axes = plots.rto_waterfall(self.results).axes[0]
        ends: dict[float, float] = {}
        for bar in axes.patches:
            lane = bar.get_y()
            ends[lane] = max(ends.get(lane, 0), bar.get_x() + bar.get_width())
        occurred = {row["rto_ns"] for result in self.results for row in result["recovery"]}
        self.assertEqual(len(ends), 8)
        for end in ends.values():
            self.assertIn(round(end * 1e6), occurred)

    def test_the_target_is_on_the_axis_or_said_to_be_beyond(self) -> None:
        self.assertTrue([w for w in words_in(plots.rto_distribution(self.results))
                         if "<= 30s, beyond this axis" in w])
        results = copy.deepcopy(self.results)
        for result in results:
            result["targets"][0]["objective"] = "<= 200ms"
        picture = plots.rto_distribution(results)
        self.assertIn("target <= 200ms", words_in(picture))
        self.assertIn([200, 200], [list(line.get_xdata()) for line in picture.axes[0].lines])

    def test_a_drill_is_drawn_as_it_stands(self) -> None:
        drill = shaketable.Drill("scenarios/steady_state.yaml", seed=1)
        drill.advance("15s")
        drill.inject("node.crash", target={"role": "leader"}, id="crash")
        drill.advance("5s")
        self.assertIn("crash", words_in(plots.incident(drill)))

    def test_a_database_and_a_list_of_its_results_give_the_same_picture(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            database = Path(folder) / "results.db"
            results = shaketable.run_many(CRASH, "1..3", db=database)
            with shaketable.open_results(database) as stored:
                for draw in (plots.rto_distribution, plots.rto_waterfall):
                    self.assertEqual(draw(stored).to_bytes("svg"), draw(results).to_bytes("svg"))
                fresh = next(r for r in results if r["run_key"] == stored.find())
                self.assertEqual(plots.incident(stored).to_bytes("svg"),
                                 plots.incident(fresh).to_bytes("svg"))

    def test_what_is_no_result_is_refused(self) -> None:
        for wrong in (7, {"seed": 1}, "results.db"):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(TypeError, "expected what"):
                plots.incident(wrong)


STUDY = """
INSERT INTO study VALUES('abc1', 'tuning', '', 'tuning.yaml', 1, 2, '1', 1);
INSERT INTO study_axis VALUES('abc1', 0, 'timeout', 'duration');
INSERT INTO study_objective VALUES('abc1', 0, 'rto', 'rto.write.p99', 'min', 's'),
    ('abc1', 1, 'needless', 'needless_elections.per_hour', 'min', '1/h'),
    ('abc1', 2, 'served', 'availability', 'max', 'share');
INSERT INTO point VALUES('abc1', 0, 'h', '{"timeout": "50ms"}', 1),
    ('abc1', 1, 'h', '{"timeout": "100ms"}', 1), ('abc1', 2, 'h', '{"timeout": "9s"}', 0);
INSERT INTO point_value VALUES('abc1', 0, 'rto', 0.08, 0, 2), ('abc1', 1, 'rto', 0.16, 0, 2),
    ('abc1', 2, 'rto', NULL, 1, 2), ('abc1', 0, 'needless', 500, 0, 2),
    ('abc1', 1, 'needless', 20, 0, 2), ('abc1', 2, 'needless', 0, 0, 2),
    ('abc1', 0, 'served', 0.99, 0, 2), ('abc1', 1, 'served', 0.999, 0, 2),
    ('abc1', 2, 'served', NULL, 0, 0);
"""


class Pareto(Legible):
    def studied(self, sql: str) -> shaketable.Results:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name) / "results.db"
        shaketable.run_many("scenarios/steady_state.yaml", [1], db=path)
        database = sqlite3.connect(path)
        database.executescript(sql)
        database.close()
        results = shaketable.open_results(path)
        self.addCleanup(results.close)
        return results

    def marks(self, axes: Any, label: str) -> list[list[float]]:
        return [list(map(float, place)) for marks in axes.collections
                if marks.get_label() == label for place in marks.get_offsets()]

    def test_the_front_is_marked_numbered_and_listed(self) -> None:
        picture = plots.pareto(self.studied(STUDY))
        self.check(picture)
        against_needless, against_served = picture.axes
        for axes, points in ((against_needless, [[80, 500], [160, 20]]),
                             (against_served, [[80, 0.99], [160, 0.999]])):
            for mark, point in zip(self.marks(axes, "on the front"), points, strict=True):
                for number, expected in zip(mark, point):
                    self.assertAlmostEqual(number, expected)
        said = words_in(picture)
        for word in ("3 points, 2 on the Pareto front", "timeout", "50ms", "80 ms", "500/h", "99 %",
                     "served, more is better"):
            self.assertIn(word, said)

    def test_what_never_recovered_is_at_the_edge_and_what_has_no_evidence_is_nowhere(self) -> None:
        against_needless, against_served = plots.pareto(self.studied(STUDY)).axes
        ((x, y),) = self.marks(against_needless, "did not recover")
        self.assertGreater(x, 160)
        self.assertEqual(y, 0)
        self.assertEqual(self.marks(against_served, "did not recover"), [])

    def test_a_large_front_is_listed_in_part_and_said_to_be(self) -> None:
        more = "".join(
            f"INSERT INTO point VALUES('abc1', {n}, 'h', '{{\"timeout\": \"{n}ms\"}}', 1);"
            f"INSERT INTO point_value VALUES('abc1', {n}, 'rto', {n / 100}, 0, 2),"
            f"('abc1', {n}, 'needless', {500 / n}, 0, 2), ('abc1', {n}, 'served', 0.9, 0, 2);"
            for n in range(10, 50))
        picture = plots.pareto(self.studied(STUDY + more))
        self.check(picture)
        self.assertIn("front, 12 of them", words_in(picture))

    def test_a_study_is_named_by_its_name_or_key(self) -> None:
        other = STUDY.replace("abc1", "def2").replace("tuning", "second")
        results = self.studied(STUDY + other)
        with self.assertRaisesRegex(shaketable.ResultsError, "which study.*second.*tuning"):
            plots.pareto(results)
        self.assertIn("second", words_in(plots.pareto(results, "def")))
        self.assertIn("tuning", words_in(plots.pareto(results, "tuning")))
        with self.assertRaisesRegex(shaketable.ResultsError, "no study 'third'; it has second"):
            plots.pareto(results, "third")

    def test_what_can_not_be_drawn_says_why(self) -> None:
        for sql, words in (
            ("", "no study in it; `shaketable sweep` adds one"),
            (STUDY + "UPDATE study SET finished = 0;", "tuning is not finished.*--resume"),
            (STUDY + "DELETE FROM study_objective WHERE seq > 0;", "takes two objectives"),
        ):
            with self.subTest(words), self.assertRaisesRegex(shaketable.ResultsError, words):
                plots.pareto(self.studied(sql))


WATCHED = """
INSERT INTO study VALUES('abc1', 'watching', '', 'watching.yaml', 1, 1, '1', 1);
INSERT INTO study_axis VALUES('abc1', 0, 'kind', 'string'), ('abc1', 1, 'threshold', 'number');
INSERT INTO point VALUES('abc1', 0, 'h', '{"kind": "a", "threshold": "4"}', 0),
    ('abc1', 1, 'h', '{"kind": "a", "threshold": "8"}', 0),
    ('abc1', 2, 'h', '{"kind": "b", "threshold": "4"}', 0);
INSERT INTO point_parameter VALUES('abc1', 0, 0, 'kind', 'a', NULL),
    ('abc1', 0, 1, 'threshold', '4', 4), ('abc1', 1, 0, 'kind', 'a', NULL),
    ('abc1', 1, 1, 'threshold', '8', 8), ('abc1', 2, 0, 'kind', 'b', NULL),
    ('abc1', 2, 1, 'threshold', '4', 4);
INSERT INTO trial SELECT 'abc1', p.point, 1, r.run_key FROM point p, run r;
"""


class Detectors(Legible):
    def studied(self, sql: str, scenario: str = JITTER) -> shaketable.Results:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name) / "results.db"
        shaketable.run_many(scenario, [1], db=path)
        database = sqlite3.connect(path)
        database.executescript(sql)
        database.close()
        results = shaketable.open_results(path)
        self.addCleanup(results.close)
        return results

    def test_each_line_has_its_points_where_the_runs_say(self) -> None:
        results = self.studied(WATCHED)
        row = results.detection
        picture = plots.detectors(results)
        self.check(picture)
        times, rates = picture.axes
        self.assertEqual([list(line.get_xdata()) for line in times.lines], [[4, 8], [4]])
        for line in times.lines:
            for time in line.get_ydata():
                self.assertAlmostEqual(time / 1000, row["t_d_mean_s"][0], places=9)
        heights = [rate for container in rates.containers for rate in container[0].get_ydata()]
        self.assertEqual(len(heights), 3)
        for height in heights:
            self.assertAlmostEqual(height, row["lambda_m"][0], places=9)
        for word in ("watching", "threshold", "kind a", "kind b"):
            self.assertIn(word, words_in(picture))

    def test_no_mistake_is_a_bound_and_no_rate(self) -> None:
        results = self.studied(WATCHED + "UPDATE fd SET n_mistakes = 0, well_ns = 300000000000;")
        picture = plots.detectors(results, "abc")
        self.check(picture)
        marks = [float(y) for collection in picture.axes[1].collections
                 for _, y in collection.get_offsets() if y > 0]
        self.assertEqual(marks, [3 / 300] * 3)

    def test_what_can_not_be_drawn_says_why(self) -> None:
        for sql, words in (
            ("", "no study in it"),
            (WATCHED + "UPDATE point_parameter SET number = NULL;", "no axis of numbers"),
            (WATCHED + "DELETE FROM fd;", "nobody watched anybody"),
        ):
            with self.subTest(words), self.assertRaisesRegex(shaketable.ResultsError, words):
                plots.detectors(self.studied(sql))


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.database = cls.folder / "results.db"
        shaketable.run_many(ROOT / CRASH, "1..3", db=cls.database)

    def report(self, *arguments: object, script: str = "incident",
               **environment: str) -> subprocess.CompletedProcess[str]:
        inherited = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        return subprocess.run(
            [sys.executable, ROOT / f"reports/{script}.py", *map(str, arguments)],
            cwd=self.folder, env={**inherited, **environment}, capture_output=True, text=True,
        )

    def test_two_processes_write_the_same_bytes_whatever_the_user_has_set(self) -> None:
        settings = self.folder / "settings"
        settings.mkdir()
        (settings / "matplotlibrc").write_text("font.size: 20\nsavefig.dpi: 33\n"
                                               "axes.grid: True\nsvg.fonttype: none\n")
        for ending in ("png", "svg"):
            one, other = self.folder / f"one.{ending}", self.folder / f"other.{ending}"
            self.assertEqual(self.report(self.database, "-o", one, PYTHONHASHSEED="1").stderr, "")
            done = self.report(self.database, "-o", other, PYTHONHASHSEED="2", TZ="Asia/Tokyo",
                               MATPLOTLIBRC=str(settings), SOURCE_DATE_EPOCH="1")
            self.assertEqual(done.stderr, "")
            self.assertEqual(one.read_bytes(), other.read_bytes())
        self.assertEqual(one.read_bytes()[:5], b"<?xml")

    def test_a_run_is_chosen_by_its_key(self) -> None:
        with shaketable.open_results(self.database) as results:
            key = str(results.runs["run_key"][0])
            expected = plots.incident(results.run(key)).to_bytes("png")
        done = self.report(self.database, "--run", key[:10], "-o", "chosen.png")
        self.assertEqual((done.returncode, done.stdout), (0, "wrote chosen.png\n"))
        self.assertEqual((self.folder / "chosen.png").read_bytes(), expected)

    def test_mistakes_are_told_and_leave_nothing_behind(self) -> None:
        (self.folder / "text.db").write_text("no database")
        (self.folder / "folder.png").mkdir()
        before = sorted(os.listdir(self.folder))
        for arguments, words in (
            (["missing.db"], "missing.db: No such file"),
            (["text.db"], "text.db: not a shaketable database"),
            ([self.database, "--run", "zzz"], "no run has the key 'zzz'"),
            ([self.database, "-o", "x.gif"], "'x.gif' must end in .png or .svg"),
            ([self.database, "-o", "missing/x.png"], "missing/x.png: No such file or directory"),
            ([self.database, "-o", "folder.png"], "folder.png: Is a directory"),
            ([], "required: RESULTS.db"),
        ):
            with self.subTest(arguments=arguments):
                done = self.report(*arguments)
                self.assertEqual(done.returncode, 2)
                self.assertIn(words, done.stderr)
                self.assertEqual(done.stdout, "")
                self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_the_report_of_a_trade_off_tells_what_is_missing(self) -> None:
        for script in ("pareto", "detectors"):
            done = self.report(self.database, script=script)
            self.assertEqual(done.returncode, 2)
            self.assertIn("there is no study in it", done.stderr)

    def test_it_works_without_the_engine(self) -> None:
        done = subprocess.run(
            [sys.executable, "-I", "-c", "import runpy, sys; sys.argv[1:] = sys.argv[2:]; "
             "sys.path.insert(0, 'reports'); runpy.run_path('reports/incident.py'); "
             "assert 'shaketable._core' not in sys.modules", "-", self.database,
             "-o", self.folder / "pure.png"],
            cwd=ROOT, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Examples(unittest.TestCase):
    def test_the_examples_in_the_documentation_are_true(self) -> None:
        tried = 0
        for module in (_incident, _rto, _units):
            failed, count = doctest.testmod(module)
            self.assertEqual(failed, 0)
            tried += count
        self.assertGreater(tried, 15)

    def test_everything_public_is_documented(self) -> None:
        for name in plots.__all__:
            if name != "FORMATS":
                self.assertTrue(inspect.getdoc(getattr(plots, name)), name)


if __name__ == "__main__":
    unittest.main()
