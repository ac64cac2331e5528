#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the timeline of one run: what broke, who led, what the clients got, when service was back.

    reports/incident.py shaketable.db -o incident.png
    reports/incident.py shaketable.db --run 6087a881 -o incident.svg
"""
from report import parser_for, plots, write

parser = parser_for(__doc__.splitlines()[0], "incident.png")
parser.add_argument(
    "--run", metavar="RUN_KEY", help="the run's key or its beginning (default: of the latest runs"
    " the first that failed, else the first inconclusive one, else the slowest to recover)")
arguments = parser.parse_args()
write(arguments, lambda results: plots.incident(results.run(arguments.run)))
