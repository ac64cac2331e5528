# SPDX-License-Identifier: MIT
"""The comparison of builds finds a difference when there is one, and none when there is none."""
from __future__ import annotations

import os
import sys
import tempfile
import unittest
from pathlib import Path

import across_builds

# Stands in for the program: says the JSON its text makes of the environment and the arguments.
PROGRAM = """#!{python}
import json, os, sys
print(json.dumps({{"schema_version": 1, "runs": [
    {{"seed": 1, "fingerprint": "aa", "wall_ns": os.getpid()}},
    {{"seed": 2, "fingerprint": {fingerprint}, "wall_ns": 5}}]}}))
"""


class FirstDifference(unittest.TestCase):
    def test_equal_values_have_none(self) -> None:
        self.assertIsNone(across_builds.first_difference({"a": [1, None]}, {"a": [1, None]}))

    def test_the_place_and_both_values_are_named(self) -> None:
        found = across_builds.first_difference({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]})
        self.assertEqual(found, ".a[1].b is 2, then 3")

    def test_a_missing_key_a_longer_list_and_another_type_are_differences(self) -> None:
        self.assertEqual(across_builds.first_difference({"a": 1}, {}), ".a is in one only")
        self.assertEqual(across_builds.first_difference([1], [1, 2]), " has 1 elements, then 2")
        self.assertEqual(across_builds.first_difference([1], [True]), "[0] is 1, then True")

    def test_time_on_the_wall_and_the_way_to_replay_are_left_out(self) -> None:
        value = {"runs": [{"wall_ns": 3, "seed": 1, "replay": "x"}]}
        self.assertEqual(across_builds.of_the_run(value), {"runs": [{"seed": 1}]})


class Compare(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def program(self, name: str, fingerprint: str = '"bb"') -> tuple[str, str]:
        path = self.folder / name
        path.write_text(
            PROGRAM.format(python=sys.executable, fingerprint=fingerprint)
        )
        path.chmod(0o755)
        return name, os.fspath(path)

    def compare(self, *programs: tuple[str, str]) -> list[str]:
        return across_builds.compare(programs[0][1], list(programs), "x.yaml", "1..2")

    def test_equal_programs_agree(self) -> None:
        self.assertEqual(self.compare(self.program("a"), self.program("b")), [])

    def test_another_fingerprint_is_found_with_both_names_and_the_seed(self) -> None:
        problems = self.compare(self.program("gcc"), self.program("clang", '"cc"'))
        self.assertEqual(len(problems), 1)
        self.assertIn("gcc and clang differ", problems[0])
        self.assertIn("fingerprint is 'bb', then 'cc'", problems[0])
        self.assertIn("seeds [2]", problems[0])

    def test_a_program_that_looks_at_its_environment_is_found(self) -> None:
        problems = self.compare(self.program("gcc", 'os.environ["TZ"]'))
        self.assertEqual(len(problems), 1)
        self.assertIn("gcc and the program in another environment", problems[0])

    def test_a_program_that_looks_at_the_number_of_threads_is_found(self) -> None:
        problems = self.compare(self.program("gcc", '"aa" if "-j" in sys.argv else "bb"'))
        self.assertEqual(len(problems), 1)

    def test_a_program_that_says_nothing_is_an_error(self) -> None:
        problems = self.compare(("true", "/bin/true"))
        self.assertIn("no runs", problems[0])
        problems = self.compare(self.program("gcc"), ("true", "/bin/true"))
        self.assertIn("true: ", problems[0])


if __name__ == "__main__":
    unittest.main()
