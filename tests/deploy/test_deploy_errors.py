"""An error in a file is reported at its own file and line, and nothing of the deploy stays."""

import pytest

from tests.deploy.made_up_tree import relations

# name: (the file, the line and column of the error, SQLSTATE, what the source line begins with)
BROKEN = {
    "a column, after umlauts": (
        "-- Größe über alles: Übergrößen\nSELECT 'äöü' AS größe;\n\n"
        "CREATE VIEW sums AS\nSELECT\n    'ß' AS x, orders.revenu\nFROM orders;\n",
        (6, 15),
        "42703",
        "    'ß' AS x, orders.revenu",
    ),
    "a PL/pgSQL body": (
        "-- Überschrift\nCREATE FUNCTION broken() RETURNS INT\nLANGUAGE plpgsql AS $broken$\n"
        "BEGIN\n    -- ü\n    RETURN 1 1;\nEND;\n$broken$;\n",
        (6, 14),
        "42601",
        "    RETURN 1 1;",
    ),
    "an SQL body": (
        "CREATE FUNCTION broken() RETURNS INT LANGUAGE sql AS $broken$\n    SELECT nothing FROM orders\n$broken$;\n",
        (2, 12),
        "42703",
        "    SELECT nothing",
    ),
    "a BEGIN ATOMIC body": (
        "CREATE FUNCTION broken() RETURNS INT LANGUAGE sql\nBEGIN ATOMIC\n"
        "    SELECT CASE WHEN TRUE THEN 1 END;\n    SELECT nothing FROM orders;\nEND;\n",
        (4, 12),
        "42703",
        "    SELECT nothing",
    ),
    "a DO block": (
        "SELECT 1;\n\nDO $do$\nDECLARE\n    v_x INT := 0;\nBEGIN\n    -- äöü\n    PERFORM 1 / v_x;\nEND;\n$do$;\n",
        (8, 5),
        "22012",
        "    PERFORM 1 / v_x;",
    ),
    "a RAISE in a DO block": (
        "DO $do$ BEGIN\n    RAISE EXCEPTION 'no' USING ERRCODE = 'ST001', HINT = 'try';\nEND $do$;",
        (2, 5),
        "ST001",
        "    RAISE EXCEPTION",
    ),
    "a deferred constraint": (
        "CREATE TABLE gifts (order_id INT REFERENCES orders DEFERRABLE INITIALLY DEFERRED);\n"
        "INSERT INTO gifts VALUES (77);\nSELECT 1;\n",
        (2, 1),
        "23503",
        "INSERT INTO gifts",
    ),
    "a value, found when it is written": (
        "CREATE TABLE gifts (gift_id INT PRIMARY KEY);\n-- größer;\nINSERT INTO gifts VALUES (1);\n"
        "INSERT INTO gifts VALUES (2);\n  INSERT INTO gifts VALUES (1);\nSELECT 1;\n",
        (5, 3),
        "23505",
        "  INSERT INTO gifts VALUES (1)",
    ),
    "after a statement that ends in a comment": (
        "CREATE TABLE gifts (gift_id INT) -- größer\n;\nCREATE TABLE cards (id INT)\n-- no more;\n;\nSELECT 1 / 0;",
        (6, 1),
        "22012",
        "SELECT 1 / 0;",
    ),
    "the grammar": ("SELECT 1;\nSELEC 'ü';\n", (2, 1), "42601", "SELEC"),
    "the last statement, without a semicolon": ("SELECT 1;\n\nSELECT 1 / 0", (3, 1), "22012", ""),
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_error_is_put_at_its_line(tree, store, case):
    """File, line, column, SQLSTATE and the line itself; and nothing is left behind."""
    text, (line, column), sqlstate, source = BROKEN[case]
    tree.write("04_views/030_broken.sql", text)

    outcome = tree.deploy()

    assert outcome.exit_code == 1
    first, shown, caret = outcome.err.splitlines()[:3]
    assert first.startswith(f"sql/04_views/030_broken.sql:{line}: ERROR {sqlstate}: ")
    assert shown[4:].startswith(source)
    assert caret.index("^") - 4 + 1 == column
    assert relations(store) == set()


def test_json_carries_the_whole_error(tree):
    """What the text shows, and the statement."""
    tree.write("04_views/030_broken.sql", BROKEN["a RAISE in a DO block"][0])
    error = tree.deploy("--json").json["error"]
    assert error.pop("statement").startswith("DO $do$ BEGIN")
    assert error.pop("context").startswith("PL/pgSQL function inline_code_block line 2")
    assert error == {
        "file": "sql/04_views/030_broken.sql",
        "line": 2,
        "column": 5,
        "sqlstate": "ST001",
        "message": "no",
        "detail": None,
        "hint": "try",
    }


def test_detail_hint_and_context_are_printed(tree):
    """Where the server gave them."""
    tree.write(
        "04_views/030_broken.sql",
        "DO $do$ BEGIN RAISE EXCEPTION 'm' USING DETAIL = 'd', HINT = 'h'; END $do$;",
    )
    lines = tree.deploy().err.splitlines()
    assert "DETAIL: d" in lines
    assert "HINT: h" in lines
    assert any(line.startswith("CONTEXT: PL/pgSQL function") for line in lines)


def test_a_deferred_constraint_may_be_broken_inside_a_file(tree):
    """It is checked at the file's end, and is deferred again in the next file."""
    tree.write(
        "01_schema/020_pairs.sql",
        "CREATE TABLE pairs (id INT PRIMARY KEY, other INT REFERENCES pairs"
        " DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO pairs VALUES (1, 2), (2, 1);\n",
    )
    tree.write(
        "01_schema/030_more_pairs.sql",
        "INSERT INTO pairs VALUES (3, 4);\nINSERT INTO pairs VALUES (4, 3);\n",
    )
    tree.deployed()


@pytest.mark.parametrize("hidden", ["\u00a0", "\u200b", "\ufeff"])
def test_what_nobody_sees_is_named(tree, hidden):
    """A no-break space from a web page makes no sense of a line in which nothing is wrong."""
    tree.write("04_views/030_copied.sql", f"CREATE OR REPLACE VIEW copied AS\n\tSELECT 1 AS{hidden} one;\n")
    outcome = tree.deploy()
    assert outcome.err.startswith("sql/04_views/030_copied.sql:2: ERROR 42601: ")
    assert f"HINT: In that line stands what nobody sees: U+{ord(hidden):04X}.\n" in outcome.err
