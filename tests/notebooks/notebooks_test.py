# SPDX-License-Identifier: MIT
"""The notebooks: kept without outputs, short, running from top to bottom, and open to interruption.

Needs the built package on PYTHONPATH, which ctest sets, and nbformat, nbclient and ipykernel.
"""
from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
CELLS_MAX = 24


def setUpModule() -> None:
    """A kernel that is this interpreter, whatever others the machine has."""
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    kernel = Path(folder.name) / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    os.environ["JUPYTER_PATH"] = folder.name
    os.environ["IPYTHONDIR"] = folder.name
    os.environ["MPLBACKEND"] = "agg"
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"  # of a debugger that nobody asked for


def code_of(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


class Notebooks(unittest.TestCase):
    def test_there_are_some(self) -> None:
        self.assertIn("01_first_drill.ipynb", [path.name for path in NOTEBOOKS])

    def test_they_are_kept_without_outputs_and_short(self) -> None:
        for path in NOTEBOOKS:
            with self.subTest(path.name):
                notebook = nbformat.read(path, as_version=4)
                nbformat.validate(notebook)
                self.assertLessEqual(len(notebook.cells), CELLS_MAX)
                for cell in code_of(notebook):
                    self.assertEqual(cell.outputs, [], cell.source)
                    self.assertIsNone(cell.execution_count, cell.source)

    def test_they_ask_suppose_look_answer_and_invite(self) -> None:
        for path in NOTEBOOKS:
            said = nbformat.read(path, as_version=4).cells
            text = "\n".join(cell.source for cell in said if cell.cell_type == "markdown").lower()
            parts = ("**question", "## steady", "## hypothesis", "## picture", "## answer",
                     "## now try this")
            places = [text.find(part) for part in parts]
            self.assertNotIn(-1, places, path.name)
            self.assertEqual(places, sorted(places), path.name)

    def test_they_run_from_top_to_bottom(self) -> None:
        for path in NOTEBOOKS:
            with self.subTest(path.name):
                notebook = nbformat.read(path, as_version=4)
                client = NotebookClient(
                    notebook, timeout=120, resources={"metadata": {"path": str(FOLDER)}}
                )
                client.execute()
                for cell in code_of(notebook):
                    for output in cell.outputs:
                        if output.get("name") == "stderr":
                            # Progress, which is written over; no warning.
                            self.assertRegex(output["text"], r"^(\r *(\d+ of .*)?)+$")


class Interrupted(unittest.TestCase):
    """Cells in a kernel that is interrupted as the button would."""

    def setUp(self) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(FOLDER))
        self.addCleanup(self.manager.shutdown_kernel, now=True)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.addCleanup(self.client.stop_channels)
        self.client.wait_for_ready(timeout=60)
        self.assertEqual(self.run_cell("import sys, shaketable"), ("", ""))

    def run_cell(self, code: str, interrupt_after: float | None = None) -> tuple[str, str]:
        """(what it printed, the name of its error)."""
        printed: list[str] = []
        timer = threading.Timer(interrupt_after or 0, self.manager.interrupt_kernel)

        def hear(message: Any) -> None:
            kind, content = message["header"]["msg_type"], message["content"]
            if kind == "execute_input" and interrupt_after is not None:
                timer.start()  # the cell has begun
            if kind == "stream" and content["name"] == "stdout":
                printed.append(content["text"])

        # A kernel that stops on errors drops what comes next, for a moment.
        reply = self.client.execute_interactive(
            code, output_hook=hear, timeout=60, stop_on_error=False
        )
        self.assertIn(reply["content"]["status"], ("ok", "error"))
        if interrupt_after is not None:
            timer.join()
        return "".join(printed), reply["content"].get("ename", "")

    def test_a_batch_leaves_its_results_and_a_drill_goes_on(self) -> None:
        self.run_cell("drill = shaketable.Drill('../scenarios/steady_state.yaml', seed=3)")
        _, error = self.run_cell("drill.advance_until(lambda d: False, every=1000)", 0.5)
        self.assertEqual(error, "KeyboardInterrupt")
        started = time.monotonic()
        _, error = self.run_cell(
            "shaketable.run_many('../scenarios/steady_state.yaml', range(100_000))", 4
        )
        self.assertEqual(error, "Interrupted")
        self.assertLess(time.monotonic() - started, 20)
        printed, error = self.run_cell(
            "results = sys.last_value.results\n"
            "print(len(results) > 0, [r['seed'] for r in results] == list(range(len(results))))\n"
            "print(0 < drill.now_ns < drill.end_ns)\n"
            "whole = shaketable.run('../scenarios/steady_state.yaml', seed=3)\n"
            "print(drill.finish()['fingerprint'] == whole['fingerprint'])"
        )
        self.assertEqual((printed, error), ("True True\nTrue\nTrue\n", ""))


if __name__ == "__main__":
    unittest.main()
