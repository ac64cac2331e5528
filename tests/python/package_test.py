# SPDX-License-Identifier: MIT
"""The Python package: runs, errors, threads, and types that tell the truth.

Needs the built package on PYTHONPATH and the program in $SHAKETABLE_PROGRAM; ctest sets both.
"""
from __future__ import annotations

import ast
import doctest
import inspect
import json
import os
import pickle
import subprocess
import tempfile
import threading
import time
import typing
import unittest
from pathlib import Path

import shaketable
from shaketable import _core, _result

ROOT = Path(__file__).resolve().parents[2]
CRASH = "scenarios/leader_crash_during_writes.yaml"
CANARY = "scenarios/canary/must_fail_lying_disk_loses_writes.yaml"


def setUpModule() -> None:
    os.chdir(ROOT)


def without_wall_time(result: typing.Any) -> dict[str, typing.Any]:
    return {key: value for key, value in result.items() if key != "wall_ns"}


class Run(unittest.TestCase):
    def test_a_crash_of_the_leader_is_survived_and_measured(self) -> None:
        result = shaketable.run(CRASH, seed=7)
        self.assertEqual(result["verdict"], "pass")
        self.assertEqual(result["seed"], 7)
        writes = [row for row in result["recovery"] if row["scope"] == "write"]
        self.assertEqual(len(writes), 1)
        self.assertGreater(writes[0]["rto_ns"], 0)
        self.assertEqual(sum(p["duration_ns"] for p in writes[0]["phases"]), writes[0]["rto_ns"])
        self.assertEqual(result["loss"]["lost_acked_ops"], 0)

    def test_the_same_seed_gives_the_same_result(self) -> None:
        first, second = (without_wall_time(shaketable.run(CRASH, seed=3)) for _ in range(2))
        self.assertEqual(first, second)

    def test_another_seed_gives_another_run(self) -> None:
        self.assertNotEqual(
            shaketable.run(CRASH, seed=1)["fingerprint"],
            shaketable.run(CRASH, seed=2)["fingerprint"],
        )

    def test_the_result_is_that_of_the_program(self) -> None:
        program = os.environ["SHAKETABLE_PROGRAM"]
        done = subprocess.run(
            [program, "run", CRASH, "--seed", "5", "--db", "none", "--json"],
            capture_output=True,
            check=True,
        )
        said = without_wall_time(json.loads(done.stdout))
        mine = without_wall_time(shaketable.run(CRASH, seed=5))
        for key in ("timeline", "roles", "series", "replay"):
            said.pop(key, None)
            mine.pop(key, None)
        self.assertEqual(mine, said)

    def test_without_a_seed_it_is_the_first_of_the_scenario(self) -> None:
        scenario = shaketable.load(CRASH)
        self.assertEqual(shaketable.run(scenario)["seed"], scenario.seeds[0])

    def test_the_largest_seed_works_and_impossible_seeds_are_refused(self) -> None:
        self.assertEqual(shaketable.run(CRASH, seed=2**64 - 1)["seed"], 2**64 - 1)
        for seed in (-1, 2**64):
            with self.subTest(seed=seed), self.assertRaisesRegex(ValueError, "a seed is"):
                shaketable.run(CRASH, seed=seed)

    def test_a_canary_fails_with_a_reason(self) -> None:
        result = shaketable.run(CANARY, seed=1)
        self.assertEqual(result["verdict"], "fail")
        missed = [row for row in result["targets"] + result["checks"] if row["verdict"] == "fail"]
        self.assertTrue(result["findings"] or missed)

    def test_two_threads_get_what_one_gets(self) -> None:
        scenario = shaketable.load(CRASH)
        seeds = range(1, 5)
        alone = [shaketable.run(scenario, seed)["fingerprint"] for seed in seeds]
        together: dict[int, str] = {}

        def run(seed: int) -> None:
            together[seed] = shaketable.run(scenario, seed)["fingerprint"]

        threads = [threading.Thread(target=run, args=(seed,)) for seed in seeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([together[seed] for seed in seeds], alone)

    def test_python_goes_on_while_a_run_computes(self) -> None:
        scenario = shaketable.load(CRASH)
        runner = threading.Thread(
            target=lambda: [shaketable.run(scenario, seed) for seed in range(1, 11)]
        )
        runner.start()
        counted = 0
        while runner.is_alive():
            counted += 1
            time.sleep(0.0005)
        # With the interpreter's lock held, this loop would get a turn once a run, if at all.
        self.assertGreater(counted, 20)


class Errors(unittest.TestCase):
    def write(self, text: str) -> str:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name) / "bad.yaml"
        path.write_text(text, encoding="utf-8")
        return os.fspath(path)

    def test_a_mistake_has_file_line_column_and_suggestion(self) -> None:
        path = self.write("version: 1\nname: x\ndescripton: y\n")
        with self.assertRaises(shaketable.ScenarioError) as caught:
            shaketable.load(path)
        mistakes = [d for d in caught.exception.diagnostics if "descripton" in d.message]
        self.assertEqual(len(mistakes), 1, caught.exception)
        self.assertEqual((mistakes[0].file, mistakes[0].line, mistakes[0].column), (path, 3, 1))
        self.assertIn("description", mistakes[0].suggestion)
        self.assertEqual(mistakes[0].source, "descripton: y")
        self.assertIn(f"{path}:3:1", str(caught.exception))

    def test_all_mistakes_come_at_once(self) -> None:
        path = self.write("version: 1\nname: x\nfoo: 1\nbar: 2\n")
        with self.assertRaises(shaketable.ScenarioError) as caught:
            shaketable.run(path)
        self.assertGreaterEqual(len(caught.exception.diagnostics), 2)

    def test_a_missing_file_is_an_error_of_the_scenario(self) -> None:
        with self.assertRaises(shaketable.ScenarioError) as caught:
            shaketable.run("scenarios/no_such_file.yaml")
        self.assertIn("no_such_file", str(caught.exception))

    def test_an_unknown_parameter_is_refused(self) -> None:
        with self.assertRaises(shaketable.ScenarioError):
            shaketable.load(CRASH, set={"no-such-parameter": 1})

    def test_set_together_with_a_loaded_scenario_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "give it to load"):
            shaketable.run(shaketable.load(CRASH), set={"x": 1})

    def test_an_error_survives_pickling(self) -> None:
        path = self.write("version: 1\nfoo: 1\n")
        with self.assertRaises(shaketable.ScenarioError) as caught:
            shaketable.load(path)
        copy = pickle.loads(pickle.dumps(caught.exception))
        self.assertEqual(str(copy), str(caught.exception))
        self.assertEqual(copy.diagnostics, caught.exception.diagnostics)


class Types(unittest.TestCase):
    def check_keys(self, value: typing.Any, kind: typing.Any, where: str) -> None:
        """Every dict in the value has exactly the keys of its TypedDict."""
        arguments = [a for a in typing.get_args(kind) if a is not type(None)]
        if typing.is_typeddict(kind):
            hints = typing.get_type_hints(kind)
            self.assertLessEqual(kind.__required_keys__, set(value), where)
            self.assertLessEqual(set(value), set(hints), where)
            for key, item in value.items():
                self.check_keys(item, hints[key], f"{where}.{key}")
        elif typing.get_origin(kind) is list:
            self.assertIsInstance(value, list, where)
            for item in value:
                self.check_keys(item, arguments[0], f"{where}[]")
        elif typing.get_origin(kind) is typing.Literal:
            self.assertIn(value, typing.get_args(kind), where)
        elif typing.get_origin(kind) is typing.Union:
            if value is not None:
                self.check_keys(value, arguments[0], where)
        elif kind in (int, str, bool, float):
            self.assertIs(type(value), kind, where)

    def test_a_result_has_the_keys_and_types_that_are_written_down(self) -> None:
        for path in (CRASH, CANARY):
            self.check_keys(shaketable.run(path, seed=1), _result.Result, "result")

    def test_the_checker_of_keys_finds_a_missing_and_a_surplus_key(self) -> None:
        for wrong in ({"name": "detect"}, {"name": "detect", "duration_ns": 1, "x": 2}):
            with self.assertRaises(AssertionError):
                self.check_keys(wrong, _result.Phase, "phase")

    @staticmethod
    def names_in(body: list[ast.stmt]) -> set[str]:
        defined = {n.name for n in body if isinstance(n, (ast.ClassDef, ast.FunctionDef))}
        declared = {n.target.id for n in body if isinstance(n, ast.AnnAssign)}  # type: ignore
        return {name for name in defined | declared if not name.startswith("_")}

    def test_the_stub_names_what_the_extension_has(self) -> None:
        stub = ast.parse(Path(_core.__file__).with_name("_core.pyi").read_text(encoding="utf-8"))
        self.assertEqual(self.names_in(stub.body), {n for n in vars(_core) if n[0] != "_"})
        classes = [node for node in stub.body if isinstance(node, ast.ClassDef)]
        self.assertGreater(len(classes), 4)
        for node in classes:
            public = {name for name in vars(getattr(_core, node.name)) if name[0] != "_"}
            self.assertEqual(self.names_in(node.body), public, node.name)

    def test_everything_public_is_documented(self) -> None:
        for name in shaketable.__all__:
            self.assertTrue(inspect.getdoc(getattr(shaketable, name)), name)

    def test_the_package_says_that_it_is_typed(self) -> None:
        self.assertTrue(Path(shaketable.__file__).with_name("py.typed").exists())

    def test_versions_are_told(self) -> None:
        self.assertRegex(shaketable.version(), r"^\d+\.\d+\.\d+$")
        self.assertTrue(shaketable.model_version())


class Examples(unittest.TestCase):
    def test_the_examples_in_the_documentation_are_true(self) -> None:
        runner = doctest.DocTestRunner()
        tests = doctest.DocTestFinder(recurse=False).find(shaketable, module=False)
        for name in shaketable.__all__:
            tests += doctest.DocTestFinder().find(getattr(shaketable, name), name, module=False)
        for test in tests:
            self.assertEqual(runner.run(test).failed, 0, test.name)
        self.assertGreater(runner.tries, 40)

    def test_each_public_function_and_the_drill_has_an_example(self) -> None:
        public = [getattr(shaketable, name) for name in shaketable.__all__]
        for thing in [each for each in public if inspect.isfunction(each)] + [shaketable.Drill]:
            if thing in (shaketable.version, shaketable.model_version):
                continue
            self.assertIn(">>> ", inspect.getdoc(thing) or "", thing)


if __name__ == "__main__":
    unittest.main()
