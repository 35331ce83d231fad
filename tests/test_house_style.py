"""How the SQL reads: the rules of the house that sqlfluff does not know, and sqlfluff itself; ruff for the Python."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SQL_FILES = sorted(
    path.relative_to(ROOT)
    for path in ROOT.rglob("*.sql")
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)
STORE_FILES = [path for path in SQL_FILES if path.parts[0] == "sql"]
LONGEST_FILE = 160  # lines
LONGEST_LINE = 100  # characters; sqlfluff measures none in a function's body

COMMENT = re.compile(r"--.*")


def opens_without_comment(path, text):
    return not text.startswith("-- ")


def is_too_long(path, text):
    return len(text.splitlines()) > LONGEST_FILE


def has_a_long_line(path, text):
    return any(len(line) > LONGEST_LINE for line in text.splitlines())


def is_not_numbered(path, text):
    return not re.fullmatch(r"\d{3}__?[a-z][a-z0-9]*(_[a-z0-9]+)*\.sql", path.name)


def does_not_say_who_calls_it(path, text):
    """Of the procedures, a file is the call it is named for, or holds what calls are made of: `_names`."""
    functions = re.findall(r"CREATE OR REPLACE FUNCTION (\w+)", text)
    name = path.stem[4:]
    is_right = all(function.startswith("_") for function in functions) if name.startswith("_") else functions == [name]
    return path.parent.name == "03_procedures" and not is_right


def names_a_schema(path, text):
    return bool(re.search(r"\b(store|public)\.\w", COMMENT.sub("", text)))


def drops_with_cascade(path, text):
    return bool(re.search(r"\b(DROP|TRUNCATE)\b[^;]*\bCASCADE\b", COMMENT.sub("", text)))


def raises_without_sqlstate(path, text):
    return any("USING ERRCODE" not in found[0] for found in re.finditer(r"RAISE EXCEPTION[^;]*;", text))


def selects_everything(path, text):
    """In a view; what a step of the same view lists may be taken whole."""
    everything = re.findall(r"\bSELECT\s+\*\s+FROM (\w+)", text)
    from_elsewhere = [name for name in everything if not re.search(rf"\b{name} AS \(", text)]
    return path.parent.name in ("02_analytics", "04_views") and bool(from_elsewhere)


def groups_by_number(path, text):
    return bool(re.search(r"\b(GROUP|ORDER) BY \d", COMMENT.sub("", text)))


RULES = {
    opens_without_comment: "CREATE TABLE parcels ();",
    is_too_long: "-- A file that wants to be two.\n" * (LONGEST_FILE + 1),
    has_a_long_line: "-- A line with a word too many".ljust(LONGEST_LINE + 1, "."),
    is_not_numbered: "",
    does_not_say_who_calls_it: "CREATE OR REPLACE FUNCTION _parcels() RETURNS INT",
    names_a_schema: "-- Fine.\nCREATE TABLE store.parcels ();",
    drops_with_cascade: "DROP VIEW parcels CASCADE;",
    raises_without_sqlstate: "RAISE EXCEPTION 'no';",
    selects_everything: "SELECT * FROM parcels;",
    groups_by_number: "SELECT order_id, count(*) FROM parcels GROUP BY 1;",
}


@pytest.mark.parametrize("breaks_rule", RULES)
def test_no_file_of_the_store_breaks_the_rule(breaks_rule):
    broken = [str(path) for path in STORE_FILES if breaks_rule(path, (ROOT / path).read_text())]
    assert broken == []


@pytest.mark.parametrize(("breaks_rule", "offence"), RULES.items())
def test_a_file_that_breaks_the_rule_is_found(breaks_rule, offence):
    directory = "03_procedures" if breaks_rule is does_not_say_who_calls_it else "04_views"
    assert breaks_rule(Path(f"sql/{directory}/9_offence.sql"), offence)


def test_every_sql_file_says_first_why_it_exists():
    broken = [str(path) for path in SQL_FILES if opens_without_comment(path, (ROOT / path).read_text())]
    assert broken == []


def test_no_two_files_of_a_directory_have_the_same_number():
    numbers = [(path.parent, path.name[:3]) for path in STORE_FILES]
    assert sorted(numbers) == sorted(set(numbers))


def test_sqlfluff_finds_nothing():
    finds_nothing("sqlfluff", "lint", "--disable-progress-bar", *SQL_FILES)


def test_ruff_finds_nothing():
    finds_nothing("ruff", "check", "--no-cache", ".")


def finds_nothing(linter, *arguments):
    """Fail with all a linter says, unless it ends with 0."""
    ended = subprocess.run([sys.executable, "-m", linter, *arguments], cwd=ROOT, capture_output=True, text=True)
    if ended.returncode != 0:
        pytest.fail(ended.stdout + ended.stderr, pytrace=False)
