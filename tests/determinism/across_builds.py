# SPDX-License-Identifier: MIT
"""The same scenario and seed give the same run in every build, process and environment.

    python3 tests/determinism/across_builds.py --cli build/bin/shaketable \\
        --runs release=build/bin/shaketable_runs --runs debug=build-dev/bin/shaketable_runs \\
        [--seeds 1..1] [SCENARIO...]

runs each scenario (default: all shipped ones but the slow) with each build of runs.cpp and compares
all that they say of each run, the time on the wall aside. The command line's program runs them as
well, in a process whose environment, number of threads and fresh memory differ; addresses differ
anyway, by the kernel's doing. The first difference of each pair is printed with the names of both,
and the exit code is 1.

Programs in $SHAKETABLE_VARIANTS/*/bin/shaketable_runs are compared, too.
"""
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOT_OF_THE_RUN = ("wall_ns", "replay")
# What a run must not look at, as different as can be.
PLAIN = {"LC_ALL": "C", "TZ": "UTC"}
STRANGE = {
    "LC_ALL": "de_DE.UTF-8",
    "LANG": "tr_TR.UTF-8",
    "TZ": "Pacific/Kiritimati",
    "HOME": "/nonexistent",
    "MALLOC_PERTURB_": "165",  # glibc fills fresh and freed memory with this byte's pattern
    "A_LONG_VARIABLE_MOVES_THE_STACK": "x" * 4096,
}


def shipped_scenarios() -> list[str]:
    """Every scenario that is meant to be run by itself and is short, from the repository root."""
    found = sorted(ROOT.glob("scenarios/*.yaml")) + sorted(ROOT.glob("scenarios/canary/*.yaml"))
    return [path.relative_to(ROOT).as_posix() for path in found]


def of_the_run(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: of_the_run(v) for k, v in value.items() if k not in NOT_OF_THE_RUN}
    if isinstance(value, list):
        return [of_the_run(v) for v in value]
    return value


def first_difference(a: Any, b: Any, where: str = "") -> str | None:
    """The first place, in reading order, where two JSON values differ; None if they don't."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in list(a) + [k for k in b if k not in a]:
            if key not in a or key not in b:
                return f"{where}.{key} is in one only"
            found = first_difference(a[key], b[key], f"{where}.{key}")
            if found:
                return found
        return None
    if isinstance(a, list) and isinstance(b, list):
        for i, (x, y) in enumerate(zip(a, b)):
            found = first_difference(x, y, f"{where}[{i}]")
            if found:
                return found
        return None if len(a) == len(b) else f"{where} has {len(a)} elements, then {len(b)}"
    return None if type(a) is type(b) and a == b else f"{where} is {a!r}, then {b!r}"


def differing_seeds(a: Any, b: Any) -> list[Any]:
    """The seeds of the runs whose fingerprints differ."""
    pairs = zip(a["runs"], b["runs"])
    return [x.get("seed") for x, y in pairs if x.get("fingerprint") != y.get("fingerprint")]


def run(command: list[str], environment: dict[str, str]) -> Any:
    """The runs that the program speaks of. Raises RuntimeError if it says no JSON."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": os.environ.get("PATH", ""), **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    try:
        said = of_the_run(json.loads(done.stdout))
        # A single run is shown as it is.
        return {"runs": [said] if "fingerprint" in said else said["runs"]}
    except (ValueError, KeyError):
        raise RuntimeError(
            f"{' '.join(command)}: exit {done.returncode}, no runs\n{done.stderr.strip()}"
        ) from None


def compare(cli: str, programs: list[tuple[str, str]], scenario: str, seeds: str) -> list[str]:
    """Runs the scenario everywhere; one message a program that differs from the first."""
    bounds = seeds.split("..")
    first, path = programs[0]
    try:
        reference = run([path, scenario, *bounds], PLAIN)
    except RuntimeError as error:
        return [str(error)]
    strange = [cli, "run", scenario, "--seeds", seeds, "-j", "2", "--db", "none", "--json"]
    others = [("the program in another environment", strange, STRANGE)]
    others += [(name, [other, scenario, *bounds], PLAIN) for name, other in programs[1:]]
    problems = []
    for name, command, environment in others:
        try:
            said = run(command, environment)
        except RuntimeError as error:
            problems.append(f"{name}: {error}")
            continue
        found = first_difference(reference, said)
        if found:
            seeds_hit = differing_seeds(reference, said)
            hint = f"\n    fingerprints differ for seeds {seeds_hit}" if seeds_hit else ""
            problems.append(f"{scenario}: {first} and {name} differ:\n    {found}{hint}")
    return problems


def variants() -> list[tuple[str, str]]:
    folder = os.environ.get("SHAKETABLE_VARIANTS")
    if not folder:
        return []
    found = sorted(Path(folder).glob("*/bin/shaketable_runs"))
    if not found:
        raise SystemExit(f"SHAKETABLE_VARIANTS={folder} holds no */bin/shaketable_runs")
    return [(path.parts[-3], str(path)) for path in found]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cli", required=True, metavar="PATH")
    parser.add_argument("--runs", action="append", required=True, metavar="NAME=PATH")
    parser.add_argument("--seeds", default="1..1", metavar="A..B")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    options = parser.parse_args()
    cli = str(Path(options.cli).resolve())
    programs = []
    for item in options.runs:
        name, _, path = item.partition("=")
        programs.append((name, str(Path(path).resolve())))
    programs += variants()
    scenarios = options.scenarios or shipped_scenarios()
    if not scenarios:
        raise SystemExit("there is no scenario to run")
    problems = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        all_found = pool.map(lambda each: compare(cli, programs, each, options.seeds), scenarios)
        for scenario, found in zip(scenarios, all_found):
            print(f"{'differs' if found else 'same   '} {scenario}", flush=True)
            problems += found
    names = ", ".join(name for name, _ in programs)
    print(f"{len(scenarios)} scenarios, seeds {options.seeds}, builds: {names}")
    if problems:
        print("\n".join(problems), file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
