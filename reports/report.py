# SPDX-License-Identifier: MIT
"""What the reports share: a database in, a picture out, and words for what can go wrong.

They run in a checkout as it is, built or not: `/usr/bin/python3 reports/incident.py shaketable.db`.
Exit status: 0 the picture is written, 2 bad usage or input; then nothing is written.
"""
from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

# The package without its own first module, which would ask for the engine.
_package = ModuleType("shaketable")
_package.__path__ = [str(Path(__file__).resolve().parents[1] / "bindings/python/shaketable")]
sys.modules["shaketable"] = _package
try:
    from shaketable import plots
    from shaketable._results import Results, ResultsError, open_results
except ModuleNotFoundError as missing:
    print(f"error: {missing}; Debian and Ubuntu have python3-numpy and python3-matplotlib",
          file=sys.stderr)
    sys.exit(2)


def parser_for(description: str, output: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("database", metavar="RESULTS.db", help="what `shaketable run` wrote")
    parser.add_argument("-o", "--output", default=output, type=_picture_file, metavar="FILE",
                        help="a .png or .svg file (default: %(default)s)")
    return parser


def write(arguments: argparse.Namespace,
          draw: Callable[[Results], plots.Picture]) -> None:
    """Draws from the database, writes the file and says so; ends the program if that fails."""
    try:
        with open_results(arguments.database) as results:
            picture = draw(results)
        picture.save(arguments.output)
    except ResultsError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{arguments.output}: {error.strerror}")
    print(f"wrote {arguments.output}")


def _picture_file(name: str) -> str:
    if Path(name).suffix.lower().removeprefix(".") not in plots.FORMATS:
        raise argparse.ArgumentTypeError(f"'{name}' must end in .png or .svg")
    return name


def _fail(text: str) -> None:
    print(f"error: {text}", file=sys.stderr)
    sys.exit(2)
