"""Writes a page about the shop: sales, customers, stock and what waits to be done, in one HTML file.

The file holds everything it shows: it opens in any browser, on a telephone too, needs no network and can be sent as an
attachment. Every figure comes from a view of the store, which is only read; any member of shop_analyst may do so.

Without --dsn, and without PGHOST, PGSERVICE or the like, it reads the store in the PostgreSQL that deploy.py runs.

exit codes: 0 written; 1 failed, no file was written; 2 wrong usage
"""

from __future__ import annotations

import argparse
import sys
import webbrowser
from pathlib import Path

import psycopg

import store_server
from deployment.errors import DeployError, first_line

HERE = Path(__file__).resolve().parent


def main(arguments: list[str]) -> int:
    """Write the page the arguments ask for; return the exit code."""
    options = parse(arguments)
    try:
        write(page_about(options), options.file)
    except DeployError as error:
        print(f"report.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("report.py: interrupted", file=sys.stderr)
        return 1
    print(f"wrote {options.file}, {options.file.stat().st_size / 1_000_000:.1f} MB")
    if options.open:
        webbrowser.open(options.file.resolve().as_uri())
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """The arguments, or exit code 2 and a word on what is wrong with them."""
    parser = argparse.ArgumentParser(
        "report.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "file",
        nargs="?",
        type=Path,
        default=Path("shop-report.html"),
        metavar="FILE",
        help="where to write (shop-report.html)",
    )
    add("--dsn", help="the database, as libpq takes it: postgresql://user@host/database")
    add("--schema", default="store", help="the schema the store was deployed into (store)")
    add(
        "--as-of",
        metavar="TIME",
        help="what the page calls now, on the store's clock: 2011-12-10 or '2011-12-09 18:00'",
    )
    add("--open", action="store_true", help="show the page in the browser")
    return parser.parse_args(arguments)


def page_about(options: argparse.Namespace) -> str:
    """The page as HTML."""
    try:
        from shop_report.figures import read_figures
        from shop_report.page import page
    except ModuleNotFoundError as error:
        raise DeployError(f"{error.name} is not installed: run pip install -e '.[report]'") from None
    progress("Reading the store's views")
    try:
        with store_server.connect(options.dsn, "report.py", HERE) as connection:
            figures = read_figures(connection, options.schema, options.as_of)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        raise DeployError(
            f"schema {options.schema} holds no store of this release: python deploy.py --schema {options.schema}"
        ) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise DeployError(f"{first_line(error)}: connect as a member of shop_analyst") from None
    except psycopg.errors.DataError as error:
        raise DeployError(f"--as-of: {first_line(error)}") from None
    except psycopg.Error as error:
        raise DeployError(first_line(error)) from None
    progress("Drawing the page")
    return page(figures)


def write(text: str, file: Path) -> None:
    """The whole file or none: a page that is there stays until the new one is complete."""
    new = file.with_name(file.name + ".new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(file)
    except OSError as error:
        raise DeployError(f"cannot write {file}: {error.strerror}") from None


def progress(step: str) -> None:
    """What is being done, for whoever waits; the one line of the result alone goes to standard output."""
    if sys.stderr.isatty():
        print(step, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
