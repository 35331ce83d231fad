"""plpgsql_check, the linter sqlfluff is not inside `$$`, finds nothing in any PL/pgSQL function."""

import pytest

FINDINGS = """
    SELECT concat_ws(' ', functions.oid::REGPROC || ':' || coalesce(lineno, 0), level, message, detail)
    FROM pg_proc AS functions
    INNER JOIN pg_language ON functions.prolang = pg_language.oid AND lanname = 'plpgsql'
    LEFT JOIN pg_trigger ON functions.oid = pg_trigger.tgfoid AND tgparentid = 0
    CROSS JOIN LATERAL plpgsql_check_function_tb(
        functions.oid, coalesce(tgrelid, 0), fatal_errors => FALSE, security_warnings => TRUE,
        oldtable => tgoldtable, newtable => tgnewtable
    )
    WHERE pronamespace = 'store'::REGNAMESPACE
    AND detail IS DISTINCT FROM 'cannot to determine result of dynamic SQL'  -- a limit of its own
    ORDER BY 1
"""


@pytest.fixture
def plpgsql_check(superuser):
    """The superuser's connection to a store in which the extension is installed."""
    superuser.execute("CREATE SCHEMA plpgsql_check")
    superuser.execute("CREATE EXTENSION plpgsql_check SCHEMA plpgsql_check")
    superuser.execute("SET search_path = store, plpgsql_check, pg_temp")
    return superuser


@pytest.mark.needs_extensions
def test_plpgsql_check_finds_nothing(store, plpgsql_check):
    assert findings(plpgsql_check) == []


@pytest.mark.needs_extensions
@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("RETURNS INT AS 'BEGIN RETURN (SELECT no_such_column FROM orders); END'", "no_such_column"),
        ("RETURNS VOID AS 'DECLARE unused INT; BEGIN END'", "unused"),
        ("RETURNS TRIGGER AS 'BEGIN new.no_such_field := 1; RETURN new; END'", "no_such_field"),
    ],
)
def test_plpgsql_check_finds_an_offence(store, plpgsql_check, function, told):
    store.execute(f"CREATE FUNCTION offence() {function} LANGUAGE plpgsql")
    if "TRIGGER" in function:
        store.execute("CREATE TRIGGER offence BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION offence()")
    found = [finding for finding in findings(plpgsql_check) if finding.startswith("offence:")]
    assert [told in finding for finding in found] == [True]


def findings(connection):
    """What the extension has to say, a line each."""
    return [finding for (finding,) in connection.execute(FINDINGS)]
