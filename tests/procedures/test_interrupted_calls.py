"""A call that is cancelled, or runs out of time, in the middle leaves nothing half done, and the next one works.

Every function is found in the catalog, and the tables it locks by calling it once. Then another session holds each of
these tables in turn: the call does what comes before and waits there, where it is interrupted.
"""

from time import monotonic, sleep

import pytest

from tests.concurrency.session import Session
from tests.procedures.refusals import rows_of_all_tables
from tests.procedures.test_bad_input import FUNCTIONS
from tests.procedures.test_bounds import GOOD, call_of

CUSTOMER, KEY = "5", "kettle"
FUNCTIONS_THERE_ARE = """
    SELECT proname, coalesce(json_object_agg(argument, format_type(type, NULL))
        FILTER (WHERE number <= pronargs - pronargdefaults), '{}')
    FROM pg_proc
    LEFT JOIN LATERAL ROWS FROM (unnest(proargnames), unnest(proargtypes)) WITH ORDINALITY AS given (argument, type, number)
        ON type IS NOT NULL
    WHERE pronamespace = 'store'::REGNAMESPACE AND proname !~ '^_' AND prorettype <> 'trigger'::REGTYPE AND provolatile <> 'i'
    GROUP BY pg_proc.oid ORDER BY proname
"""
# What holds a call up at a table it locks so: at the first row it writes, not where it reads before that. A call
# that only reads is held up where it begins to.
TABLES = """
    SELECT relation::REGCLASS::TEXT, CASE
        WHEN bool_or(mode NOT IN ('AccessShareLock', 'RowShareLock')) THEN 'SHARE'
        WHEN bool_or(mode = 'RowShareLock') THEN 'EXCLUSIVE'
        ELSE 'ACCESS EXCLUSIVE'
    END
    FROM pg_locks INNER JOIN pg_class ON relation = pg_class.oid
    WHERE pid = pg_backend_pid() AND relkind IN ('r', 'p') AND relnamespace = 'store'::REGNAMESPACE AND NOT relispartition
    GROUP BY relation
    ORDER BY relation
"""
# These wait for nobody, or do without what somebody holds.
GIVE_WAY = {"run_maintenance", "add_audit_log_partition"}
# Arguments of what would be refused as the shop stands.
WORKING = {"first_instant_of": {"p_time_zone": "UTC"}, "erase_customer": {"p_customer_id": CUSTOMER}, "retire_signing_key": {"p_key_id": KEY}}  # fmt: skip


@pytest.fixture(scope="module")
def working_shop(shop):
    """With a customer who may be erased, a key to retire and an order to expire."""
    shop.execute("INSERT INTO customers (email, first_name) VALUES ('zoe@example.com', 'Zoe')")
    shop.execute("SELECT place_order(5, '[{\"product_id\": 1, \"quantity\": 1}]'), cancel_order(12, 'Zoe moved')")
    shop.execute("SELECT set_signing_key(%s, decode(repeat('00', 32), 'hex'))", [KEY])
    shop.execute("SET app.report_now = '2026-12-15 12:00+00'")
    WORKING["verify_manifest"] = {"p_manifest": shop.execute("SELECT store_manifest()::TEXT").fetchone()[0]}
    return shop


@pytest.fixture(scope="module")
def session(shop_database):
    """Open a session of the owner's."""
    sessions = []
    with shop_database.connect(None) as observer:

        def session():
            sessions.append(Session(shop_database.dsn(), observer))
            return sessions[-1]

        yield session
        for opened in sessions:
            opened.close()


@pytest.fixture(scope="module")
def observer(shop_database):
    with shop_database.connect(None) as observer:
        yield observer


def calls_of(shop):
    """A call of each function that works."""
    for function, needed in shop.execute(FUNCTIONS_THERE_ARE).fetchall():
        given = dict(FUNCTIONS.get(function, ({}, {}))[0]) | WORKING.get(function, {})
        yield (
            function,
            call_of(function, {name: GOOD[kind] for name, kind in needed.items() if name not in given} | given),
        )


def is_held_up(caller, observer):
    """Whether the call waits for the other session; False once it has ended without waiting."""
    while caller.is_running():
        if observer.execute("SELECT pg_blocking_pids(%s)", [caller.pid]).fetchone() != ([],):
            return True
        sleep(0.001)
    return False


def test_no_interrupted_call_leaves_anything(working_shop, session, observer):
    before = rows_of_all_tables(working_shop)
    caller, holder = session(), session()
    moments = {}
    for function, call in calls_of(working_shop):
        caller.execute(call)
        tables = caller.execute(TABLES)
        caller.rollback()
        if any(mode != "ACCESS EXCLUSIVE" for _, mode in tables):
            tables = [(table, mode) for table, mode in tables if mode != "ACCESS EXCLUSIVE"]
        for table, mode in tables:
            patience = 60  # milliseconds; less where it was soon held up
            for interruption in ("cancelled", "timed out"):
                holder.execute(f"LOCK TABLE {table} IN {mode} MODE")
                if interruption == "timed out":
                    caller.execute(f"SET LOCAL statement_timeout = {patience}")
                began = monotonic()
                caller.start(call)
                if interruption == "cancelled" and is_held_up(caller, observer):
                    patience = min(patience, 10 + round(3000 * (monotonic() - began)))
                    observer.execute("SELECT pg_cancel_backend(%s)", [caller.pid])
                ended = caller.sqlstate()
                assert ended == "57014" or function in GIVE_WAY, (function, table, interruption, ended)
                moments[function] = moments.get(function, 0) + (ended == "57014")
                caller.rollback()
                holder.rollback()
        assert rows_of_all_tables(working_shop) == before, function
        caller.start(call)
        assert caller.sqlstate() == "00000", function
        caller.rollback()
    assert moments.keys() >= FUNCTIONS.keys() - {"order_id_of"}
    assert moments["place_order"] >= 2 * 4 and moments["run_maintenance"] > 0
