# SPDX-License-Identifier: MIT
"""Plausible one-line bugs of the core, and of some floors of sim, kept as patches beside this file.

A patch begins with `Promise: ` and the promise that it breaks, then changes one line of the code
under test. scripts/mutants applies each and sees which test or which finding catches it.
"""
from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
# What a node is made of, so that a scenario may find a bug in it.
IN_NODES = ("core/raft/", "core/node/", "core/kv/", "core/wal/")
MAY_BREAK = IN_NODES + ("core/stats/", "core/detector/", "core/resilience/", "core/replication/",
                        "core/backup/", "sim/service/", "sim/site/", "sim/measure/site_",
                        "sim/backup/", "sim/deploy/", "sim/host/")


@dataclass(frozen=True)
class Patch:
    path: Path
    promise: str  # the one that it breaks; empty if the header is missing
    files: tuple[str, ...]
    added: int
    removed: int

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def unit_tests(self) -> str:
        """The program that is to catch it."""
        of_core = all(file.startswith("core/") for file in self.files)
        return "shaketable_core_tests" if of_core else "shaketable_sim_tests"

    @property
    def in_nodes(self) -> bool:
        return all(file.startswith(IN_NODES) for file in self.files)


def read(path: Path) -> Patch:
    lines = path.read_text(encoding="utf-8").splitlines()
    found = re.fullmatch(r"Promise: (\S.*)", lines[0]) if lines else None
    body = [line for line in lines if not line.startswith(("---", "+++"))]
    return Patch(
        path,
        found.group(1) if found else "",
        tuple(line[len("+++ b/") :] for line in lines if line.startswith("+++ b/")),
        sum(line.startswith("+") for line in body),
        sum(line.startswith("-") for line in body),
    )


def all_patches(folder: Path = FOLDER) -> list[Patch]:
    return [read(path) for path in sorted(folder.glob("*.patch"))]


def apply(patch: Patch, tree: Path, *options: str) -> str:
    """Applies it, or does what the options of `git apply` say; returns what went wrong, or ''."""
    # The tree may lie within a repository, and is none itself as far as this is concerned.
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(tree.resolve().parent)}
    command = ["git", "apply", *options, str(patch.path)]
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else done.stderr.strip() or "git apply failed"
