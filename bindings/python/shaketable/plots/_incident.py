# SPDX-License-Identifier: MIT
"""The timeline of an incident: what broke, who led, what the clients got, when service was back."""
from __future__ import annotations

from collections import Counter
from typing import Any, Optional

from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from .._result import Recovery, Result, Series
from ._header import draw_header
from ._source import Source, result_of
from ._style import (
    BLUE, GREEN, GREY, INK, ORANGE, PALE, PHASES, VERMILLION, WORKLOADS, YELLOW, Picture, picture,
    styled,
)
from ._units import put_words, shorten, unit_for, words

_MOST_FAULTS = 6  # with a lane of their own; more share one for each kind
_MOST_NODES = 9
_LONGEST_NAME = 22  # of a lane
_LETTER = 6.8  # pixels, on the generous side
_MOST_WORKLOADS = len(WORKLOADS)
_OUT = "#fbe3d6"  # behind everything: service is out
_HALO = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.6}
_ROLES: dict[str, dict[str, Any]] = {
    "follower": {"facecolor": PALE},
    "pre-candidate": {"facecolor": YELLOW},
    "candidate": {"facecolor": ORANGE},
    "leader": {"facecolor": BLUE},
    "paused": {"facecolor": "white", "edgecolor": GREY, "hatch": "||||"},
    "down": {"facecolor": "white", "edgecolor": INK, "hatch": "////"},
}


@styled
def incident(source: Source) -> Picture:
    """The timeline of a run, in virtual time.

    `source` is what `shaketable.run` returned, a `Drill`, or a database that `open_results` opened
    (then it is the run that `Results.run` chooses).

    On top, if service was ever out, a strip shows the whole run; below it all panels show the same
    time around the incident: the faults as they struck; recovery, from the fault that started the
    clock (t_fault) to the return of service (t_rec), split into its phases; each node's role; the
    operations of each workload, counted where they happened; and how long they took.

        >>> import shaketable
        >>> from shaketable import plots
        >>> result = shaketable.run("scenarios/leader_crash_during_writes.yaml", seed=7)
        >>> picture = plots.incident(result)  # a notebook shows it; picture.save("a.png") keeps it
        >>> picture.to_bytes("png")[:4]
        b'\\x89PNG'
    """
    return _Timeline(result_of(source)).draw()


class _Timeline:
    def __init__(self, result: Result) -> None:
        self.result = result
        of_run = [s for s in result["series"] if s["part"] == "run"]
        closer = [s for s in result["series"] if s["part"] == "incident"]
        self.overview: list[Series] = of_run if closer else []
        self.series = (closer or of_run)[:_MOST_WORKLOADS]
        self.left_out = len(closer or of_run) - len(self.series)
        if self.series:
            self.start, self.end = self.series[0]["start_ns"], self.series[0]["end_ns"]
        else:
            self.start, self.end = 0, result["virtual_ns"]
        self.end = max(self.end, self.start + 1)
        self.zero = self._fault_start() if closer else 0
        self.unit_ns, self.unit = unit_for(self.end - self.start)

    def draw(self) -> Picture:
        faults, nodes = self._fault_lanes(), self._node_lanes()
        recovery = self.result["recovery"]
        heights = {
            "overview": 0.62 if self.overview else 0.0,
            "faults": 0.24 * max(len(faults), 1),
            "recovery": 0.26 * max(len(recovery), 1),
            "nodes": 0.2 * max(len(nodes), 1),
        }
        panels = [(name, height) for name, height in heights.items() if height]
        panels += [(f"operations {i}", 0.85) for i in range(len(self.series))]
        panels += [("latency", 0.95)] if self.series else [("operations none", 0.5)]
        gap = 0.3
        extra = 0.4 if self.overview else 0.0  # below the overview: its own axis
        top, bottom = 0.82, 0.5
        height = top + bottom + extra + sum(h for _, h in panels) + gap * (len(panels) - 1)
        self.figure = picture(height)
        draw_header(self.figure, self.result)
        names = [shorten(name, _LONGEST_NAME) for name, _ in faults + nodes]
        left = max(0.1, (max(map(len, names), default=0) * _LETTER + 16) / 800)
        self.letters = int((0.98 - left) * 800 / _LETTER)  # that a line across the panels holds
        y = height - top
        axes = {}
        for name, panel in panels:
            y -= panel
            axes[name] = self.figure.add_axes((left, y / height, 0.98 - left, panel / height))
            y -= gap + (extra if name == "overview" else 0.0)
        if self.overview:
            self._draw_overview(axes["overview"])
        self._draw_faults(axes["faults"], faults)
        self._draw_recovery(axes["recovery"], recovery)
        self._draw_nodes(axes["nodes"], nodes)
        for i, series in enumerate(self.series):
            self._draw_operations(axes[f"operations {i}"], series, WORKLOADS[i])
        if self.series:
            self._draw_latency(axes["latency"])
        else:
            axes["operations none"].set_title("Operations")
            put_words(axes["operations none"], "this run has no workload, or it was not kept")
        shared = [a for name, a in axes.items() if name != "overview"]
        for each in shared:
            self._share_time(each, last=each is shared[-1])
        return self.figure

    # Time.

    def _fault_start(self) -> int:
        clocks = {row["fault"] for row in self.result["recovery"]}
        starts = [f["start_ns"] for f in self.result["faults"] if f["id"] in clocks]
        return min((s for s in starts if s is not None), default=0)

    def _x(self, ns: int) -> float:
        return (ns - self.zero) / self.unit_ns

    def _share_time(self, axes: Any, last: bool) -> None:
        axes.set_xlim(self._x(self.start), self._x(self.end))
        axes.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 5, 10]))
        axes.grid(True, axis="x")
        for outage in self._outages():
            axes.axvspan(self._x(outage[0]), self._x(outage[1]), color=_OUT, lw=0, zorder=0)
        for at in self._moments():
            axes.axvline(self._x(at), color=INK, lw=0.8, ls=(0, (3, 2)), zorder=3)
        axes.tick_params(axis="x", length=3 if last else 0, labelbottom=last)
        if last:
            axes.set_xlabel(self._time_label())

    def _time_label(self) -> str:
        if self.zero:
            at = f"{self.zero / 1e9:.3f}".rstrip("0").rstrip(".")
            return f"virtual time since t_fault = {at} s  [{self.unit}]"
        return f"virtual time since the start of the run  [{self.unit}]"

    def _outages(self) -> list[tuple[int, int]]:
        spans = sorted(
            (o["start_ns"], o["end_ns"]) for r in self.result["recovery"] for o in r["outages"]
        )
        merged: list[tuple[int, int]] = []
        for start, end in spans:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def _moments(self) -> list[int]:
        """t_fault and each t_rec."""
        moments = set()
        for row in self.result["recovery"]:
            start = self._start_of(row["fault"])
            if start is not None:
                moments |= {start, start + row["rto_ns"]} if row["rto_ns"] else {start}
        return sorted(moments)

    def _start_of(self, fault: str) -> Optional[int]:
        return next((f["start_ns"] for f in self.result["faults"] if f["id"] == fault), None)

    # Panels.

    def _draw_overview(self, axes: Any) -> None:
        unit_ns, unit = unit_for(self.overview[0]["end_ns"])
        for color, series in zip(WORKLOADS, self.overview):
            edges, rates = _steps(series, "acknowledged", per_second=True)
            axes.stairs(rates, [e / unit_ns for e in edges], color=color, lw=1.2, baseline=None,
                        label=self._name(series))
        named = False
        axes.set_ylim(0, None)
        axes.margins(y=0.15)
        axes.axvspan(self.start / unit_ns, self.end / unit_ns, fc="none", ec=INK, lw=1.0, zorder=4)
        for fault in self.result["faults"]:
            if fault["start_ns"] is not None:
                end = fault["end_ns"] or self.result["virtual_ns"]
                axes.axvspan(fault["start_ns"] / unit_ns, end / unit_ns, ymax=0.09, fc=VERMILLION,
                             ec="none", alpha=0.8, zorder=2, label="faults" if not named else None)
                named = True
        axes.set_xlim(0, self.overview[0]["end_ns"] / unit_ns)
        axes.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_locator(MaxNLocator(2, integer=True))
        axes.set_ylabel("per second")
        axes.set_title("The whole run: acknowledged")
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.96), ncol=_MOST_WORKLOADS + 1,
                    borderpad=0, handlelength=1.0, columnspacing=1.0)
        axes.set_xlabel(f"virtual time since the start of the run  [{unit}]")

    def _fault_lanes(self) -> list[tuple[str, list[Any]]]:
        struck = [f for f in self.result["faults"] if f["start_ns"] is not None]
        shown = [f for f in struck if f["start_ns"] <= self.end and
                 (f["end_ns"] is None or f["end_ns"] >= self.start)]
        if len(shown) <= _MOST_FAULTS:
            return [(f["id"], [f]) for f in shown]
        kinds = Counter(f["inject"] for f in shown)
        return [(f"{kind} ×{count}", [f for f in shown if f["inject"] == kind])
                for kind, count in kinds.items()]

    def _draw_faults(self, axes: Any, lanes: list[tuple[str, list[Any]]]) -> None:
        axes.set_title("Faults")
        self._set_lanes(axes, [name for name, _ in lanes])
        if not lanes:
            elsewhere = len(self.result["faults"])
            put_words(axes, "none in this part of the run" if elsewhere else "no fault in this run")
        for lane, (_, faults) in enumerate(lanes):
            for fault in faults:
                start = max(fault["start_ns"], self.start)
                end = min(fault["end_ns"] or self.result["virtual_ns"], self.end)
                self._bar(axes, lane, start, end, facecolor=VERMILLION,
                          alpha=1 / len(faults) ** 0.3)
            if len(faults) == 1:
                self._name_fault(axes, lane, faults[0])

    def _name_fault(self, axes: Any, lane: int, fault: Any) -> None:
        if fault["end_ns"] is None:
            ends = ", to the end"
        else:
            ends = f" for {words(fault['end_ns'] - fault['start_ns'])}"
        seen = "" if fault["observed_ns"] is not None else ", no effect seen"
        text = f"{fault['inject']}  {self._who(fault['target'])}{ends}{seen}"
        start = max(fault["start_ns"], self.start)
        end = min(fault["end_ns"] or self.end, self.end)
        before, inside, after = (
            int(self.letters * span / (self.end - self.start)) - 2
            for span in (start - self.start, end - start, self.end - end)
        )
        room = (self.end - self.start) // 120
        look: dict[str, Any] = {"va": "center", "fontsize": 8.5, "zorder": 5}
        if inside >= len(text) or inside >= max(before, after):
            axes.text(self._x(start + room), lane, shorten(text, inside), color="white", **look)
        elif after >= len(text) or after >= before:
            axes.text(self._x(end + room), lane, shorten(text, after), bbox=_HALO, **look)
        else:
            axes.text(self._x(start - room), lane, shorten(text, before), ha="right", bbox=_HALO,
                      **look)

    def _who(self, target: str) -> str:
        nodes = {span["node"] for span in self.result["roles"]}
        return f"all {len(nodes)} nodes" if set(target.split()) == nodes != set() else target

    def _draw_recovery(self, axes: Any, rows: list[Recovery]) -> None:
        axes.set_title("Recovery, from t_fault to t_rec")
        self._set_lanes(axes, [row["scope"] for row in rows])
        if not rows:
            put_words(axes, "no fault, so no clock was started")
        for lane, row in enumerate(rows):
            start = self._start_of(row["fault"])
            if start is not None:
                self._draw_clock(axes, lane, row, start)
        shown = [p for p in PHASES if any(p == q["name"] for r in rows for q in r["phases"])]
        patches = [Patch(facecolor=PHASES[p], label=p) for p in shown]
        if self._outages():
            patches.append(Patch(facecolor=_OUT, label="service out"))
        self._explain(axes, patches)

    def _draw_clock(self, axes: Any, lane: int, row: Recovery, start: int) -> None:
        at = start
        for phase in row["phases"]:
            self._bar(axes, lane, at, at + phase["duration_ns"], facecolor=PHASES[phase["name"]])
            at += phase["duration_ns"]
        if row["rto_ns"] is None:
            seen = self.result["virtual_ns"] - start
            text = f"not recovered when the run ended, {words(seen)} after t_fault"
            self._bar(axes, lane, start, self.end, facecolor="white", edgecolor=VERMILLION,
                      hatch="////")
            axes.text(self._x((start + self.end) // 2), lane, text, va="center", ha="center",
                      fontsize=8.5, bbox={**_HALO, "alpha": 1}, zorder=5)
            return
        text = (f"RTO {words(row['rto_ns'])}" if row["rto_ns"] else
                "RTO 0 s: service never fell below its level")
        if row["flaps"]:
            text += f", lost again {row['flaps']}×"
        room = 0.008 * (self.end - self.start) / self.unit_ns
        left = self._x(at) > self._x(self.start) + 0.75 * (self._x(self.end) - self._x(self.start))
        axes.text(self._x(start if left else at) + (-room if left else room), lane, text,
                  va="center", ha="right" if left else "left", fontweight="bold", fontsize=8.5,
                  bbox=_HALO, zorder=5)

    def _node_lanes(self) -> list[tuple[str, list[Any]]]:
        lanes: dict[str, list[Any]] = {}
        for span in self.result["roles"]:
            lanes.setdefault(span["node"], [])
            if span["start_ns"] < self.end and span["end_ns"] > self.start:
                lanes[span["node"]].append(span)
        everybody = list(lanes.items())
        # Of a large cluster those to whom most happened, in the cluster's order.
        busiest = sorted(everybody, key=lambda lane: -len(lane[1]))[:_MOST_NODES]
        kept = {name for name, _ in busiest}
        return [lane for lane in everybody if lane[0] in kept]

    def _draw_nodes(self, axes: Any, lanes: list[tuple[str, list[Any]]]) -> None:
        nodes = len({span["node"] for span in self.result["roles"]})
        some = f": the busiest {len(lanes)} of {nodes}" if nodes > len(lanes) else ""
        axes.set_title("Nodes" + some)
        self._set_lanes(axes, [name for name, _ in lanes])
        if not lanes:
            put_words(axes, "this run was stored before roles were kept")
        for lane, (_, spans) in enumerate(lanes):
            for span in spans:
                start, end = max(span["start_ns"], self.start), min(span["end_ns"], self.end)
                self._bar(axes, lane, start, end, **_ROLES[span["role"]])
                if span["role"] == "leader" and end - start > 0.09 * (self.end - self.start):
                    axes.text(self._x((start + end) // 2), lane, f"term {span['term']}",
                              va="center", ha="center", color="white", fontsize=8, zorder=5)
        shown = [r for r in _ROLES if any(r == s["role"] for _, spans in lanes for s in spans)]
        self._explain(axes, [Patch(label=r, **_ROLES[r]) for r in shown])

    def _draw_operations(self, axes: Any, series: Series, color: str) -> None:
        edges, acknowledged = _steps(series, "acknowledged")
        _, unknown = _steps(series, "unknown")
        _, issued = _steps(series, "issued")
        at = [self._x(int(edge)) for edge in edges]
        axes.stairs(acknowledged, at, fill=True, color=color, alpha=0.85, label="acknowledged")
        axes.stairs(issued, at, color=INK, lw=0.9, baseline=None, label="issued")
        if any(unknown):
            both = [a + u for a, u in zip(acknowledged, unknown)]
            axes.stairs(both, at, baseline=acknowledged, fill=True, color=VERMILLION,
                        label="no answer by the deadline")
        axes.set_ylim(0, None)
        axes.margins(y=0.08)
        axes.yaxis.set_major_locator(MaxNLocator(3, integer=True, min_n_ticks=1))
        axes.set_ylabel(f"per {words(series['bucket_ns'])}")
        axes.set_title(f"Operations of {shorten(series['workload'], 30)}")
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.97), ncol=3, borderpad=0,
                    handlelength=1.2)

    def _draw_latency(self, axes: Any) -> None:
        more = f" (without {self.left_out} more workloads)" if self.left_out else ""
        axes.set_title("Latency" + more)
        drawn = False
        for series, color in zip(self.series, WORKLOADS):
            edges, _ = _steps(series, "issued")
            middle = [self._x(int(a + b) // 2) for a, b in zip(edges, edges[1:])]
            name = self._name(series)
            for measure, style in (("p99", "-"), ("p50", ":")):
                values = [None if v is None else v / 1e6 for v in series[f"latency_{measure}_ns"]]
                drawn = drawn or any(v is not None for v in values)
                axes.plot(middle, [float("nan") if v is None else v for v in values], ls=style,
                          marker="o", ms=2.2, color=color,
                          label=f"{name} {measure}" if name else None)
        axes.set_ylabel("ms")
        if not drawn:
            put_words(axes, "no operation was acknowledged")
            axes.yaxis.set_major_locator(NullLocator())
            return
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
        if not self._name(self.series[0]):
            axes.plot([], [], ls="-", color=INK, label="p99")
            axes.plot([], [], ls=":", color=INK, label="p50")
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.97), ncol=4, borderpad=0,
                    handlelength=1.8)

    def _name(self, series: Series) -> Optional[str]:
        """For a legend; of many, the panels below or above tell by their colours."""
        return shorten(series["workload"], 14) if len(self.series) <= 2 else None

    # Lanes.

    def _set_lanes(self, axes: Any, names: list[str]) -> None:
        axes.set_yticks(range(len(names)), [shorten(name, _LONGEST_NAME) for name in names])
        axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)

    def _bar(self, axes: Any, lane: int, start: int, end: int, **look: Any) -> None:
        # An instant is as wide as can be seen.
        width = max(self._x(end) - self._x(start), 0.002 * (self.end - self.start) / self.unit_ns)
        axes.broken_barh([(self._x(start), width)], (lane - 0.38, 0.76), **{"lw": 0.5, **look})

    def _explain(self, axes: Any, patches: list[Patch]) -> None:
        many = len(patches) > 6  # in one row beside the title, whatever there is
        axes.legend(handles=patches, loc="lower right", bbox_to_anchor=(1.0, 0.97), ncol=8,
                    borderpad=0, handlelength=0.7 if many else 1.0, fontsize=8 if many else None,
                    handletextpad=0.3 if many else None, columnspacing=0.5 if many else 1.2)


def _steps(series: Series, measure: str, per_second: bool = False) -> tuple[list[int], list[float]]:
    """The edges of the buckets, one more than there are, and what is counted in each."""
    counts = series[measure]  # type: ignore[literal-required]
    edges = [series["start_ns"] + i * series["bucket_ns"] for i in range(len(counts))]
    edges.append(max(series["end_ns"], edges[-1] + 1))
    if not per_second:
        return edges, counts
    return edges, [c * 1e9 / (b - a) for c, a, b in zip(counts, edges, edges[1:])]
