# SPDX-License-Identifier: MIT
"""The trade-off that a sweep has found: its points, and the front that no point beats."""
from __future__ import annotations

import json
import math
from typing import Any, NamedTuple, Optional

from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from .._results import Results, ResultsError
from ._style import BLUE, GREY, INK, VERMILLION, Picture, picture, styled
from ._units import put_words, shorten, unit_for, words

_MOST_ROWS = 12  # of the table
_MOST_PANELS = 3
_SPOTS = ((10, 8), (-10, 8), (10, -8), (-10, -8), (0, 12), (0, -12), (14, 0), (-14, 0))  # pixels
_PLAIN = {"count": "", "share": "", "1/s": "/s", "1/h": "/h"}


class _Objective(NamedTuple):
    name: str
    measure: str
    direction: str
    unit: str


class _Point(NamedTuple):
    params: dict[str, str]
    on_front: bool
    values: dict[str, Optional[float]]  # inf: worse than any number; None: no evidence


@styled
def pareto(results: Results, study: Optional[str] = None) -> Picture:
    """The points of a sweep, its first objective against each other one, and the Pareto front.

    `study` is the name or the beginning of the key of a finished study; it may be left out if the
    database has only one. Points of the front are filled and numbered; the table below says what
    they are, from the best of the first objective on, and where there are too many, evenly spaced.
    A point that is worse than any number in an objective (service did not recover) is a mark at
    the edge of the panel.

    Raises ResultsError if there is no such study, or it has fewer than two objectives.
    """
    name, key = study_of(results, study)
    objectives, points = _read(results, key)
    if len(objectives) < 2:
        raise ResultsError(f"{results.path}: a trade-off takes two objectives, and {name} has one")
    first, others = objectives[0], objectives[1:]
    front = sorted((p for p in points if p.on_front), key=lambda p: _rank(p, first))
    shown = _evenly(front, _MOST_ROWS)
    panels = others[:_MOST_PANELS]
    top, panel, table = 1.1, 2.5, 0.36 + 0.19 * len(shown)
    height = top + panel + 0.65 + table + 0.1
    figure = picture(height)
    figure.text(0.02, 1 - 0.2 / height, shorten(name, 62), fontsize=12.5, fontweight="bold",
                va="center")
    rest = len(others) - len(panels)
    more = f"    without {rest} more objectives" if rest else ""
    figure.text(0.02, 1 - 0.43 / height, f"{len(points)} points, {len(front)} on the Pareto front"
                + more, fontsize=9, va="center")
    meanings = "    ".join(f"{o.name}: {o.measure}" for o in objectives)
    figure.text(0.02, 1 - 0.63 / height, shorten(meanings, 115), fontsize=8.5, color=GREY,
                va="center")
    width = 0.98 / len(panels)
    for place, other in enumerate(panels):
        axes = figure.add_axes((0.02 + place * width + 0.075, (height - top - panel) / height,
                                width - 0.1, panel / height))
        _draw_panel(axes, points, shown, first, other)
    _draw_table(figure, shown, len(front), objectives, table)
    return figure


def study_of(results: Results, study: Optional[str]) -> tuple[str, str]:
    rows = results.query("SELECT name, study_key, finished FROM study ORDER BY name, study_key")
    found = list(zip(*rows.values()))
    if not found:
        raise ResultsError(f"{results.path}: there is no study in it; `shaketable sweep` adds one")
    if study is not None:
        found = [row for row in found if row[0] == study or (study and row[1].startswith(study))]
        if not found:
            raise ResultsError(f"{results.path}: there is no study '{study}'; "
                               + _listing(zip(*rows.values())))
    done = [row for row in found if row[2]]
    if not done:
        raise ResultsError(f"{results.path}: study {found[0][0]} is not finished;"
                           " `shaketable sweep --resume` goes on with it")
    if len(done) > 1:
        raise ResultsError(f"{results.path}: which study? " + _listing(done))
    return str(done[0][0]), str(done[0][1])


def _listing(rows: Any) -> str:
    return "it has " + ", ".join(f"{name} ({key})" for name, key, *_ in rows)


def _read(results: Results, key: str) -> tuple[list[_Objective], list[_Point]]:
    columns = results.query("SELECT objective, measure, direction, unit FROM study_objective"
                            " WHERE study_key = ? ORDER BY seq", [key])
    objectives = [_Objective(*map(str, row)) for row in zip(*columns.values())]
    points: dict[int, _Point] = {}
    rows = results.query("SELECT point, params, on_front, objective, value, censored FROM v_sweep"
                         " WHERE study_key = ? ORDER BY point", [key])
    for number, params, on_front, objective, value, censored in zip(*rows.values()):
        point = points.setdefault(int(number), _Point(json.loads(params), on_front == 1, {}))
        point.values[objective] = math.inf if censored else None if math.isnan(value) else value
    return objectives, list(points.values())


def _rank(point: _Point, objective: _Objective) -> float:
    value = point.values.get(objective.name)
    if value is None or math.isinf(value):
        return math.inf
    return value if objective.direction == "min" else -value


def _evenly(front: list[_Point], most: int) -> list[_Point]:
    if len(front) <= most:
        return front
    return [front[round(i * (len(front) - 1) / (most - 1))] for i in range(most)]


class _Scale:
    """Of an axis: its numbers, its label, and where what is worse than any number is put."""

    def __init__(self, objective: _Objective, points: list[_Point]) -> None:
        values = [point.values.get(objective.name) for point in points]
        known = [v for v in values if v is not None and not math.isinf(v)]
        self.factor, unit = 1.0, _PLAIN.get(objective.unit, objective.unit)
        if objective.unit == "s":
            size, unit = unit_for(max(known, default=1.0) * 1e9)
            self.factor = 1e9 / size
        better = "less" if objective.direction == "min" else "more"
        unit = f"  [{unit}]" if unit else ""
        self.label = f"{shorten(objective.name, 18)}{unit}, {better} is better"
        low, high = min(known, default=0.0) * self.factor, max(known, default=1.0) * self.factor
        self.log = low > 0 and high > 20 * low
        if self.log:
            self.limits = (low / 1.4, high * 1.6)
            self.edge = high * 1.35
        else:
            room = 0.1 * ((high - low) or abs(high) or 1.0)
            self.limits = (low - room, high + 1.6 * room)
            self.edge = high + room

    def place(self, value: float) -> float:
        return self.edge if math.isinf(value) else value * self.factor


def _draw_panel(axes: Any, points: list[_Point], shown: list[_Point], first: _Objective,
                other: _Objective) -> None:
    across, up = _Scale(first, points), _Scale(other, points)
    drawn = [(p, p.values.get(first.name), p.values.get(other.name)) for p in points]
    known = [(p, x, y) for p, x, y in drawn if x is not None and y is not None]
    for kind, look in (
        ("beaten", {"facecolors": "white", "edgecolors": GREY, "zorder": 2}),
        ("front", {"facecolors": BLUE, "edgecolors": BLUE, "zorder": 3}),
        ("edge", {"marker": "x", "c": VERMILLION, "zorder": 2}),
    ):
        chosen = [(across.place(x), up.place(y)) for p, x, y in known if kind == (
            "edge" if math.isinf(x) or math.isinf(y) else "front" if p.on_front else "beaten")]
        if chosen:
            label = {"beaten": "beaten by another", "front": "on the front",
                     "edge": "did not recover"}[kind]
            axes.scatter(*zip(*chosen), s=22, linewidths=1.0, label=label, **look)
    for axis, scale, name in ((axes.xaxis, across, "x"), (axes.yaxis, up, "y")):
        getattr(axes, f"set_{name}label")(scale.label)
        if scale.log:
            getattr(axes, f"set_{name}scale")("log")
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_minor_locator(NullLocator())
        else:
            axis.set_major_locator(MaxNLocator(5))
        getattr(axes, f"set_{name}lim")(*scale.limits)
    axes.grid(True)
    if not known:
        put_words(axes, "no point has both")
        return
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncol=3, borderpad=0,
                handlelength=0.8, handletextpad=0.3, columnspacing=1.0)
    places = {id(p): (across.place(x), up.place(y)) for p, x, y in known}
    _number(axes, [places.get(id(p)) for p in shown], list(places.values()))


def _number(axes: Any, places: list[Optional[tuple[float, float]]],
            marks: list[tuple[float, float]]) -> None:
    """Numbers beside the points, where there is room; the table has all of them."""
    taken = [(*axes.transData.transform(mark), 10, 9) for mark in marks]
    for number, place in enumerate(places, start=1):
        if place is None:
            continue
        x, y = axes.transData.transform(place)
        for right, above in _SPOTS:
            spot = (x + right, y + above)
            if all(abs(spot[0] - a) >= w or abs(spot[1] - b) >= h for a, b, w, h in taken):
                taken.append((*spot, 15, 12))
                axes.annotate(str(number), place, xytext=(0.72 * right, 0.72 * above),
                              textcoords="offset points", ha="center", va="center", fontsize=8,
                              color=INK)
                break


def _draw_table(figure: Any, shown: list[_Point], front: int, objectives: list[_Objective],
                height: float) -> None:
    total = figure.get_size_inches()[1]
    names = list(shown[0].params) if shown else []
    if not shown:
        figure.text(0.02, (height - 0.1) / total, "no point is on the front", color=GREY)
        return
    some = f", {len(shown)} of them" if front > len(shown) else ""
    heads = ["front" + some] + names + [objective.name for objective in objectives]
    left = 0.2 if some else 0.09
    step = (0.98 - left) / max(len(heads) - 1, 1)
    room = int(step * 800 / 7.2)
    for column, head in enumerate(heads):
        x = 0.02 if column == 0 else left + (column - 1) * step
        figure.text(x, height / total, shorten(head, room) if column else head, va="center",
                    fontsize=8.5, fontweight="bold")
        for row, point in enumerate(shown, start=1):
            if column == 0:
                text = str(row)
            elif column <= len(names):
                text = str(point.params[heads[column]])
            else:
                text = _said(point.values.get(heads[column]),
                             objectives[column - 1 - len(names)].unit)
            figure.text(x, (height - 0.06 - 0.19 * row) / total, shorten(text, room), va="center",
                        fontsize=8.5)


def _said(value: Optional[float], unit: str) -> str:
    if value is None:
        return "no evidence"
    if math.isinf(value):
        return "not recovered"
    if unit == "s":
        return words(value * 1e9)
    if unit == "share":
        return f"{100 * value:.4g} %"
    return f"{value:.3g}{_PLAIN.get(unit, ' ' + unit)}"
