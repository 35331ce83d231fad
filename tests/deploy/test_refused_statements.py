"""What would leave the deploy's transaction or settings is refused before anything has run."""

import pytest

from tests.deploy.made_up_tree import relations

REFUSED = {
    "BEGIN": ("SELECT 1;\nBEGIN;\n", 2, "transaction control"),
    "COMMIT": ("SELECT 1;\n\nCOMMIT;\n", 3, "transaction control"),
    "SAVEPOINT": ("SAVEPOINT here;\n", 1, "transaction control"),
    "SET TRANSACTION": ("SET TRANSACTION READ ONLY;\n", 1, "SET TRANSACTION"),
    "SET": ("-- ü\nSET work_mem = '1GB';\n", 2, "SET without LOCAL"),
    "SET ROLE": ("SET ROLE postgres;\n", 1, "SET without LOCAL"),
    "RESET": ("RESET ALL;\n", 1, "SET without LOCAL"),
    "a psql include": ("SELECT 1;\n\\i other.sql\n", 2, "a psql command"),
    "a psql variable": ("  \\set x 1\nSELECT 1;\n", 1, "a psql command"),
    "COPY with its rows": (
        "-- ü\nCOPY orders (total) FROM STDIN;\n1.00\n2.00\n\\.\nSELECT 1;\n",
        2,
        "COPY FROM STDIN",
    ),
    "COPY at the end": ("COPY orders (total) FROM STDIN", 1, "COPY FROM STDIN"),
    "CREATE SCHEMA": ("CREATE SCHEMA other;\n", 1, "CREATE SCHEMA"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_with_file_and_line(tree, store, case):
    """Nothing of the files before it has run."""
    text, line, what = REFUSED[case]
    tree.write("04_views/030_refused.sql", text)
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert outcome.err.startswith(f"sql/04_views/030_refused.sql:{line}: ERROR: {what} cannot")
    assert "HINT: " in outcome.err
    assert relations(store) == set()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SET LOCAL search_path = pg_catalog;", "it changed search_path from store, pg_temp to"),
        ("SELECT set_config('role', 'pg_monitor', FALSE);", "it changed the role from"),
        ("CREATE TABLE public.stray (x INT);", "it made public.stray, outside schema store"),
        (
            "CREATE FUNCTION public.f() RETURNS INT RETURN 1;",
            "it made public.f(), outside schema store",
        ),
    ],
)
def test_what_a_file_leaves_behind_is_checked(tree, store, superuser, text, complaint):
    """What no parser can know, the catalog does."""
    superuser.execute("GRANT CREATE ON SCHEMA public TO store_owner")
    superuser.execute("GRANT pg_monitor TO store_owner")
    tree.write("04_views/030_stray.sql", text)
    outcome = tree.deploy()
    superuser.execute("REVOKE pg_monitor FROM store_owner")
    assert outcome.exit_code == 1
    assert f"sql/04_views/030_stray.sql: ERROR: {complaint}" in outcome.err
    assert relations(store) == set()


@pytest.mark.parametrize(
    "text",
    [
        "SET LOCAL work_mem = '1MB'; SET CONSTRAINTS ALL DEFERRED;",
        "CREATE TEMPORARY TABLE scratch ON COMMIT DROP AS SELECT 1 AS one;",
        "SELECT ';', E'\\';', U&'\\0041;', $a$ ; $b$ ; $a$ /* ; /* nested ; */ ; */; -- ;",
        "",
        "-- nothing but a comment",
    ],
)
def test_what_is_harmless_passes(tree, text):
    """A semicolon ends a statement only where the grammar says so."""
    tree.write("04_views/030_harmless.sql", text)
    tree.deployed()
