#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws how soon failure detectors notice and how often they are wrong, as a sweep has found it.

    shaketable sweep scenarios/studies/phi_threshold.yaml --db detectors.db
    reports/detectors.py detectors.db -o detectors.png
"""
from report import parser_for, plots, write

parser = parser_for(__doc__.splitlines()[0], "detectors.png")
parser.add_argument("--study", metavar="NAME", help="the name of a study or the beginning of its"
                    " key (default: the only one)")
arguments = parser.parse_args()
write(arguments, lambda results: plots.detectors(results, arguments.study))
