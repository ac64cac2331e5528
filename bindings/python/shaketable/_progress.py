# SPDX-License-Identifier: MIT
"""How far a batch of runs has come, on standard error."""
from __future__ import annotations

import sys
import time


def is_watched() -> bool:
    """Whether someone sees standard error as it is written: a terminal, or a notebook."""
    if "ipykernel" in sys.modules and type(sys.stderr).__module__.startswith("ipykernel"):
        return True
    return sys.stderr is not None and sys.stderr.isatty()


class Progress:
    """A line that is written over: `37 of 100 runs  ########------------  4s left`."""

    _WIDTH = 20
    _BETWEEN = 0.2  # seconds: fast enough for the eye

    def __init__(self, total: int, shown: bool) -> None:
        self._total = total
        self._shown = shown
        self._began = time.monotonic()
        self._last = ""
        self._next = self._began

    def __call__(self, done: int) -> None:
        if not self._shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._BETWEEN
        filled = self._WIDTH * done // max(self._total, 1)
        bar = "#" * filled + "-" * (self._WIDTH - filled)
        line = f"{done} of {self._total} runs  {bar}  {self._left(done)}".rstrip()
        if line != self._last:
            sys.stderr.write("\r" + line.ljust(len(self._last)))
            sys.stderr.flush()
            self._last = line

    def clear(self) -> None:
        """Leaves no trace of the line."""
        if self._last:
            sys.stderr.write("\r" + " " * len(self._last) + "\r")
            sys.stderr.flush()

    def _left(self, done: int) -> str:
        spent = time.monotonic() - self._began
        if done == 0 or spent < 1:
            return ""
        return f"{spent / done * (self._total - done):.0f}s left"
