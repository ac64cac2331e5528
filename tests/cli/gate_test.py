# SPDX-License-Identifier: MIT
"""The gate as CI and its users meet it: exit status, files, XML, annotations.

    python3 tests/cli/gate_test.py build/bin/shaketable
"""
from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

import cli_test
from cli_test import FAILS, NEEDS_SEEDS, PASSES, ProgramTest

# A drill whose consensus can be tuned from outside.
TUNED = (
    PASSES.replace("name: leader-crash", "name: tuned")
    .replace("params:\n", "params:\n  low: {type: duration, default: 150ms}\n"
             "  high: {type: duration, default: 300ms}\n")
    .replace('heartbeat_interval: "${heartbeat}"',
             'heartbeat_interval: "${heartbeat}", election_timeout_min: "${low}", '
             'election_timeout_max: "${high}"')
    .replace("seeds: 3..9", "seeds: 1..12")
)
SLOW = ("--set", "low=300ms", "--set", "high=600ms")


class GateTest(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        (self.folder / "tuned.yaml").write_text(TUNED)

    @property
    def baseline(self) -> Path:
        return self.folder / "baselines" / "tuned.json"

    def gate(self, *arguments: str) -> cli_test.Done:
        return self.shaketable("gate", "tuned.yaml", *arguments)

    def make_baseline(self) -> bytes:
        done = self.gate("--update")
        self.assertEqual(done.status, 0, done.out + done.err)
        return self.baseline.read_bytes()

    def edit(self, before: str, after: str) -> None:
        text = (self.folder / "tuned.yaml").read_text()
        self.assertIn(before, text)
        (self.folder / "tuned.yaml").write_text(text.replace(before, after))


class Verdicts(GateTest):
    def test_unchanged_code_passes_without_statistics(self) -> None:
        self.make_baseline()
        done = self.gate()
        self.assertEqual(done.status, 0, done.out + done.err)
        self.assertIn("all 12 runs are identical", done.out)
        self.assertRegex(done.last_line, r"^pass: .*; unchanged$")

    def test_a_doubled_election_timeout_fails_and_the_phase_that_moved_is_named(self) -> None:
        self.make_baseline()
        done = self.gate(*SLOW)
        self.assertEqual(done.status, 1, done.out + done.err)
        self.assertIn("election_timeout_min  150ms -> 300ms", done.out)
        verdict, replay = done.out.rstrip("\n").rsplit("\n", 2)[1:]
        self.assertRegex(verdict, r"^fail: rto\.write .*mostly detect; and \d+ more$")
        self.assertEqual(
            replay, "replay: shaketable gate tuned.yaml --set low=300ms --set high=600ms"
        )
        self.assertEqual(self.shaketable(*replay.split()[2:]).status, 1)

    def test_a_halved_election_timeout_passes_and_suggests_an_update(self) -> None:
        self.gate(*SLOW, "--update")
        done = self.gate()
        self.assertEqual(done.status, 0, done.out + done.err)
        self.assertIn("better", done.out)
        self.assertIn("--update", done.last_line)

    def test_changed_runs_that_are_as_good_pass(self) -> None:
        self.make_baseline()
        done = self.gate("--set", "heartbeat=45ms")
        self.assertEqual(done.status, 0, done.out + done.err)
        self.assertIn("12 runs in pairs, 0 identical", done.out)
        self.assertTrue(done.last_line.endswith("no regression"), done.last_line)

    def test_other_seeds_are_compared_as_samples(self) -> None:
        self.make_baseline()
        done = self.gate("--seeds", "101..130")
        self.assertEqual(done.status, 0, done.out + done.err)
        self.assertIn("30 runs against 12 of other seeds", done.out)
        self.assertEqual(self.gate("--seeds", "101..130", *SLOW).status, 1)

    def test_without_a_baseline_there_is_no_evidence(self) -> None:
        done = self.gate()
        self.assertEqual(done.status, 3, done.out + done.err)
        self.assertIn("--update", done.out)
        self.assertEqual(self.files(), [])

    def test_too_few_runs_are_inconclusive_and_say_how_many_it_takes(self) -> None:
        self.make_baseline()
        done = self.gate("--seeds", "1..3", *SLOW)
        self.assertEqual(done.status, 3, done.out + done.err)
        self.assertRegex(done.out, r"3 runs can't show a regression; it takes \d+")

    def test_a_missed_target_fails_with_the_run_that_replays_it(self) -> None:
        (self.folder / "fails.yaml").write_text(FAILS.replace("leader-crash", "fails"))
        done = self.shaketable("gate", "fails.yaml")
        self.assertEqual(done.status, 1)
        self.assertEqual(done.last_line, "replay: shaketable run fails.yaml --seed 3")

    def test_a_regression_is_replayed_by_the_gate_even_if_a_target_is_open(self) -> None:
        self.edit('max: "< 5s"', 'max: "< 5s", p95: "< 4s"')
        self.assertEqual(self.gate("--update", "--seeds", "1..59").status, 0)
        done = self.gate("--seeds", "1..20", *SLOW)
        self.assertEqual(done.status, 1)
        self.assertIn("replay: shaketable gate tuned.yaml", done.last_line)

    def test_a_quantile_needs_its_seeds(self) -> None:
        (self.folder / "needs.yaml").write_text(NEEDS_SEEDS)
        done = self.shaketable("gate", "needs.yaml", "--update")
        self.assertEqual(done.status, 3)
        self.assertIn("needs 59 seeds, has 7", done.out)
        self.assertEqual(self.files(), [], "no evidence is no baseline")

    def test_of_several_scenarios_the_worst_decides(self) -> None:
        self.make_baseline()
        (self.folder / "fails.yaml").write_text(FAILS.replace("leader-crash", "fails"))
        (self.folder / "new.yaml").write_text(PASSES.replace("leader-crash", "new"))
        self.assertEqual(self.gate("new.yaml").status, 3)
        both = self.gate("new.yaml", "fails.yaml")
        self.assertEqual(both.status, 1)
        self.assertIn("1 of 3 scenarios; fails: ", both.out)


class Baselines(GateTest):
    def test_an_update_gives_the_same_bytes_whatever_the_threads(self) -> None:
        first = self.make_baseline()
        self.baseline.unlink()
        self.gate("--update", "-j1")
        self.assertEqual(self.baseline.read_bytes(), first)
        self.assertEqual([path.name for path in self.baseline.parent.iterdir()], ["tuned.json"])

    def test_an_update_accepts_a_regression(self) -> None:
        first = self.make_baseline()
        done = self.gate("--update", *SLOW)
        self.assertEqual(done.status, 0, done.out + done.err)
        self.assertNotEqual(self.baseline.read_bytes(), first)
        self.assertEqual(self.gate(*SLOW).status, 0)

    def test_an_update_keeps_the_seeds_of_the_baseline(self) -> None:
        self.gate("--update", "--seeds", "5..18")
        self.assertEqual(self.gate("--update", *SLOW).status, 0)
        runs = json.loads(self.baseline.read_text())["runs"]
        self.assertEqual([run["seed"] for run in runs], list(range(5, 19)))

    def test_a_change_of_the_experiment_is_refused_by_its_keys(self) -> None:
        self.make_baseline()
        self.edit("for: 2s", "for: 1500ms")
        done = self.gate()
        self.assertEqual((done.status, done.out), (2, ""))
        self.assertIn("faults[crash].for  2s -> 1.5s", done.err)
        self.assertIn("shaketable gate tuned.yaml --update", done.err)
        self.assertEqual(self.gate("--update").status, 0)
        self.assertEqual(self.gate().status, 0)

    def test_a_change_of_what_is_demanded_is_compared(self) -> None:
        self.make_baseline()
        self.edit('"< 5s"', '"< 4s"')
        done = self.gate()
        self.assertEqual(done.status, 0, done.err)
        self.assertIn("targets.rto.max  <= 5s -> <= 4s", done.out)

    def test_a_broken_baseline_is_refused_and_replaced_by_an_update(self) -> None:
        whole = self.make_baseline()
        for broken in (b"", whole[: len(whole) // 2], b"{}", b"[1, 2]", b"\xff\xfe"):
            self.baseline.write_bytes(broken)
            done = self.gate()
            self.assertEqual((done.status, done.out), (2, ""), broken[:10])
            self.assertIn("tuned.json", done.err)
        self.assertEqual(self.gate("--update").status, 0)
        self.assertEqual(self.baseline.read_bytes(), whole)

    def test_the_baseline_of_another_scenario_is_refused(self) -> None:
        self.make_baseline()
        self.edit("name: tuned", "name: other")
        self.baseline.rename(self.baseline.with_name("other.json"))
        self.assertIn("is the baseline of tuned", self.gate().err)

    def test_nothing_runs_if_anything_is_wrong(self) -> None:
        (self.folder / "bad.yaml").write_text("version: 1\nname: bad\n")
        done = self.gate("bad.yaml", "--update", "--junit", "out.xml")
        self.assertEqual((done.status, done.out), (2, ""))
        self.assertIn("1 of 2 can't be gated", done.err)
        self.assertEqual(self.files(), [])

    def test_an_interrupted_gate_writes_nothing(self) -> None:
        process = subprocess.Popen(
            [cli_test.PROGRAM, "gate", "tuned.yaml", "--update", "--seeds", "1..100000"],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130)
        self.assertIn(b"nothing was written", err)
        self.assertEqual(self.files(), [])

    def test_wrong_usage_is_refused(self) -> None:
        self.refused("gate")
        self.refused("gate", "nowhere.yaml")
        self.assertIn("two scenarios", self.refused("gate", "tuned.yaml", "tuned.yaml"))
        for option, value in (("--level", "2"), ("--level", "0"), ("--tolerance", "-1%"),
                              ("--tolerance-floor", "5"), ("--seeds", "9..1"), ("-j", "0"),
                              ("--set", "nothing=1"), ("--baseline", "tuned.yaml"),
                              ("--junit", "tuned.yaml/out.xml")):
            self.refused("gate", "tuned.yaml", option, value)


class Outputs(GateTest):
    def junit(self) -> xml.Element:
        return xml.parse(self.folder / "out.xml").getroot()

    def test_junit_counts_and_failures_end_with_the_replay(self) -> None:
        self.make_baseline()
        self.assertEqual(self.gate(*SLOW, "--junit", "out.xml").status, 1)
        suites = self.junit()
        self.assertEqual(suites.tag, "testsuites")
        (suite,) = suites
        self.assertEqual(suite.get("name"), "tuned")
        cases = suite.findall("testcase")
        failed = [case for case in cases if case.find("failure") is not None]
        self.assertEqual(int(suite.get("tests")), len(cases))
        self.assertEqual(int(suite.get("failures")), len(failed))
        self.assertEqual(suite.get("errors"), "0")
        self.assertIn("regression rto.write", [case.get("name") for case in failed])
        for case in failed:
            self.assertRegex(case.find("failure").text, r"\nreplay: shaketable gate tuned.yaml .*$")
        seconds = sum(float(case.get("time")) for case in cases)
        self.assertAlmostEqual(seconds, float(suite.get("time")), places=3)
        self.assertGreater(seconds, 0)

    def test_no_evidence_is_an_error_and_no_pass(self) -> None:
        self.gate("--junit", "deep/er/out.xml")
        (suite,) = xml.parse(self.folder / "deep/er/out.xml").getroot()
        self.assertEqual((suite.get("failures"), suite.get("errors")), ("0", "1"))
        self.assertEqual(suite.find("testcase/error").get("type"), "inconclusive")

    def test_words_of_the_scenario_cannot_break_the_xml(self) -> None:
        (self.folder / "tuned.yaml").rename(self.folder / "a & <b> \"c\".yaml")
        done = self.shaketable("gate", 'a & <b> "c".yaml', "--junit", "out.xml")
        self.assertEqual(done.status, 3, done.err)
        self.assertEqual(self.junit().find(".//testcase").get("file"), 'a & <b> "c".yaml')

    def test_annotations_name_the_line_of_the_target(self) -> None:
        (self.folder / "fails.yaml").write_text(FAILS)
        self.shaketable("gate", "passes.yaml", "--update")
        done = self.shaketable("gate", "fails.yaml", "--github")
        line = 1 + FAILS.splitlines().index('  rto: {from: crash.start, of: write, max: "< 1ms"}')
        error = [text for text in done.out.splitlines() if text.startswith("::error ")]
        self.assertEqual(len(error), 1, done.out)
        self.assertIn(f"file=fails.yaml,line={line},title=leader-crash%3A target rto.max", error[0])
        self.assertIn("%0Areplay: shaketable run fails.yaml --seed 3", error[0])
        self.assertNotIn("::", self.shaketable("gate", "fails.yaml").out)

    def test_json_is_one_object_with_the_comparison(self) -> None:
        self.make_baseline()
        done = self.gate(*SLOW, "--json", "--github")
        self.assertEqual(done.status, 1)
        self.assertIn("::error ", done.err)
        said = json.loads(done.out)
        self.assertEqual(said["verdict"], "fail")
        (scenario,) = said["scenarios"]
        shift = scenario["comparison"]["shifts"][0]
        self.assertEqual((shift["measure"], shift["statistic"]), ("rto.write", "median"))
        self.assertEqual(shift["movement"], "worse")
        self.assertGreater(shift["change_low"], shift["tolerance"])
        why = scenario["comparison"]["explanations"][0]
        self.assertEqual(why["mover"], "detect")
        self.assertEqual([row["phase"] for row in why["phases"]],
                         ["detect", "elect", "catch-up", "client"])

    def test_quiet_says_nothing_but_the_verdict(self) -> None:
        self.make_baseline()
        self.assertEqual(self.gate("-q").out.count("\n"), 1)


if __name__ == "__main__":
    cli_test.PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
