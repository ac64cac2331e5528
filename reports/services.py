#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the services of one run: what was asked, what was answered, and which breakers were open.

    reports/services.py shaketable.db -o services.png
    reports/services.py shaketable.db --run 6087a881 -o services.svg
"""
from report import parser_for, plots, write

parser = parser_for(__doc__.splitlines()[0], "services.png")
parser.add_argument(
    "--run", metavar="RUN_KEY", help="the run's key or its beginning (default: of the latest runs"
    " the first that failed, else the first inconclusive one, else the slowest to recover)")
arguments = parser.parse_args()
write(arguments, lambda results: plots.services(results.run(arguments.run)))
