# SPDX-License-Identifier: MIT
"""Every shipped scenario gives the result that expected.json holds.

    python3 tests/scenarios/shipped.py build/bin/shaketable             compares
    python3 tests/scenarios/shipped.py build/bin/shaketable --update    writes the table anew

The table has, for each scenario and a few seeds, the exit code, verdict and fingerprint. A change
of the model changes fingerprints: then update, and say in the commit why. An update also renews
scenarios/baselines, with which `shaketable gate` compares. Whatever the table says,
every scenario must pass, except the canaries, which must fail, and for a reason: a finding or a
missed target. A scenario without an entry fails, as does an entry without a scenario.
"""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = Path(__file__).with_name("expected.json")
SEEDS = (1, 2, 3)

Row = dict[str, Any]
Table = dict[str, dict[str, Row]]  # by scenario and seed


def shipped_scenarios(root: Path) -> list[str]:
    """Every scenario that is meant to be run by itself and is short, from the repository root."""
    found = sorted(root.glob("scenarios/*.yaml")) + sorted(root.glob("scenarios/canary/*.yaml"))
    return [path.relative_to(root).as_posix() for path in found]


def run(program: str, scenario: str, seed: int) -> tuple[int, dict[str, Any]]:
    """(exit code, what `--json` says)."""
    command = [program, "run", scenario, "--seed", str(seed), "--db", "none", "--json"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(
            f"{scenario} seed {seed}: exit {done.returncode}, no JSON\n{done.stderr.strip()}"
        ) from None


def broken_rule(scenario: str, exit_code: int, said: dict[str, Any]) -> str | None:
    """What is wrong with the result, whatever was expected of it."""
    if not scenario.startswith("scenarios/canary/"):
        if exit_code != 0 or said["verdict"] != "pass":
            return f"must pass, but exit {exit_code}, verdict {said['verdict']}"
        return None
    if exit_code != 1 or said["verdict"] != "fail":
        return f"a canary must fail, but exit {exit_code}, verdict {said['verdict']}"
    missed = [row["id"] for row in said["targets"] + said["checks"] if row["verdict"] == "fail"]
    if not said["findings"] and not missed:
        return "a canary must fail for a reason, but there is no finding and no missed target"
    return None


def renew_baselines(program: str) -> str | None:
    """Why the gate's baselines of all scenarios but the canaries could not be renewed."""
    gated = [path for path in shipped_scenarios(ROOT) if not path.startswith("scenarios/canary/")]
    command = [program, "gate", *gated, "--update", "--quiet"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False
    )
    return None if done.returncode == 0 else f"baselines: {done.stdout}{done.stderr}".strip()


def row_of(exit_code: int, said: dict[str, Any]) -> Row:
    return {"exit": exit_code, "verdict": said["verdict"], "fingerprint": said["fingerprint"]}


def differences(expected: Table, actual: Table) -> list[str]:
    """One message a difference between the two tables."""
    found = []
    for scenario in sorted(expected.keys() | actual.keys()):
        if scenario not in actual:
            found.append(f"{scenario}: in the table, but there is no such file")
            continue
        if scenario not in expected:
            found.append(f"{scenario}: not in the table; add it by --update")
            continue
        if expected[scenario].keys() != actual[scenario].keys():
            found.append(f"{scenario}: the table has seeds {sorted(expected[scenario])}")
        for seed in sorted(expected[scenario].keys() & actual[scenario].keys()):
            for key, value in expected[scenario][seed].items():
                if actual[scenario][seed].get(key) != value:
                    now = actual[scenario][seed].get(key)
                    found.append(f"{scenario} seed {seed}: {key} was {value}, now {now}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--update", action="store_true", help="write what is found as expected")
    options = parser.parse_args()
    program = str(Path(options.program).resolve())

    problems: list[str] = []
    actual: Table = {}
    for scenario in shipped_scenarios(ROOT):
        actual[scenario] = {}
        for seed in SEEDS:
            try:
                exit_code, said = run(program, scenario, seed)
            except RuntimeError as error:
                problems.append(str(error))
                continue
            broken = broken_rule(scenario, exit_code, said)
            if broken:
                problems.append(f"{scenario} seed {seed}: {broken}")
            actual[scenario][str(seed)] = row_of(exit_code, said)
    if not actual:
        problems.append("there is no scenario under scenarios/")
    if options.update and not problems:
        EXPECTED.write_text(json.dumps(actual, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        failed = renew_baselines(program)
        if failed:
            problems.append(failed)
    elif not options.update:
        problems += differences(json.loads(EXPECTED.read_text(encoding="utf-8")), actual)
    if problems:
        print("\n".join(problems), file=sys.stderr)
    what = "written" if options.update and not problems else "run"
    print(f"{len(actual)} scenarios, {len(SEEDS)} seeds each, {what}; {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
