"""Writes a page about the shop: sales, customers, stock and what waits to be done, in one HTML file.

The file holds everything it shows: it opens in any browser, on a telephone too, needs no network and can be sent as an
attachment. Every figure comes from a view of the store, which is only read; any member of shop_analyst may do so.

Without --dsn, and without PGHOST, PGSERVICE or the like, it reads the store in the PostgreSQL that deploy.py runs.

exit codes: 0 written; 1 failed, no file was written; 2 wrong usage
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import psycopg

from deploy import given
from deployment.errors import DeployError, first_line
from shop_report.program import parser_of, run


def main(arguments: list[str]) -> int:
    """Write the page the arguments ask for; return the exit code."""
    options = parse(arguments)

    def page_about(connection: psycopg.Connection) -> str:
        from shop_report.figures import read_figures
        from shop_report.page import page

        progress("Reading the store's views")
        try:
            figures = read_figures(connection, options.schema, options.as_of)
        except psycopg.errors.DataError as error:
            raise DeployError(f"--as-of: {first_line(error)}") from None
        progress("Drawing the page")
        return page(figures)

    return run("report.py", options, options.file, "shop_analyst", page_about)


def parse(arguments: list[str]) -> argparse.Namespace:
    """The arguments, or exit code 2 and a word on what is wrong with them."""
    parser = parser_of("report.py", __doc__)
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=Path("shop-report.html"),
        metavar="FILE",
        help="where to write (shop-report.html)",
    )
    parser.add_argument(
        "--as-of",
        type=given,
        metavar="TIME",
        help="what the page calls now, on the store's clock: 2011-12-10 or '2011-12-09 18:00'",
    )
    return parser.parse_args(arguments)


def progress(step: str) -> None:
    """What is being done, for whoever waits; the one line of the result alone goes to standard output."""
    if sys.stderr.isatty():
        print(step, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
