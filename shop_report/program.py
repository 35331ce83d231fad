"""What the programs that write a page have in common: how they are called, where they read, the one file they write."""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

import psycopg

import deployment.report as terminal
import store_server
from deploy import Parser, given, schema_name
from deployment.errors import DeployError, first_line, without_passwords

ROOT = Path(__file__).resolve().parents[1]


def parser_of(program: str, description: str | None) -> argparse.ArgumentParser:
    """The arguments every such program takes, but for the file."""
    parser = Parser(program, description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dsn", type=given, help="the database, as libpq takes it: postgresql://user@host/database")
    parser.add_argument(
        "--schema", type=schema_name, default="store", help="the schema the store was deployed into (store)"
    )
    parser.add_argument("--open", action="store_true", help="show the page in the browser")
    return parser


def run(
    program: str, options: argparse.Namespace, file: Path, readers: str, page: Callable[[psycopg.Connection], str]
) -> int:
    """Write what `page` makes of the store, which members of `readers` may read; return the exit code."""
    try:
        write(page_of(program, options, readers, page), file)
    except DeployError as error:
        terminal.write(sys.stderr, f"{program}: {without_passwords(str(error))}")
        return error.exit_code
    except KeyboardInterrupt:
        terminal.write(sys.stderr, f"{program}: interrupted")
        return 1
    if file.is_file():  # what went into a pipe is not to be followed by a word of ours
        terminal.write(sys.stdout, f"wrote {file}, {file.stat().st_size / 1000:,.0f} kB")
    if options.open:
        webbrowser.open(file.resolve().as_uri())
    return 0


def page_of(program: str, options: argparse.Namespace, readers: str, page: Callable[[psycopg.Connection], str]) -> str:
    """The page; what keeps it from being made, in one line."""
    try:
        with store_server.connect(options.dsn, program, ROOT) as connection:
            return page(connection)
    except ModuleNotFoundError as error:
        raise DeployError(f"{error.name} is not installed: run pip install -e '.[report]'") from None
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedFunction):
        raise DeployError(
            f"schema {options.schema} holds no store of this release: python deploy.py --schema {options.schema}"
        ) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise DeployError(
            f"{first_line(error)}: connect as a member of {readers} that has USAGE on schema {options.schema}"
        ) from None
    except psycopg.Error as error:
        raise DeployError(first_line(error)) from None


def write(text: str, file: Path) -> None:
    """The whole file or none: a page that is there stays until the new one is complete. A pipe or a device is no
    file to be replaced, and takes what comes."""
    new = None
    try:
        if file.exists() and not file.is_file():
            file.write_text(text, encoding="utf-8")
            return
        target = Path(os.path.realpath(file))  # what a link leads to, not the link
        new = target.with_name(f".{os.getpid()}.new")  # another run's has another name
        new.write_text(text, encoding="utf-8")
        new.replace(target)
    except OSError as error:
        raise DeployError(f"cannot write {file}: {error.strerror}") from None
    finally:
        if new is not None:
            new.unlink(missing_ok=True)
