# SPDX-License-Identifier: MIT
"""The head of a picture: which run it is, and what it came to."""
from __future__ import annotations

from typing import Any

from .._result import Result
from ._style import GREY, VERDICTS
from ._units import shorten, words


def draw_header(figure: Any, result: Result) -> None:
    height = figure.get_size_inches()[1]
    figure.text(0.02, 1 - 0.2 / height, shorten(result["scenario"], 62), fontsize=12.5,
                fontweight="bold", va="center")
    figure.text(0.98, 1 - 0.2 / height, result["verdict"], fontsize=12, fontweight="bold",
                ha="right", va="center", color=VERDICTS[result["verdict"]])
    figure.text(0.02, 1 - 0.43 / height, _measures(result), fontsize=9, va="center")
    figure.text(0.98, 1 - 0.43 / height, f"seed {result['seed']}   run {result['run_key']}",
                fontsize=8.5, color=GREY, ha="right", va="center")


def _measures(result: Result) -> str:
    parts = []
    for row in result["recovery"]:
        if row["scope"].startswith("site:"):
            continue  # there is room for what clients saw
        rto = "not recovered" if row["rto_ns"] is None else words(row["rto_ns"])
        parts.append(f"RTO {row['scope']} {rto}")
    loss = result["loss"]
    if loss is not None:
        lost = loss["lost_acked_ops"] + loss["lost_after_fault_ops"]
        parts.append(f"RPO {words(loss['rpo_time_ns'])}, "
                     + (f"{lost} acknowledged writes lost" if lost else "no write lost"))
    return "    ".join(parts) or "no fault, nothing to recover from"
