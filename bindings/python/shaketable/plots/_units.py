# SPDX-License-Identifier: MIT
"""Times in words, and axes of time whose unit fits their span."""
from __future__ import annotations

import re
from typing import Any, Optional

_UNITS = ((1, "ns"), (1_000, "µs"), (1_000_000, "ms"), (1_000_000_000, "s"))
_MINUTE = 60 * 1_000_000_000


def words(ns: float) -> str:
    """A duration in three digits or so, in the largest unit that it reaches.

    >>> words(186_379_195), words(0), words(5e9), words(90e9), words(3_600e9), words(-2_500)
    ('186 ms', '0 s', '5 s', '90 s', '60 min', '-2.5 µs')
    """
    if ns == 0:
        return "0 s"
    if abs(ns) >= 10 * _MINUTE:
        return f"{ns / _MINUTE:.3g} min"
    size, unit = next((u for u in reversed(_UNITS) if abs(ns) >= u[0]), _UNITS[0])
    value = ns / size
    return f"{value:.0f} {unit}" if abs(value) >= 100 else f"{value:.3g} {unit}"


def unit_for(span_ns: float) -> tuple[int, str]:
    """The unit for an axis of this length: its nanoseconds and its name.

    >>> unit_for(400_000_000), unit_for(60_000_000_000), unit_for(3_600_000_000_000)
    ((1000000, 'ms'), (1000000000, 's'), (60000000000, 'min'))
    """
    if span_ns >= 10 * _MINUTE:
        return _MINUTE, "min"
    return next((u for u in reversed(_UNITS) if span_ns >= 2 * u[0]), _UNITS[0])


def shorten(text: str, most: int) -> str:
    """At most so many characters.

    >>> shorten("node-1", 10), shorten("a-rather-long-name", 10)
    ('node-1', 'a-rather-…')
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def put_words(axes: Any, text: str) -> None:
    """Says in the middle of an empty panel why it is empty."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color="#767676")


_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)")
_SIZES = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": _MINUTE,
          "h": 60 * _MINUTE, "d": 24 * 60 * _MINUTE}


def duration_ns(text: str) -> Optional[int]:
    """A duration as scenarios spell it; None if it is none.

    >>> duration_ns("30s"), duration_ns("1m30s"), duration_ns("1.5ms"), duration_ns("soon")
    (30000000000, 90000000000, 1500000, None)
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(round(float(number) * _SIZES[unit]) for number, unit in parts)
