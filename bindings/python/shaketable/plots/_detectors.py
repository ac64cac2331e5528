# SPDX-License-Identifier: MIT
"""What a sweep says of failure detectors: how soon they notice, and how often they are wrong."""
from __future__ import annotations

import json
import math
from typing import Any, NamedTuple, Optional

from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from .._results import Results, ResultsError
from ._pareto import study_of
from ._style import BLUE, GREEN, GREY, ORANGE, PURPLE, Picture, picture, styled
from ._units import put_words, shorten, unit_for

_LINES = (BLUE, ORANGE, GREEN, PURPLE)


class _Place(NamedTuple):
    """A point of the sweep, all of its seeds together."""

    x: float
    time: Optional[float]  # mean T_D in seconds, over the runs
    longest: Optional[float]
    mistakes: int
    well: float  # seconds in which peers were well, all pairs together


@styled
def detectors(results: Results, study: Optional[str] = None) -> Picture:
    """Detection time (above) and mistake rate (below) over the first numeric axis of a sweep.

    `study` is as for `pareto`. Of the detection time the line is the mean over the runs, and the
    band reaches to the longest. A mistake rate is lambda_M, a second and pair; its bars hold the
    true one with 95 %, and an arrow says that there was none and how low the rate must be then.
    Other axes of the sweep make a line each, four at most.

    Raises ResultsError if there is no such study, it has no numeric axis, or nobody watched anybody
    in it.
    """
    name, key = study_of(results, study)
    axis, lines = _read(results, key)
    figure = picture(5.6)
    figure.text(0.02, 0.965, shorten(name, 62), fontsize=12.5, fontweight="bold", va="center")
    figure.text(0.02, 0.93, f"failure detectors over {axis}", fontsize=9, color=GREY, va="center")
    above = figure.add_axes((0.095, 0.52, 0.88, 0.34))
    below = figure.add_axes((0.095, 0.1, 0.88, 0.34))
    shown = lines[: len(_LINES)]
    _draw_times(above, shown)
    _draw_rates(below, shown)
    for axes in (above, below):
        axes.grid(True)
        axes.xaxis.set_major_locator(MaxNLocator(9, integer=True))
    below.set_xlabel(axis)
    if len(lines) > 1:
        above.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncol=4, borderpad=0)
    return figure


def _read(results: Results, key: str) -> tuple[str, list[tuple[str, list[_Place]]]]:
    axes = results.query(
        "SELECT a.parameter FROM study_axis a JOIN point_parameter p USING(study_key, parameter)"
        " WHERE study_key = ? AND p.number IS NOT NULL GROUP BY a.seq ORDER BY a.seq", [key])
    if not len(axes["parameter"]):
        raise ResultsError(f"{results.path}: the study has no axis of numbers")
    axis = str(axes["parameter"][0])
    rows = results.query(
        "SELECT t.point, q.params, p.number AS x, avg(f.t_d_mean_ns) / 1e9 AS time,"
        " max(f.t_d_max_ns) / 1e9 AS longest, sum(f.n_mistakes) AS mistakes,"
        " sum(f.well_ns) / 1e9 AS well FROM trial t JOIN fd f USING(run_key)"
        " JOIN point q USING(study_key, point) JOIN point_parameter p USING(study_key, point)"
        " WHERE study_key = ? AND p.parameter = ? GROUP BY t.point ORDER BY p.number, t.point",
        [key, axis])
    if not len(rows["x"]):
        raise ResultsError(f"{results.path}: nobody watched anybody in this study")
    lines: dict[str, list[_Place]] = {}
    for params, x, time, longest, mistakes, well in zip(
            *(rows[c] for c in ("params", "x", "time", "longest", "mistakes", "well"))):
        others = {k: v for k, v in json.loads(params).items() if k != axis}
        label = ", ".join(f"{k} {v}" for k, v in others.items())
        lines.setdefault(label, []).append(
            _Place(float(x), _known(time), _known(longest), int(mistakes), float(well)))
    return axis, list(lines.items())


def _known(value: Any) -> Optional[float]:
    return None if value is None or math.isnan(value) else float(value)


def _draw_times(axes: Any, lines: list[tuple[str, list[_Place]]]) -> None:
    longest = [p.longest for _, places in lines for p in places if p.longest is not None]
    if not longest:
        put_words(axes, "no node ended")
        return
    size, unit = unit_for(max(longest) * 1e9)
    for (label, places), colour in zip(lines, _LINES):
        known = [p for p in places if p.time is not None and p.longest is not None]
        x = [p.x for p in known]
        mean = [p.time * 1e9 / size for p in known if p.time is not None]
        most = [p.longest * 1e9 / size for p in known if p.longest is not None]
        axes.plot(x, mean, color=colour, marker="o", markersize=3.5, label=shorten(label, 24))
        axes.fill_between(x, mean, most, color=colour, alpha=0.13, linewidth=0)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(f"detection time T_D  [{unit}]")
    axes.set_title("mean over the runs, and up to the longest", color=GREY, loc="right")


def _draw_rates(axes: Any, lines: list[tuple[str, list[_Place]]]) -> None:
    rates = []
    for (label, places), colour in zip(lines, _LINES):
        some = [p for p in places if p.mistakes > 0]
        none = [p for p in places if p.mistakes == 0 and p.well > 0]
        rate = [p.mistakes / p.well for p in some]
        # Of a Poisson count: by the square root, which is normal soonest.
        low = [r - max(math.sqrt(p.mistakes) - 0.98, 0) ** 2 / p.well for p, r in zip(some, rate)]
        high = [(math.sqrt(p.mistakes) + 0.98) ** 2 / p.well - r for p, r in zip(some, rate)]
        axes.errorbar([p.x for p in some], rate, yerr=[low, high], color=colour, marker="o",
                      markersize=3.5, capsize=2, elinewidth=0.9, label=shorten(label, 24))
        bound = [3 / p.well for p in none]  # with 95 %
        axes.scatter([p.x for p in none], bound, marker="v", s=22, facecolors="white",
                     edgecolors=colour)
        rates += rate + bound
    if not rates:
        put_words(axes, "nobody was well")
        return
    axes.set_yscale("log")
    axes.set_ylim(min(rates) / 3, max(rates) * 3)
    axes.yaxis.set_major_locator(LogLocator(numticks=7))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel("mistake rate λ  [/s]")
    axes.set_title("a second and pair, 95 %; ▽ none seen", color=GREY, loc="right")
