"""Writes one invoice or credit note of the store as an HTML page to print or send: python invoice.py INV-12

The page holds everything it shows, asks for no network and prints on A4 or letter. What stands on it, and which rule of
tax law asks for it, says docs/documents.md. The store is only read; any member of shop_staff may do so.

Without --dsn, and without PGHOST, PGSERVICE or the like, it reads the store in the PostgreSQL that deploy.py runs.

exit codes: 0 written; 1 failed, no file was written; 2 wrong usage
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import NamedTuple

import psycopg

from deployment.errors import DeployError
from shop_report.program import parser_of, run

HIGHEST = 2**63 - 1


class Number(NamedTuple):
    """A document's number: its series, and its place in it."""

    series: str
    number: int

    def __str__(self) -> str:
        return f"{self.series}-{self.number}"


def main(arguments: list[str]) -> int:
    """Write the document the arguments name; return the exit code."""
    options = parse(arguments)
    file = options.file or Path(re.sub(r"[^\w-]", "_", str(options.number)) + ".html")

    def page_of(connection: psycopg.Connection) -> str:
        from shop_invoice.document import read_document
        from shop_invoice.page import page

        document = read_document(connection, options.schema, *options.number)
        if document is None:
            raise DeployError(f"the store has issued no document {options.number}")
        return page(document)

    return run("invoice.py", options, file, "shop_staff", page_of)


def parse(arguments: list[str]) -> argparse.Namespace:
    """The arguments, or exit code 2 and a word on what is wrong with them."""
    parser = parser_of("invoice.py", __doc__)
    parser.add_argument("number", type=number, metavar="NUMBER", help="the document's series and number: INV-12, CN-3")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="where to write (INV-12.html)")
    return parser.parse_intermixed_args(arguments)  # FILE may stand after the options too


def number(text: str) -> Number:
    """Of INV-12 the series INV and 12; a series may have hyphens of its own."""
    series, _, digits = text.rpartition("-")
    if not series or not re.fullmatch("[0-9]{1,19}", digits) or int(digits) > HIGHEST:
        raise argparse.ArgumentTypeError(f"{text} is no series and number, such as INV-12")
    return Number(series, int(digits))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
