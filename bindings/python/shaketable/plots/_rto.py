# SPDX-License-Identifier: MIT
"""Recovery times: of one run by phase, of many runs as a distribution."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Optional, Union

from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from .._result import Recovery, Result
from .._results import Results
from ._source import Source, result_of
from ._style import BLUE, GREY, INK, ORANGE, PHASES, VERMILLION, Picture, picture, styled
from ._units import duration_ns, put_words, shorten, unit_for, words

Many = Union[Source, Sequence[Result]]

_SCOPES = {"write": BLUE, "read": ORANGE}
_QUANTILES = (0.5, 0.95, 0.99)


class _Run(NamedTuple):
    seed: int
    recovery: Recovery


class _Runs(NamedTuple):
    scenario: str
    count: int
    by_scope: dict[str, list[_Run]]  # from the shortest recovery on; at the end those without one
    target: Optional[str]  # "<= 30s"


@styled
def rto_waterfall(source: Many) -> Picture:
    """Where the time of a recovery went: detect, elect, catch-up, client; or to another site.

    Of one run (see `incident`), the phases one after another. Of a list of results, or of all runs
    in a database that have the scenario of the run that `Results.run` chooses, the runs at the
    median, p95 and p99 and the worst. Every bar is a run that happened, so its phases sum to its
    RTO; runs that had not recovered count as longer than any other.

        >>> import shaketable
        >>> from shaketable import plots
        >>> runs = shaketable.run_many("scenarios/leader_crash_during_writes.yaml", "1..4")
        >>> plots.rto_waterfall(runs).to_bytes("png")[:4]
        b'\\x89PNG'
    """
    runs = _runs_of(source)
    bars = [bar for scope, found in runs.by_scope.items() for bar in _bars(scope, found)]
    height = 1.25 + 0.34 * max(len(bars), 2)
    figure = picture(height)
    _head(figure, runs, "Recovery by phase")
    axes = figure.add_axes((0.205, 0.52 / height, 0.765, 0.34 * max(len(bars), 2) / height))
    if not bars:
        _say_nothing(axes)
        return figure
    longest = max([run.recovery["rto_ns"] or 0 for _, run in bars]) or 1
    unit_ns, unit = unit_for(longest)
    for lane, (_, run) in enumerate(bars):
        _draw_bar(axes, lane, run.recovery, longest, unit_ns)
    axes.set_yticks(range(len(bars)), [name for name, _ in bars])
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_xlim(0, 1.2 * longest / unit_ns)
    axes.tick_params(axis="y", length=0)
    axes.grid(True, axis="x")
    axes.set_xlabel(f"virtual time since t_fault  [{unit}]")
    shown = [p for p in PHASES if any(
        p == phase["name"] for _, run in bars for phase in run.recovery["phases"])]
    if shown:
        axes.legend(handles=[Patch(facecolor=PHASES[p], label=p) for p in shown],
                    loc="lower right", bbox_to_anchor=(1.0, 1.0), ncol=len(shown), borderpad=0,
                    handlelength=1.0)
    return figure


@styled
def rto_distribution(source: Many) -> Picture:
    """How long recovery takes over many runs: the share of runs that had recovered by then.

    `source` is a list of results, or a database (see `rto_waterfall`). A curve stays below 100 % by
    the share of runs that had not recovered when they ended; they are counted, never dropped. The
    quantiles are nearest ranks over all runs. The target is the scenario's `rto.max`.

        >>> import shaketable
        >>> from shaketable import plots
        >>> runs = shaketable.run_many("scenarios/leader_crash_during_writes.yaml", "1..4")
        >>> plots.rto_distribution(runs).to_bytes("svg")[:5]
        b'<?xml'
    """
    runs = _runs_of(source)
    figure = picture(3.6)
    _head(figure, runs, "Distribution of RTO")
    axes = figure.add_axes((0.1, 0.5 / 3.6, 0.66, 2.3 / 3.6))
    if not runs.by_scope:
        _say_nothing(axes)
        return figure
    recovered = [r.recovery["rto_ns"] for found in runs.by_scope.values() for r in found]
    longest = max([ns for ns in recovered if ns is not None], default=0) or 1
    unit_ns, unit = unit_for(longest)
    right = 1.08 * longest / unit_ns
    for place, (scope, found) in enumerate(runs.by_scope.items()):
        _draw_curve(axes, found, right, unit_ns, _SCOPES.get(scope, GREY))
        _list_quantiles(figure, scope, found, 0.79, 2.72 - 1.3 * place)
    _draw_target(axes, runs.target, right, unit_ns)
    axes.set_xlim(min(0, -0.02 * right), right)
    axes.set_ylim(0, 1.03)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    axes.grid(True)
    axes.set_xlabel(f"virtual time since t_fault  [{unit}]")
    axes.set_ylabel("share of runs that had recovered")
    return figure


def _runs_of(source: Many) -> _Runs:
    if isinstance(source, Results):
        results = _same_scenario(source)
    elif isinstance(source, Sequence):
        results = [result_of(each) for each in source]
    else:
        results = [result_of(source)]
    by_scope: dict[str, list[_Run]] = {}
    for result in results:
        for row in result["recovery"]:
            by_scope.setdefault(row["scope"], []).append(_Run(result["seed"], row))
    for found in by_scope.values():
        found.sort(key=lambda run: (_length(run), run.seed))
    targets = [t["objective"] for r in results for t in r["targets"] if t["id"] == "rto.max"]
    names = sorted({result["scenario"] for result in results})
    return _Runs(", ".join(names), len(results), by_scope, targets[0] if targets else None)


def _same_scenario(results: Results) -> list[Any]:
    """Of each run in the database with the scenario of the chosen run, what is drawn of it."""
    of_runs = (
        " FROM run r JOIN scenario s USING(scenario_hash) WHERE r.scenario_hash ="
        " (SELECT scenario_hash FROM run WHERE run_key = ?) ORDER BY r.run_key"
    )
    chosen = [results.find()]
    found = {
        key: {"scenario": name, "seed": int(seed), "recovery": [], "targets": [], "series": []}
        for key, name, seed in zip(*results.query(
            "SELECT r.run_key, s.name, r.seed" + of_runs, chosen).values())
    }
    belongs = "IN (SELECT r.run_key" + of_runs + ")"
    phases: dict[tuple[str, str], list[Any]] = {}
    for key, scope, name, ns in zip(*results.query(
            f"SELECT run_key, scope, name, duration_ns FROM phase WHERE run_key {belongs}"
            " ORDER BY run_key, scope, seq", chosen).values()):
        phases.setdefault((key, scope), []).append({"name": name, "duration_ns": int(ns)})
    for key, scope, ns in zip(*results.query(
            f"SELECT run_key, scope, rto_ns FROM recovery WHERE run_key {belongs}"
            " ORDER BY scope DESC", chosen).values()):
        rto = None if math.isnan(ns) else int(ns)
        found[key]["recovery"].append(
            {"scope": scope, "rto_ns": rto, "phases": phases.get((key, scope), [])})
    for key, objective in zip(*results.query(
            "SELECT run_key, objective FROM target WHERE id = 'rto.max' AND run_key " + belongs,
            chosen).values()):
        found[key]["targets"].append({"id": "rto.max", "objective": objective})
    return list(found.values())


def _length(run: _Run) -> float:
    rto = run.recovery["rto_ns"]
    return math.inf if rto is None else rto


def _at_rank(found: list[_Run], q: float) -> _Run:
    """The smallest of which a share q of all are no longer."""
    return found[max(math.ceil(q * len(found)) - 1, 0)]


def _bars(scope: str, found: list[_Run]) -> list[tuple[str, _Run]]:
    return [(shorten(f"{scope} {name}  seed {run.seed}", 22), run) for name, run in _ranks(found)]


def _ranks(found: list[_Run]) -> list[tuple[str, _Run]]:
    if len(found) == 1:
        return [("run", found[0])]
    return [(f"p{100 * q:g}", _at_rank(found, q)) for q in _QUANTILES] + [("worst", found[-1])]


def _draw_bar(axes: Any, lane: int, recovery: Recovery, longest: int, unit_ns: int) -> None:
    room = 0.012 * longest / unit_ns
    if recovery["rto_ns"] is None:
        axes.barh(lane, 1.2 * longest / unit_ns, height=0.7, facecolor="white",
                  edgecolor=VERMILLION, hatch="////", lw=0.5)
        axes.text(room, lane, "not recovered when the run ended", va="center", fontsize=8.5,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0})
        return
    at = 0
    for phase in recovery["phases"]:
        ns = phase["duration_ns"]
        axes.barh(lane, ns / unit_ns, left=at / unit_ns, height=0.7,
                  facecolor=PHASES[phase["name"]])
        text = words(ns)
        if ns > 0.016 * len(text) * longest:
            axes.text((at + ns / 2) / unit_ns, lane, text, va="center", ha="center", fontsize=8,
                      color="white" if PHASES[phase["name"]] == BLUE else INK)
        at += ns
    axes.text(at / unit_ns + room, lane, words(recovery["rto_ns"]), va="center", fontsize=8.5,
              fontweight="bold")


def _draw_curve(axes: Any, found: list[_Run], right: float, unit_ns: int, color: str) -> None:
    lengths = [run.recovery["rto_ns"] for run in found]
    known = [ns / unit_ns for ns in lengths if ns is not None]
    edges = [-right, *known, right]
    axes.stairs([i / len(found) for i in range(len(known) + 1)], edges, baseline=None, color=color,
                lw=1.8)
    for q in _QUANTILES:
        run = _at_rank(found, q)
        if run.recovery["rto_ns"] is not None and len(found) > 1:
            axes.plot(run.recovery["rto_ns"] / unit_ns, q, marker="o", ms=5, color=color,
                      clip_on=False, zorder=4)
    if len(found) == 1 and known:
        axes.plot(known[0], 1.0, marker="o", ms=5, color=color, clip_on=False, zorder=4)


def _list_quantiles(figure: Any, scope: str, found: list[_Run], x: float, y: float) -> None:
    missing = sum(run.recovery["rto_ns"] is None for run in found)
    color = _SCOPES.get(scope, GREY)
    height = figure.get_size_inches()[1]
    figure.text(x, y / height, scope, color=color, fontweight="bold", va="center")
    rows = _ranks(found)
    for i, (name, run) in enumerate(rows, start=1):
        rto = run.recovery["rto_ns"]
        text = "not recovered" if rto is None else words(rto)
        if rto is not None and run is found[-1]:
            text = shorten(f"{text}  seed {run.seed}", 16)
        figure.text(x, (y - 0.18 * i) / height, name, va="center", fontsize=8.5, color=GREY)
        figure.text(x + 0.06, (y - 0.18 * i) / height, text, va="center", fontsize=8.5)
    if missing:
        figure.text(x, (y - 0.18 * (len(rows) + 1)) / height,
                    f"{missing} of {len(found)} not recovered", va="center", fontsize=8.5,
                    color=VERMILLION)


def _draw_target(axes: Any, target: Optional[str], right: float, unit_ns: int) -> None:
    if target is None:
        return
    ns = duration_ns(target.lstrip("<= "))
    text = f"target {target}"
    if ns is not None and ns / unit_ns <= right:
        axes.axvline(ns / unit_ns, color=VERMILLION, lw=1.4, ls=(0, (4, 2)))
        late = ns / unit_ns > 0.7 * right
        axes.annotate(text, (ns / unit_ns, 0.06), xytext=(-4 if late else 4, 0),
                      textcoords="offset points", color=VERMILLION, ha="right" if late else "left",
                      fontsize=8.5, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})
    else:
        axes.text(0.985, 0.05, f"{text}, beyond this axis →", transform=axes.transAxes, ha="right",
                  color=VERMILLION, fontsize=8.5)


def _head(figure: Any, runs: _Runs, title: str) -> None:
    height = figure.get_size_inches()[1]
    figure.text(0.02, 1 - 0.2 / height, shorten(runs.scenario, 62), fontsize=12.5,
                fontweight="bold", va="center")
    number = f"{runs.count} run" + ("" if runs.count == 1 else "s")
    figure.text(0.02, 1 - 0.43 / height, f"{title}, {number}", fontsize=9, va="center")


def _say_nothing(axes: Any) -> None:
    put_words(axes, "no fault struck, so there was nothing to recover from")
    axes.set_xticks([])
    axes.set_yticks([])
