#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the trade-off that `shaketable sweep` has found: all points, and the front none beats.

    reports/pareto.py shaketable.db -o pareto.png
    reports/pareto.py shaketable.db --study election_timeout -o pareto.svg
"""
from report import parser_for, plots, write

parser = parser_for(__doc__.splitlines()[0], "pareto.png")
parser.add_argument("--study", metavar="NAME", help="the name of a study or the beginning of its"
                    " key (default: the only one)")
arguments = parser.parse_args()
write(arguments, lambda results: plots.pareto(results, arguments.study))
