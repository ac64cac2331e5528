#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes reports/services.md: scenarios in which services fall, beside those with a cure.

    reports/cures.py build/bin/shaketable -o reports/services.md
    reports/cures.py build/bin/shaketable --seed 7
"""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Optional

ROOT = Path(__file__).resolve().parents[1]

# What falls, and what it falls by; then what differs, and what that is called.
GROUPS = (
    ("Retries after an outage of ten seconds", (
        ("retry_storm_outlives_its_trigger", "none"),
        ("dropping_what_has_expired_does_not_end_the_storm", "what has expired is dropped"),
        ("retry_storm_ends_when_retries_have_a_budget", "a budget of retries"),
        ("retry_storm_ends_when_the_queue_is_short", "a short queue"),
        ("retry_storm_ends_when_nobody_waits_for_long", "a bound on waiting"),
        ("retry_storm_ends_when_the_last_come_are_served_first", "last come, first served"),
        ("half_the_load_survives_the_same_outage", "half the load"))),
    ("A cache that is lost", (
        ("lost_cache_never_fills_behind_a_long_queue", "none"),
        ("lost_cache_fills_again_behind_a_short_queue", "a short queue"))),
    ("A store that is slow", (
        ("slow_store_takes_the_whole_shop_down", "none"),
        ("breakers_keep_a_slow_store_from_the_shop", "breakers"),
        ("bulkheads_keep_a_slow_store_from_the_shop", "bulkheads"),
        ("deadlines_bound_what_a_slow_store_costs", "deadlines that travel"),
        ("breakers_reset_before_the_fix_let_the_cascade_in", "breakers, reset before the fix"),
        ("breakers_reset_after_the_fix_let_service_in", "slow breakers, reset after the fix"))),
    ("A node that is dead", (
        ("dead_node_is_asked_again_and_again", "none"),
        ("health_checks_lead_around_a_dead_node", "health checks"))),
    ("A hub that was restarted", (
        ("herd_comes_back_in_step_after_a_restart", "none"),
        ("jitter_spreads_the_herd_after_a_restart", "jitter"))),
    ("A neighbour that takes the processor", (
        ("greedy_reports_starve_the_shop", "none"),
        ("bounded_reports_leave_the_shop_its_processor", "a bulkhead and a rate limit"))),
    ("A rush", (
        ("unbounded_queue_kills_the_process_that_holds_it", "none"),
        ("bounded_queue_survives_the_same_rush", "a bounded queue"))),
    ("A callee that fails now and then", (
        ("touchy_breaker_flaps_and_refuses_what_would_succeed", "a breaker that trips early"),
        ("breaker_by_ratio_bears_a_fifth_of_failures", "a breaker that goes by ratio"))),
    ("Connections that run out", (
        ("exhausted_connections_turn_every_second_call_away", "none"),
        ("second_attempt_finds_a_free_connection", "a second attempt"))),
)
_HEAD = """# Services that fall, and what keeps them up

Written by `reports/cures.py` from runs of `scenarios/`, {seed}. Success is of clients' requests
after the warm-up; goodput is successes per second of the service that clients ask, before the first
fault and at the end. Metastable: goodput stays below half of before, for five minutes, when nothing
is broken any more; unknown where a run is too short to tell. Out of service, and until it was there
for good: by `service_level` of each scenario. The verdict is that of the scenario's own checks,
which say what is to happen: of a fall, that it happens. Pictures: `reports/services.py`.
"""


def run(program: str, name: str, seed: int) -> dict[str, Any]:
    command = [program, "run", f"scenarios/{name}.yaml", "--seed", str(seed), "--db", "none",
               "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        sys.exit(f"error: {name}: {done.stderr.strip()}")


def row(cure: str, name: str, result: dict[str, Any]) -> str:
    clients = result["clients"][0]
    service = next(one for one in result["services"] if one["id"] == clients["service"])
    requests = clients["requests"]
    cells = [cure, f"[{name}](../scenarios/{name}.yaml)",
             f"{100 * requests['ok'] / max(requests['ended'], 1):.1f} %",
             _per_second(service["goodput_before"]), _per_second(service["goodput_end"]),
             service["metastable"], *_recovery(result, clients["service"]), result["verdict"]]
    return f"| {' | '.join(cells)} |"


def _per_second(value: Optional[float]) -> str:
    return "-" if value is None else f"{value:.0f}"


def _recovery(result: dict[str, Any], service: str) -> tuple[str, str]:
    """How long the service was not there, and how long until it was there for good."""
    found = next((one for one in result["recovery"] if one["scope"] == f"service:{service}"), None)
    if found is None:
        return "-", "-"
    rto = "never" if found["rto_ns"] is None else f"{found['rto_ns'] / 1e9:.1f} s"
    return f"{found['unavailable_ns'] / 1e9:.1f} s", rto


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="shaketable")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, help="a file (default: standard output)")
    arguments = parser.parse_args()
    program = str(Path(arguments.program).resolve())
    lines = [_HEAD.format(seed=f"seed {arguments.seed}")]
    for title, members in GROUPS:
        lines += [f"## {title}", "",
                  "| cure | scenario | success | before, /s | at the end, /s | metastable "
                  "| out of service | RTO | verdict |", "|---|---|---|---|---|---|---|---|---|"]
        lines += [row(cure, name, run(program, name, arguments.seed)) for name, cure in members]
        lines.append("")
    text = "\n".join(lines)
    if arguments.output:
        arguments.output.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
