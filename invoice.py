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
import webbrowser
from pathlib import Path
from typing import NamedTuple

import psycopg

import store_server
from deployment.errors import DeployError, first_line
from report import write

HERE = Path(__file__).resolve().parent
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
    try:
        write(page_of(options), file)
    except DeployError as error:
        print(f"invoice.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("invoice.py: interrupted", file=sys.stderr)
        return 1
    print(f"wrote {file}")
    if options.open:
        webbrowser.open(file.resolve().as_uri())
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """The arguments, or exit code 2 and a word on what is wrong with them."""
    parser = argparse.ArgumentParser(
        "invoice.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("number", type=number, metavar="NUMBER", help="the document's series and number: INV-12, CN-3")
    add("file", nargs="?", type=Path, metavar="FILE", help="where to write (INV-12.html)")
    add("--dsn", help="the database, as libpq takes it: postgresql://user@host/database")
    add("--schema", default="store", help="the schema the store was deployed into (store)")
    add("--open", action="store_true", help="show the page in the browser")
    return parser.parse_args(arguments)


def number(text: str) -> Number:
    """Of INV-12 the series INV and 12; a series may have hyphens of its own."""
    series, _, digits = text.rpartition("-")
    if not series or not re.fullmatch("[0-9]{1,19}", digits) or int(digits) > HIGHEST:
        raise argparse.ArgumentTypeError(f"{text} is no series and number, such as INV-12")
    return Number(series, int(digits))


def page_of(options: argparse.Namespace) -> str:
    """The page as HTML."""
    try:
        from shop_invoice.document import read_document
        from shop_invoice.page import page
    except ModuleNotFoundError as error:
        raise DeployError(f"{error.name} is not installed: run pip install -e '.[report]'") from None
    try:
        with store_server.connect(options.dsn, "invoice.py", HERE) as connection:
            document = read_document(connection, options.schema, *options.number)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        raise DeployError(
            f"schema {options.schema} holds no store of this release: python deploy.py --schema {options.schema}"
        ) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise DeployError(f"{first_line(error)}: connect as a member of shop_staff") from None
    except psycopg.Error as error:
        raise DeployError(first_line(error)) from None
    if document is None:
        raise DeployError(f"the store has issued no document {options.number}")
    return page(document)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
