# SPDX-License-Identifier: MIT
"""The check of the shipped scenarios notices every way in which one can go wrong."""
from __future__ import annotations

import unittest

import shipped

ROW = {"exit": 0, "verdict": "pass", "fingerprint": "aa"}
CANARY = "scenarios/canary/must_fail.yaml"


def said(verdict: str, findings: int = 0, target: str = "pass") -> dict[str, object]:
    targets = [{"id": "rto.max", "verdict": target}]
    return {"verdict": verdict, "findings": [{}] * findings, "targets": targets, "checks": []}


class Rules(unittest.TestCase):
    def test_an_ordinary_scenario_must_pass(self) -> None:
        self.assertIsNone(shipped.broken_rule("scenarios/x.yaml", 0, said("pass")))
        self.assertIsNotNone(shipped.broken_rule("scenarios/x.yaml", 1, said("fail")))
        self.assertIsNotNone(shipped.broken_rule("scenarios/x.yaml", 3, said("inconclusive")))

    def test_a_canary_must_fail_with_a_finding_or_a_missed_target(self) -> None:
        self.assertIsNone(shipped.broken_rule(CANARY, 1, said("fail", findings=1)))
        self.assertIsNone(shipped.broken_rule(CANARY, 1, said("fail", target="fail")))
        self.assertIsNotNone(shipped.broken_rule(CANARY, 1, said("fail")))
        self.assertIsNotNone(shipped.broken_rule(CANARY, 0, said("pass")))
        self.assertIsNotNone(shipped.broken_rule(CANARY, 3, said("inconclusive", findings=1)))


class Table(unittest.TestCase):
    def differences(self, expected: dict, actual: dict) -> str:
        return "\n".join(shipped.differences(expected, actual))

    def test_the_same_table_has_no_difference(self) -> None:
        self.assertEqual(self.differences({"x": {"1": ROW}}, {"x": {"1": dict(ROW)}}), "")

    def test_another_fingerprint_names_scenario_seed_and_both_values(self) -> None:
        found = self.differences({"x": {"1": ROW}}, {"x": {"1": {**ROW, "fingerprint": "bb"}}})
        self.assertEqual(found, "x seed 1: fingerprint was aa, now bb")

    def test_a_scenario_missing_on_either_side_is_a_difference(self) -> None:
        self.assertIn("no such file", self.differences({"x": {"1": ROW}}, {}))
        self.assertIn("--update", self.differences({}, {"x": {"1": ROW}}))

    def test_a_missing_seed_is_a_difference(self) -> None:
        self.assertIn("seeds", self.differences({"x": {"1": ROW, "2": ROW}}, {"x": {"1": ROW}}))


if __name__ == "__main__":
    unittest.main()
