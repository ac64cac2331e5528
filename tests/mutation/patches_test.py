# SPDX-License-Identifier: MIT
"""The patches still apply, say what they break, and break one line each."""
from __future__ import annotations

import shutil
import tempfile
import unittest
from pathlib import Path

import patches

ROOT = patches.FOLDER.parents[1]


class Patches(unittest.TestCase):
    def setUp(self) -> None:
        self.patches = patches.all_patches()

    def test_there_are_enough_of_them(self) -> None:
        self.assertGreaterEqual(len(self.patches), 10)

    def test_each_says_which_promise_it_breaks(self) -> None:
        for patch in self.patches:
            with self.subTest(patch.name):
                self.assertTrue(patch.promise)

    def test_each_changes_one_line_of_the_code_under_test(self) -> None:
        for patch in self.patches:
            with self.subTest(patch.name):
                self.assertEqual(len(patch.files), 1)
                self.assertTrue(patch.files[0].startswith(patches.MAY_BREAK), patch.files)
                self.assertLessEqual(patch.added, 1)
                self.assertEqual(patch.removed, 1)

    def test_each_applies_and_can_be_taken_back(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            tree = Path(folder)
            for part in ("core", "sim"):
                shutil.copytree(ROOT / part, tree / part)
            for patch in self.patches:
                with self.subTest(patch.name):
                    file = tree / patch.files[0]
                    before = file.read_text(encoding="utf-8")
                    self.assertEqual(patches.apply(patch, tree), "")
                    self.assertNotEqual(file.read_text(encoding="utf-8"), before)
                    self.assertEqual(patches.apply(patch, tree, "--reverse"), "")
                    self.assertEqual(file.read_text(encoding="utf-8"), before)

    def test_a_patch_that_does_not_apply_is_noticed(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            tree = Path(folder)
            for folder in ("core", "sim/site", "sim/measure"):
                shutil.copytree(ROOT / folder, tree / folder)
            patch = self.patches[0]
            (tree / patch.files[0]).write_text("// another file\n", encoding="utf-8")
            self.assertIn("patch does not apply", patches.apply(patch, tree, "--check"))


if __name__ == "__main__":
    unittest.main()
