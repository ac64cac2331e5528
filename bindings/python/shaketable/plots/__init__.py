# SPDX-License-Identifier: MIT
"""Pictures of runs and of many runs, for a post-mortem: made with matplotlib, in one style.

The same result gives the same bytes, as PNG or SVG, 800 pixels wide.
"""
from __future__ import annotations

from ._detectors import detectors
from ._incident import incident
from ._pareto import pareto
from ._rto import rto_distribution, rto_waterfall
from ._services import services
from ._style import FORMATS, Picture

__all__ = ["FORMATS", "Picture", "detectors", "incident", "pareto", "rto_distribution",
           "rto_waterfall", "services"]
