"""Writes docs/schema.md, the diagrams and the dictionary of the schema, from a deployed store's catalog.

Without --dsn it deploys the tree into a PostgreSQL of its own, reads that and stops it again, so that the page tells
what stands in sql/ and nothing else. The page is the same on every version of PostgreSQL from 15 to 18.

exit codes: 0 written, or up to date; 1 failed, or with --check out of date; 2 wrong usage
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

import deploy  # noqa: E402
from docs.schema.catalog import Catalog, CatalogError, read_catalog  # noqa: E402
from docs.schema.page import page  # noqa: E402
from embedded_server import EmbeddedServer, EmbeddedServerError  # noqa: E402

PAGE = ROOT / "docs" / "schema.md"
OUT_OF_DATE = "docs/schema.md is out of date: run python docs/schema/generate.py"


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; return the exit code."""
    options = parse(arguments)
    try:
        text = page(catalog_of(options))
    except (CatalogError, EmbeddedServerError, psycopg.Error) as error:
        print(f"generate.py: {str(error).strip().splitlines()[0]}", file=sys.stderr)
        return 1
    if options.check:
        is_current = PAGE.exists() and PAGE.read_text() == text
        print("docs/schema.md is up to date" if is_current else OUT_OF_DATE)
        return 0 if is_current else 1
    PAGE.write_text(text)
    print(f"wrote docs/schema.md, {len(text.splitlines()):,} lines")
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    """The arguments, or exit code 2 and a word on what is wrong with them."""
    parser = argparse.ArgumentParser(
        "generate.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dsn", help="a database that holds a store deployed from this tree")
    parser.add_argument("--schema", default="store", help="the schema it was deployed into (store)")
    parser.add_argument("--check", action="store_true", help="write nothing; say whether the page is up to date")
    return parser.parse_args(arguments)


def catalog_of(options: argparse.Namespace) -> Catalog:
    """The catalog of the named store, or of one made for the purpose."""
    if options.dsn is not None:
        return read(options.dsn, options.schema)
    with freshly_deployed_store() as dsn:
        return read(dsn, "store")


@contextmanager
def freshly_deployed_store() -> Iterator[str]:
    """A store in a temporary PostgreSQL; how to connect to it."""
    with TemporaryDirectory(prefix="schema-page-") as directory:
        server = EmbeddedServer(Path(directory) / "data", {"fsync": "off"})
        server.start()
        try:
            dsn = server.dsn("postgres")
            with redirect_stdout(io.StringIO()):
                exit_code = deploy.main(["--dsn", dsn])
            if exit_code != 0:
                raise CatalogError("the store was not deployed; deploy.py said above why")
            yield dsn
        finally:
            server.stop()


def read(dsn: str, schema: str) -> Catalog:
    """The catalog of one schema."""
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        path = sql.SQL("SET LOCAL search_path = {}, pg_temp")
        connection.execute(path.format(sql.Identifier(schema)))
        return read_catalog(connection)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
