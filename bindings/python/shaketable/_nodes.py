# SPDX-License-Identifier: MIT
"""The nodes of a cluster, as they stand at one instant."""
from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import Literal, Optional

NodeState = Literal["running", "paused", "starting", "dead", "off"]
Role = Literal["follower", "pre-candidate", "candidate", "leader"]


@dataclass(frozen=True)
class Node:
    """A node as it stood when it was looked at; it does not follow the drill.

    Of a node that does not run, what it had when it stopped; it has no role then.
    """

    name: str
    state: NodeState  # dead: without a process; off: without power, too
    role: Optional[Role]
    term: int
    vote: Optional[str]  # whom it voted for in this term
    leader: Optional[str]  # as far as the node itself knows
    commit_index: int  # of its log, counted from 1: known to be committed
    applied_index: int  # in its state machine
    last_index: int  # the end of its log


class Nodes(dict[str, Node]):
    """The nodes by name; shows itself as a table."""

    def __missing__(self, name: str) -> Node:
        raise KeyError(f"there is no node {name!r}; there are {', '.join(self)}")

    def __repr__(self) -> str:
        rows = [[field.name for field in fields(Node)]]
        rows += [["-" if v is None else str(v) for v in astuple(node)] for node in self.values()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join(lines)
