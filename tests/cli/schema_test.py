# SPDX-License-Identifier: MIT
"""`shaketable init` and `explain --json-schema`: what helps somebody who writes a scenario.

    python3 tests/cli/schema_test.py build/bin/shaketable
"""
from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path
from typing import Any

import jsonschema
import yaml

import cli_test

ROOT = Path(__file__).resolve().parents[2]


class Loader(yaml.SafeLoader):
    """As editors read YAML: a date is text, and only true and false are truths."""


Loader.yaml_implicit_resolvers = {
    first: [
        (tag, regexp)
        for tag, regexp in resolvers
        if tag != "tag:yaml.org,2002:timestamp"
        and not (tag == "tag:yaml.org,2002:bool" and first not in "tTfF")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def tree(text: str) -> Any:
    return yaml.load(text, Loader)  # noqa: S506 - a loader that makes plain values only


class SchemaTest(cli_test.ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        schema = json.loads(self.shaketable("explain", "--json-schema").out)
        jsonschema.Draft7Validator.check_schema(schema)
        self.validator = jsonschema.Draft7Validator(schema)

    def mistakes(self, text: str) -> list[str]:
        return [error.message for error in self.validator.iter_errors(tree(text))]

    def test_every_scenario_that_is_shipped_satisfies_the_schema(self) -> None:
        files = sorted((ROOT / "scenarios").rglob("*.yaml"))
        self.assertGreater(len(files), 20)
        for file in files + sorted((ROOT / "tests/mutation").glob("*.yaml")):
            with self.subTest(file.name):
                self.assertEqual(self.mistakes(file.read_text(encoding="utf-8")), [])

    def test_the_canonical_text_of_a_scenario_satisfies_the_schema(self) -> None:
        for file in sorted((ROOT / "scenarios").glob("*.yaml")):
            with self.subTest(file.name):
                text = self.shaketable("plan", str(file)).out
                self.assertEqual(self.mistakes(text), [])

    def test_what_can_be_seen_to_be_wrong_is_seen(self) -> None:
        text = cli_test.PASSES
        self.assertEqual(self.mistakes(text), [])
        for right, wrong in (
            ("name: leader-crash", "nam: leader-crash"),
            ("version: 1", "version: 2"),
            ("duration: 12s", "duration: 12"),
            ("inject: node.crash", "inject: node.crsh"),
            ("operation: write", "operation: wirte"),
            ("rate: 100/s", "rate: 100"),
            ("id: crash, ", ""),
            ("at_end: acknowledged_writes.survive", "at_end: something"),
            ("target: {role: leader}", "target: {role: chief}"),
            ("seeds: 3..9", "seeds: 3-9"),
        ):
            with self.subTest(wrong):
                self.assertIn(right, text)
                self.assertNotEqual(self.mistakes(text.replace(right, wrong)), [])

    def test_every_key_has_its_description(self) -> None:
        def look(node: Any, path: str) -> None:
            for name, child in node.get("properties", {}).items():
                self.assertTrue(child.get("description"), f"{path}.{name}")
                look(child, f"{path}.{name}")

        look(self.validator.schema, "")
        self.assertIn("cluster", self.validator.schema["properties"])

    def test_the_schema_is_of_all_keys(self) -> None:
        self.assertEqual(self.shaketable("explain", "--json-schema", "faults").status, 2)

    def test_the_first_scenario_runs_and_passes_and_satisfies_the_schema(self) -> None:
        done = self.shaketable("init", "my_first.yaml")
        self.assertEqual(done.status, 0, done.err)
        text = (self.folder / "my_first.yaml").read_text(encoding="utf-8")
        self.assertIn("name: my_first\n", text)
        self.assertEqual(self.mistakes(text), [])
        done = self.shaketable("run", "my_first.yaml", "--seeds", "1..20", "--db", "none")
        self.assertEqual(done.status, 0, done.out + done.err)
        done = self.shaketable("run", "my_first.yaml", "--set", "crash_for=30s", "--db", "none")
        self.assertEqual(done.status, 0, done.out + done.err)

    def test_init_overwrites_nothing_and_refuses_names_that_are_none(self) -> None:
        before = (self.folder / "passes.yaml").read_text()
        self.assertEqual(self.shaketable("init", "passes.yaml").status, 2)
        self.assertEqual((self.folder / "passes.yaml").read_text(), before)
        for name in ("With Spaces.yaml", ".yaml", "passes.yaml/below.yaml"):
            with self.subTest(name):
                files = self.files()
                done = self.shaketable("init", name)
                self.assertEqual(done.status, 2, done.out)
                self.assertEqual(self.files(), files)


if __name__ == "__main__":
    cli_test.PROGRAM = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
