"""What would leave the deploy's transaction or settings is refused before anything has run."""

import pytest

from tests.deploy.made_up_tree import relations, scalar, wait_until

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
    "COPY TO STDOUT": ("SELECT 1;\nCOPY orders TO STDOUT;", 2, "COPY TO STDOUT"),
    "a publication": ("CREATE PUBLICATION p FOR TABLE orders;", 1, "what belongs to the whole database"),
    "an event trigger": (
        "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f();", 1, "what belongs to the whole database",
    ),
    "CREATE SCHEMA": ("CREATE SCHEMA other;\n", 1, "CREATE SCHEMA"),
    "COMMIT and a comment": ("CREATE TABLE u (id INT);\nCOMMIT--all done\n;\n", 2, "transaction control"),
    "COMMIT and another comment": ("COMMIT/**/", 1, "transaction control"),
    "END and a comment": ("SELECT 1;\nEND/**/;", 2, "transaction control"),
    "SET and a comment": ("SET/**/search_path = x;", 1, "SET without LOCAL"),
    "a prepared transaction": ("PREPARE TRANSACTION 'later';", 1, "transaction control"),
    "a prepared statement": ("PREPARE later AS SELECT 1;", 1, "PREPARE"),
    "a GRANT of a role": ("SELECT 1;\nGRANT pg_monitor TO shop_staff;", 2, "GRANT of a role"),
    "another schema's table": ("CREATE TABLE public.stray (x INT);", 1, "the schema public"),
    "another schema's function": ("CREATE FUNCTION public.f() RETURNS INT RETURN 1;", 1, "the schema public"),
    "another schema's comment": ("COMMENT ON COLUMN public.theirs.x IS 'ours';", 1, "the schema public"),
    "another schema's policy": ("DROP POLICY p ON public.theirs;", 1, "the schema public"),
    "another schema's rows": ("INSERT INTO public.theirs VALUES (1);", 1, "the schema public"),
    "a move to another schema": ("ALTER TABLE orders SET SCHEMA public;", 1, "SET SCHEMA"),
    "another schema's rows, on the side": (
        "SELECT 1;\nWITH new AS (INSERT INTO public.theirs VALUES (1) RETURNING 1) SELECT 1;", 2, "the schema public",
    ),
    "another schema's table, by the way": ("SELECT 1 AS x INTO public.stray;", 1, "the schema public"),
    "another schema's rows, explained": ("EXPLAIN ANALYZE DELETE FROM public.theirs;", 1, "the schema public"),
    "a schema that goes": ("SELECT 1;\nDROP SCHEMA theirs;", 2, "a statement about a schema"),
    "a schema's name": ("ALTER SCHEMA theirs RENAME TO ours;", 1, "a statement about a schema"),
    "a schema's owner": ("ALTER SCHEMA theirs OWNER TO postgres;", 1, "a statement about a schema"),
    "a schema's comment": ("COMMENT ON SCHEMA public IS 'ours';", 1, "a statement about a schema"),
    "a right on a schema": ("GRANT CREATE ON SCHEMA public TO pg_monitor;", 1, "a statement about a schema"),
    "a right on all in a schema": (
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO pg_monitor;", 1, "a statement about a schema",
    ),
    "default privileges": ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;", 1, "ALTER DEFAULT PRIVILEGES"),
    "a database's setting": ("ALTER DATABASE shop SET jit = off;", 1, "ALTER DATABASE … SET"),
    "a role's setting": ("ALTER ROLE shop_staff SET jit = off;", 1, "ALTER ROLE … SET"),
    "all that a role owns": ("DROP OWNED BY shop_staff;", 1, "DROP OWNED"),
    "all that a role owns, to another": ("REASSIGN OWNED BY shop_staff TO postgres;", 1, "REASSIGN OWNED"),
    "a conversion elsewhere": (
        "CREATE CONVERSION public.c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;", 1, "the schema public",
    ),
    "a child of somebody's table": ("CREATE TABLE child () INHERITS (public.theirs);", 1, "the schema public"),
    "a collation that would be made again": ("CREATE COLLATION c (LOCALE = 'C');", 1, "CREATE COLLATION"),
    "an operator that would be": ("CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = INT);", 1, "CREATE OPERATOR"),
    "an index without a name": ("SELECT 1;\nCREATE INDEX ON orders (total);", 2, "an index, or statistics, without a name"),
    "statistics without a name": ("CREATE STATISTICS ON order_id, total FROM orders;", 1, "an index, or statistics, with"),
    "an ALTER of another file's function": ("ALTER FUNCTION order_total(INT) STRICT;", 1, "an ALTER"),
    "an ALTER of another file's view": ("ALTER VIEW open_orders SET (security_barrier);", 1, "an ALTER"),
    "an ALTER beside one that can be undone": (
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY, ADD COLUMN note TEXT;", 1, "an ALTER",
    ),
    "a new name of another file's column": ("ALTER TABLE orders RENAME total TO amount;", 1, "an ALTER"),
    "a DROP of rows that would come again": ("SELECT 1;\nDROP TABLE IF EXISTS coupons;", 2, "a DROP of what holds rows"),
    "a DROP of a sequence": ("DROP SEQUENCE IF EXISTS s;", 1, "a DROP of what holds rows"),
    "a DROP that takes others' views": ("DROP VIEW IF EXISTS theirs CASCADE;", 1, "CASCADE"),
    "a column that takes them": ("SELECT 1;\nALTER TABLE orders DROP total CASCADE;", 2, "CASCADE"),
    "rows that take others'": ("TRUNCATE orders CASCADE;", 1, "CASCADE"),
    "a table that outlives the deploy": ("CREATE TEMP TABLE orders (x INT);", 1, "what is temporary"),
    "a view that does": ("SELECT 1;\nCREATE TEMP VIEW orders AS SELECT 1 AS x;", 2, "what is temporary"),
    "a sequence that does": ("CREATE TEMP SEQUENCE orders;", 1, "what is temporary"),
    "rows that do": ("CREATE TEMP TABLE orders ON COMMIT DELETE ROWS AS SELECT 1 AS x;", 1, "what is temporary"),
    "rows that do, by the way": ("SELECT 1 AS x INTO TEMP orders;", 1, "what is temporary"),
    "a cursor": ("DECLARE c CURSOR WITH HOLD FOR SELECT 1;", 1, "DECLARE"),
    "a NUL byte": ("SELECT 1;\n\0SELECT 2;", 2, "a NUL byte"),
}  # fmt: skip


for statement in """CREATE EXTENSION citext|ALTER EXTENSION citext UPDATE|DROP EXTENSION IF EXISTS citext
ALTER SYSTEM SET jit = off|LOAD 'auto_explain'|CHECKPOINT|CREATE DATABASE d|DROP DATABASE IF EXISTS d
CREATE ROLE r|ALTER ROLE shop_staff LOGIN|DROP ROLE IF EXISTS r|COMMENT ON ROLE shop_staff IS 'ours'
ALTER DATABASE d OWNER TO r|COMMENT ON DATABASE d IS 'ours'|GRANT CREATE ON DATABASE d TO PUBLIC
GRANT SET ON PARAMETER work_mem TO PUBLIC|GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC|DROP LANGUAGE IF EXISTS l
CREATE USER MAPPING FOR PUBLIC SERVER s|IMPORT FOREIGN SCHEMA a FROM SERVER s INTO b|DROP SERVER IF EXISTS s
CREATE CAST (INT AS BOX) WITH INOUT|DROP CAST IF EXISTS (INT AS BOX)|ALTER PUBLICATION p ADD TABLE orders
DROP PUBLICATION IF EXISTS p|ALTER SUBSCRIPTION s DISABLE|DROP SUBSCRIPTION IF EXISTS s|DROP EVENT TRIGGER IF EXISTS e
ALTER LARGE OBJECT 1 OWNER TO r|DROP TABLESPACE IF EXISTS t|ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b
DROP ACCESS METHOD IF EXISTS a|DROP FOREIGN DATA WRAPPER IF EXISTS f""".replace("\n", "|").split("|"):
    REFUSED[statement] = (statement + ";", 1, "what belongs to the whole database")


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_with_file_and_line(tree, store, case):
    """Nothing of the files before it has run."""
    text, line, what = REFUSED[case]
    tree.write("04_views/030_refused.sql", text)
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert outcome.err.startswith(f"sql/04_views/030_refused.sql:{line}: ERROR: {what}")
    assert " cannot stand in " in outcome.err
    assert "HINT: " in outcome.err
    assert relations(store) == set()


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ('SELECT 1;\nCREATE POLICY "Owners see their rows" ON orders USING (TRUE);', "Owners see their rows", 2),
        ('CREATE TABLE "order" (x INT);', "order", 1),
        ("CREATE VIEW größe AS SELECT 1 AS x;", "größe", 1),
        ('CREATE AGGREGATE "Sum"(INT) (SFUNC = int4pl, STYPE = INT);', "Sum", 1),
        ('SELECT 1;\nALTER TABLE coupons RENAME TO "My coupons";', "My coupons", 2),
        ('CREATE TRIGGER "T" BEFORE INSERT ON orders EXECUTE FUNCTION f();', "T", 1),
    ],
)
def test_a_name_that_needs_quotes_is_refused(tree, store, text, name, line):
    """With file and line; nothing has run."""
    tree.write("01_schema/020_named.sql", text)
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    first = f'sql/01_schema/020_named.sql:{line}: ERROR: the name "{name}" would need quotes wherever it is used'
    assert outcome.err.startswith(first)
    assert relations(store) == set()


@pytest.mark.parametrize("name", ["a" * 64, '"' + "b c" * 22 + '"', "ü" * 32])
def test_a_name_that_postgresql_would_cut_is_refused(tree, store, name):
    """Wherever it stands; what is long and no name passes."""
    passes = f"-- {'x' * 70}\nSELECT '{'y' * 70}' AS {'z' * 63};\n"
    tree.write("04_views/030_long.sql", passes + f"SELECT 1 AS {name};\n")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    first, _, caret = outcome.err.splitlines()[:3]
    assert first.startswith("sql/04_views/030_long.sql:3: ERROR: the name ")
    assert first.endswith("is longer than 63 bytes")
    assert caret.index("^") == 4 + len("SELECT 1 AS ")
    assert relations(store) == set()
    tree.write("04_views/030_long.sql", passes)
    tree.deployed()


def test_a_name_that_needs_quotes_from_a_do_block(tree, store):
    """It is found in the catalog."""
    tree.write("04_views/030_named.sql", "DO $$ BEGIN EXECUTE 'CREATE VIEW \"My view\" AS SELECT 1'; END $$;")
    outcome = tree.deploy()
    assert outcome.exit_code == 1
    assert 'sql/04_views/030_named.sql: ERROR: it made view "My view", which needs quotes' in outcome.err
    assert relations(store) == set()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SET LOCAL search_path = pg_catalog;", "it changed search_path from store, pg_temp to"),
        ("SELECT set_config('role', 'pg_monitor', FALSE);", "it changed the role from"),
        (
            "DO $$ BEGIN CREATE TABLE public.stray (x INT); EXCEPTION WHEN OTHERS THEN NULL; END $$;",
            "it made public.stray, outside schema store",
        ),
        (
            "DO $$ BEGIN BEGIN CREATE DOMAIN public.d AS INT; EXCEPTION WHEN OTHERS THEN NULL; END;"
            " PERFORM 1; EXCEPTION WHEN OTHERS THEN NULL; END $$;",
            "it made public.d, outside schema store",
        ),
        (
            "DO $$ BEGIN ALTER TABLE public.theirs ADD y INT; EXCEPTION WHEN OTHERS THEN NULL; END $$;",
            "it made public.theirs, outside schema store",
        ),
        (
            "DO $$ BEGIN CREATE COLLATION public.stray (LOCALE = 'C'); END $$;",
            "it made collation public.stray, outside schema store",
        ),
        (
            "DO $$ BEGIN CREATE OPERATOR public.=== (FUNCTION = int4eq, LEFTARG = INT, RIGHTARG = INT); END $$;",
            "it made operator public.===(integer,integer), outside schema store",
        ),
        (
            "DO $$ BEGIN CREATE SCHEMA stray; EXCEPTION WHEN OTHERS THEN NULL; END $$;",
            "it made schema stray, outside schema store",
        ),
    ],
)
def test_what_a_file_leaves_behind_is_checked(tree, store, superuser, text, complaint):
    """What no parser can know, the catalog does."""
    superuser.execute("GRANT CREATE ON SCHEMA public TO store_owner")
    superuser.execute("CREATE TABLE public.theirs (x INT)")
    superuser.execute("ALTER TABLE public.theirs OWNER TO store_owner")
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
        "DO $$ BEGIN CREATE TEMPORARY TABLE notes (note TEXT) ON COMMIT DROP; EXCEPTION WHEN OTHERS THEN NULL; END $$;",
        "SELECT ';', E'\\';', U&'\\0041;', $a$ ; $b$ ; $a$ /* ; /* nested ; */ ; */; -- ;",
        "",
        "-- nothing but a comment",
    ],
)
def test_what_is_harmless_passes(tree, text):
    """A semicolon ends a statement only where the grammar says so."""
    tree.write("04_views/030_harmless.sql", text)
    tree.deployed()


def test_what_others_make_meanwhile_in_other_schemas_is_theirs(tree, superuser, empty_database):
    """Committed under the eyes of the deploy, between two of its own numbers, or not yet."""
    tree.write(
        "04_views/030_waits.sql",
        """DO $$ BEGIN
    LOOP
        BEGIN  -- each round writes under a number of its own
            COMMENT ON TABLE orders IS 'Waited for.';
            EXIT WHEN to_regclass('public.go') IS NOT NULL;
        EXCEPTION WHEN division_by_zero THEN NULL;
        END;
    END LOOP;
END $$;
""",
    )
    process = tree.start()
    running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO $$ BEGIN\n    LOOP%'"
    wait_until(lambda: scalar(superuser, running) == 1, "the file never ran")
    superuser.execute("CREATE TABLE public.committed (x INT)")
    superuser.execute("CREATE FUNCTION public.f() RETURNS INT RETURN 1")
    with empty_database.connect(None) as other:
        other.execute("BEGIN")
        other.execute("CREATE TABLE public.open (x INT)")
        superuser.execute("CREATE TABLE public.go (x INT)")
        _, err = process.communicate()
    assert process.returncode == 0, err
