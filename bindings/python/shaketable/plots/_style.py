# SPDX-License-Identifier: MIT
"""The one style of all pictures, and the one way in which they become bytes.

The colours are those of M. Okabe and K. Ito, "Color Universal Design" (2008), which people with
any kind of colour vision tell apart. Nothing of the machine, the moment or the user's settings gets
into a file: the same result gives the same bytes.
"""
from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Optional, TypeVar

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK = "#222222"
GREY = "#767676"
PALE = "#e6e6e6"
BLUE = "#0072b2"
SKY = "#56b4e9"
GREEN = "#009e73"
ORANGE = "#e69f00"
VERMILLION = "#d55e00"
PURPLE = "#cc79a7"
YELLOW = "#f0e442"

VERDICTS = {"pass": GREEN, "fail": VERMILLION, "inconclusive": "#8a6100"}
# Of a recovery by another leader, and of one by another site, in the order in which they come.
PHASES = {"detect": ORANGE, "decide": YELLOW, "fence": VERMILLION, "sync": "#b8a9c9", "elect": BLUE,
          "promote": BLUE, "catch-up": PURPLE, "client": SKY, "route": SKY, "warm-up": GREEN}
WORKLOADS = (BLUE, ORANGE, PURPLE, GREEN)

STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9.0,
    "axes.labelsize": 9.0,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "hatch.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "figure.dpi": 100.0,
    "savefig.dpi": 100.0,
    "svg.hashsalt": "shaketable",
    "svg.fonttype": "path",
    "path.simplify": True,
}
WIDTH = 8.0  # inches: 800 pixels

_METADATA: dict[str, dict[str, Optional[str]]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}
FORMATS = tuple(_METADATA)


class Picture(Figure):
    """A matplotlib figure that a notebook shows, and that saves to the same bytes every time."""

    def to_bytes(self, format: str = "png") -> bytes:
        """The file's content; `format` is "png" or "svg"."""
        if format not in _METADATA:
            raise ValueError(f"a picture is one of {', '.join(FORMATS)}, not '{format}'")
        buffer = io.BytesIO()
        with _style():
            self.savefig(buffer, format=format, metadata=_METADATA[format])
        return buffer.getvalue()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes it to a file, in the format that the name ends in: .png or .svg.

        The file is whole or not there. Raises ValueError for another ending, OSError if it can't be
        written.
        """
        target = Path(path)
        content = self.to_bytes(target.suffix.lower().removeprefix("."))
        handle, beside = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(beside, 0o666 & ~mask)
            os.replace(beside, target)
        except OSError:
            os.unlink(beside)
            raise

    def _repr_png_(self) -> bytes:
        return self.to_bytes("png")


def picture(height: float) -> Picture:
    """An empty picture, 800 pixels wide; `height` in inches."""
    figure = Picture(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    return figure


Draw = TypeVar("Draw", bound=Callable[..., Any])


def styled(draw: Draw) -> Draw:
    """A function that draws in this style, whatever the user has set."""

    @wraps(draw)
    def inside(*args: Any, **kwargs: Any) -> Any:
        with _style():
            return draw(*args, **kwargs)

    return inside  # type: ignore[return-value]


@contextmanager
def _style() -> Iterator[None]:
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield
