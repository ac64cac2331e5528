# SPDX-License-Identifier: MIT
"""Services in the course of time: what was asked and answered, and which breakers were open."""
from __future__ import annotations

from typing import Any

from matplotlib.ticker import MaxNLocator

from .._result import Result, Series
from ._header import draw_header
from ._source import Source, result_of
from ._style import BLUE, GREEN, GREY, INK, ORANGE, PALE, VERMILLION, Picture, picture, styled
from ._units import put_words, shorten, unit_for

_MOST_PANELS = 8
_MOST_BREAKERS = 8
_FAULT = "#fbe3d6"  # behind everything: a fault acts
_HIGH = 3.0  # times the 95 % quantile: what is higher is cut off
_LABEL_CHARACTERS = 95  # of fault names, over the width of a panel
_STATES = {"closed": PALE, "open": VERMILLION, "half-open": ORANGE, "forced-open": INK,
           "forced-closed": GREEN, "disabled": "white"}


@styled
def services(source: Source) -> Picture:
    """What the clients and services of a run did, in virtual time.

    `source` is what `shaketable.run` returned, a `Drill`, or a database that `open_results` opened
    (then it is the run that `Results.run` chooses).

    A panel for each population of clients, then for each service: what ended per second, of it what
    succeeded, and half of what succeeded before the first fault, below which a service that stays
    down is metastable. What is far above the usual, such as the work of a collapse that ends at
    once when its cause does, is cut off at the top, and said how high it is. At the bottom the
    breakers that ever changed. Behind all: faults, named in the first panel.

        >>> import shaketable
        >>> from shaketable import plots
        >>> scenario = "scenarios/breakers_keep_a_slow_store_from_the_shop.yaml"
        >>> picture = plots.services(shaketable.run(scenario, seed=1))
        >>> picture.to_bytes("png")[:4]
        b'\\x89PNG'
    """
    return _Services(result_of(source)).draw()


class _Services:
    def __init__(self, result: Result) -> None:
        self.result = result
        known = {row["id"] for row in result.get("clients", [])}
        of_run = [s for s in result["series"] if s["part"] == "run" and (
            s["workload"] in known or s["workload"].startswith("service:"))]
        # Of the versions that stand ready those that were called.
        of_run = [s for s in of_run if "@" not in s["workload"] or any(s["issued"])]
        self.series: list[Series] = of_run[:_MOST_PANELS]
        breakers: dict[str, list[Any]] = {}
        for span in result.get("breakers", []):
            name = span["caller"] + "->" + span["edge"].split("->")[1]
            breakers.setdefault(name, []).append(span)
        self.breakers = list(breakers.items())[:_MOST_BREAKERS]
        self.unit_ns, self.unit = unit_for(max(result["virtual_ns"], 1))

    def draw(self) -> Picture:
        panels = [0.95] * max(len(self.series), 1)
        if self.breakers:
            panels.append(0.22 * len(self.breakers))
        top, bottom, gap = 0.85, 0.5, 0.36
        height = top + bottom + sum(panels) + gap * (len(panels) - 1)
        self.figure = picture(height)
        draw_header(self.figure, self.result)
        left = 0.2 if self.breakers else 0.11
        y = height - top
        all_axes = []
        for panel in panels:
            y -= panel
            all_axes.append(self.figure.add_axes((left, y / height, 0.97 - left, panel / height)))
            y -= gap
        for axes, series in zip(all_axes, self.series):
            self._draw_series(axes, series)
        if not self.series:
            put_words(all_axes[0], "this run has no services, or they were not kept")
        else:
            self._name_faults(all_axes[0])
        if self.breakers:
            self._draw_breakers(all_axes[-1])
        for axes in all_axes:
            self._share_time(axes, last=axes is all_axes[-1])
        return self.figure

    def _x(self, ns: float) -> float:
        return ns / self.unit_ns

    def _share_time(self, axes: Any, last: bool) -> None:
        axes.set_xlim(0, self._x(self.result["virtual_ns"]))
        axes.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 5, 10]))
        axes.grid(True, axis="x")
        for fault in self.result["faults"]:
            if fault["start_ns"] is None:
                continue
            end = fault["end_ns"]
            if end is None or end - fault["start_ns"] < 1_000_000:  # done at once
                axes.axvline(self._x(fault["start_ns"]), color=INK, lw=0.8, ls=(0, (3, 2)))
                continue
            axes.axvspan(self._x(fault["start_ns"]), self._x(end), color=_FAULT, lw=0, zorder=0)
        axes.tick_params(axis="x", length=3 if last else 0, labelbottom=last)
        if last:
            axes.set_xlabel(f"virtual time, {self.unit}")

    def _name_faults(self, axes: Any) -> None:
        """Inside, at the top, each where its fault begins, if there is room left for it."""
        width = self._x(self.result["virtual_ns"])
        free = 0.0
        for fault in sorted(self.result["faults"], key=lambda f: f["start_ns"] or 0):
            if fault["start_ns"] is None:
                continue
            name = shorten(fault["id"], 24)
            at = max(self._x(fault["start_ns"]), 0.0)
            needed = width * (len(name) + 2) / _LABEL_CHARACTERS
            if at < free:
                continue
            free = at + needed
            right = at + needed > width
            axes.annotate(name, (at, 1), xycoords=("data", "axes fraction"),
                          xytext=(-3 if right else 3, -3), textcoords="offset points",
                          ha="right" if right else "left", va="top", fontsize=8, color=INK,
                          bbox={"facecolor": "white", "alpha": 0.75, "lw": 0, "pad": 1})

    @staticmethod
    def _top_of(axes: Any, edges: list[float], values: list[float]) -> float:
        """Where the axis ends; what is cut off by that is written there."""
        highest = max(values + [1])
        usual = sorted(values)[int(0.95 * (len(values) - 1))] if values else 1
        if highest <= _HIGH * max(usual, 1):
            return highest * 1.08
        top = _HIGH * max(usual, 1)
        place = values.index(highest)
        middle = (edges[place] + edges[place + 1]) / 2
        right = middle > (edges[0] + edges[-1]) / 2
        axes.annotate(f"up to {highest:,.0f}", (middle, 1), xycoords=("data", "axes fraction"),
                      xytext=(-6 if right else 6, -3), textcoords="offset points",
                      ha="right" if right else "left", va="top", fontsize=8, color=INK)
        return top

    def _draw_series(self, axes: Any, series: Series) -> None:
        count = len(series["issued"])
        starts = [series["start_ns"] + i * series["bucket_ns"] for i in range(count)]
        ends = [min(start + series["bucket_ns"], series["end_ns"]) for start in starts]
        edges = [self._x(at) for at in starts + ends[-1:]]
        spans = [max((end - start) / 1e9, 1e-9) for start, end in zip(starts, ends)]
        ok = [n / span for n, span in zip(series["acknowledged"], spans)]
        ended = [(a + b) / span for a, b, span in zip(
            series["acknowledged"], series["unknown"], spans)]
        axes.stairs(ended, edges, color=GREY, fill=True, alpha=0.35, label="ended")
        axes.stairs(ok, edges, color=BLUE, fill=True, alpha=0.85, label="succeeded")
        name = series["workload"].removeprefix("service:")
        for row in self.result.get("services", []):
            asked = {c["id"]: c["service"] for c in self.result.get("clients", [])}
            if row["id"] == asked.get(name, name) and row["goodput_before"]:
                axes.axhline(row["goodput_before"] / 2, color=GREY, lw=0.8, ls=(0, (2, 2)),
                             label="half of before")
        kind = "calls of" if series["workload"].startswith("service:") else "requests of"
        axes.set_title(f"{kind} {shorten(name, 40)}, per second", color=INK)
        axes.set_ylim(0, self._top_of(axes, edges, ended))
        axes.yaxis.set_major_locator(MaxNLocator(3))
        if series is self.series[0]:
            axes.legend(loc="upper right", bbox_to_anchor=(1.0, 1.3), ncols=3)

    def _draw_breakers(self, axes: Any) -> None:
        for lane, (_, spans) in enumerate(self.breakers):
            for span in spans:
                axes.barh(lane, self._x(span["end_ns"] - span["start_ns"]),
                          left=self._x(span["start_ns"]), height=0.7,
                          color=_STATES.get(span["state"], GREY), lw=0)
        axes.set_yticks(range(len(self.breakers)))
        axes.set_yticklabels([shorten(name, 24) for name, _ in self.breakers], fontsize=8)
        axes.set_ylim(len(self.breakers) - 0.5, -0.5)
        axes.set_title("breakers: open (red), half-open (orange)", color=INK)
