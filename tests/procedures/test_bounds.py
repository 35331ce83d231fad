"""What an input can cost is bounded before it is looked at, whatever it is and however large.

Every argument of every function that a group of logins may call is found in the catalog and given everything its
type lets in, up to 10 MB, all else being as it should. A large one reads no more pages than a small one and costs
the processor what PostgreSQL takes to pass it; no answer and no error is longer than 64 KB.
"""

import json
import re

import psycopg
import pytest

from tests.database import LOGINS
from tests.procedures.conftest import PENDING
from tests.procedures.inputs import INPUTS, SIZES
from tests.procedures.test_bad_input import FUNCTIONS

MOST_TOLD = 65_536  # bytes
MORE_PAGES = 100  # than the call takes as it should be: what a refusal looks up in the catalog
MORE_SECONDS = 0.2  # of the processor's time, and twice what passing the value takes
# What a group may call, and what only the owner and the scheduler may. Helpers that read nothing of the store and
# change nothing in it cost their caller what the same words in a query of its own would.
ARGUMENTS = """
    SELECT proname, argument, format_type(type, NULL), number > pronargs - pronargdefaults
    FROM pg_proc
    CROSS JOIN LATERAL ROWS FROM (unnest(proargnames), unnest(proargtypes)) WITH ORDINALITY AS given (argument, type, number)
    WHERE
        pronamespace = 'store'::REGNAMESPACE AND proname !~ '^_' AND prorettype <> 'trigger'::REGTYPE
        AND provolatile <> 'i' AND type IS NOT NULL
        AND CASE %(role)s
            WHEN 'store_owner' THEN NOT EXISTS (
                SELECT FROM pg_roles WHERE rolname ~ '^shop_' AND has_function_privilege(rolname, pg_proc.oid, 'EXECUTE')
            )
            ELSE has_function_privilege(%(role)s, pg_proc.oid, 'EXECUTE')
        END
    ORDER BY proname, number
"""
# Runs the call with what is given as $1; how it ended and how much it told is left in a setting.
ATTEMPT = r"""
    CREATE FUNCTION public.attempt(p_call TEXT, p_given ANYELEMENT) RETURNS VOID LANGUAGE plpgsql AS $attempt$
    DECLARE
        v_told TEXT;
        v_detail TEXT;
        v_hint TEXT;
        v_state TEXT := '00000';
    BEGIN
        BEGIN
            EXECUTE p_call INTO v_told USING p_given;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS v_state = RETURNED_SQLSTATE, v_told = MESSAGE_TEXT,
                v_detail = PG_EXCEPTION_DETAIL, v_hint = PG_EXCEPTION_HINT;
        END;
        PERFORM set_config('test.ended', format('%s %s', v_state, octet_length(concat(v_told, v_detail, v_hint))), FALSE);
    END
    $attempt$;
"""
# What answers with as many rows as it is asked for, as generate_series() does.
A_ROW_A_MONTH = {("store_months", f"{year}, small") for year in ("294276-12-31 23:59Z", "4714-11-24 00:00Z BC")}
# Of each type a value that is as it should be, where FUNCTIONS has none.
GOOD = {
    "text": "kettle",
    "jsonb": "{}",
    "integer": "1",
    "bigint": "1",
    "bytea": "\\x" + "00" * 32,
    "date": "2026-01-01",
} | {f"timestamp {kind} time zone": "2026-01-01" for kind in ("with", "without")}


@pytest.fixture(scope="module")
def superuser(shop_database):
    """A session that may tell what a statement cost, whatever role it sets."""
    with shop_database.connect(None) as session:
        session.execute(ATTEMPT)
        session.execute("SET app.customer_id = 1")
        session.execute("SET log_executor_stats = on; SET client_min_messages = log")
        yield session


def arguments_of(session, role):
    """By function: the arguments that are as they should be, and the type of each there is."""
    found = {}
    for function, argument, kind, has_default in session.execute(ARGUMENTS, {"role": role}):
        good, types = found.setdefault(function, (dict(FUNCTIONS.get(function, ({}, {}))[0]), {}))
        types[argument] = kind
        if not has_default and argument not in good:
            good[argument] = GOOD[kind]
        if role == "shop_customer" and argument == "p_order_id":
            good[argument] = str(PENDING)
    return found


def call_of(function, given, argument=None):
    """The call as it should be, but for the argument that is tried."""
    others = [f"{name} => {literal(other)}" for name, other in given.items() if name != argument]
    tried = [f"{argument} => $1"] if argument else []
    return f"SELECT string_agg(answer::TEXT, '') FROM store.{function}({', '.join(tried + others)}) AS answer"


def cost(session, call, kind="text", value=None):
    """What a call costs and tells: SQLSTATE, bytes told, pages, seconds of the processor's time."""
    seconds = []
    session.add_notice_handler(handler := lambda notice: seconds.append(seconds_of(notice)))
    with session.transaction(force_rollback=True):
        plan = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT public.attempt(%s, %s::{kind})"
        ((told,),) = session.execute(plan, [call, value]).fetchall()
        session.remove_notice_handler(handler)
        (ended,) = session.execute("SELECT current_setting('test.ended')").fetchone()
    state, length = ended.split()
    pages = told[0]["Plan"]["Shared Hit Blocks"] + told[0]["Plan"]["Shared Read Blocks"]
    return state, int(length), pages, max(filter(None, seconds))


def seconds_of(notice):
    """The processor's time, user's and system's, that the server says a statement took."""
    found = re.search(r"([\d.]+) s user, ([\d.]+) s system", notice.message_detail or "")
    return sum(map(float, found.groups())) if found else None


def literal(value):
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


@pytest.fixture(scope="module")
def inputs(superuser):
    """By type: name, value, and the processor's time that passing the value takes where nobody looks at it."""
    found = {kind: {} for kind in INPUTS}  # of one size each but once
    for kind, values in INPUTS.items():
        for size, count in SIZES.items():
            found[kind] |= {
                value: f"{name}, {size}" for name, value in values(count).items() if value not in found[kind]
            }
    return {
        kind: [(name, value, cost(superuser, "SELECT 1", kind, value)[3]) for value, name in values.items()]
        for kind, values in found.items()
    }


@pytest.mark.parametrize("role", ["shop_customer", "shop_staff", "shop_analyst", "shop_auditor", "store_owner"])
def test_no_input_costs_more_than_a_call_as_it_should_be(superuser, inputs, role):
    too_much = {}
    for function, (good, types) in arguments_of(superuser, role).items():
        superuser.execute(f"SET ROLE {LOGINS.get(role, role)}")
        cost(superuser, call_of(function, good))  # what it looks up for the first time, it keeps
        *_, pages, seconds = cost(superuser, call_of(function, good))
        for argument, kind in types.items():
            call = call_of(function, good, argument)
            for name, value, passing in inputs[kind]:
                if (function, name) in A_ROW_A_MONTH:
                    continue
                for _ in range(3):  # it may be a first time again, and others are at work
                    state, told, read, took = cost(superuser, call, kind, value)
                    excess = (
                        max(0, told - MOST_TOLD),
                        max(0, read - pages - MORE_PAGES),
                        took > seconds + 2 * passing + MORE_SECONDS,
                    )
                    if not any(excess):
                        break
                else:
                    too_much[function, argument, name] = (state, *excess, took)
        superuser.execute("RESET ROLE")
    assert too_much == {}


def test_every_group_is_tried(superuser):
    """And of each what it may call: nothing is left out because the catalog was asked the wrong way."""
    tried = {
        role: arguments_of(superuser, role) for role in ("shop_customer", "shop_staff", "shop_auditor", "store_owner")
    }
    assert {"place_order", "quote_order", "cancel_order", "search_products"} <= tried["shop_customer"].keys()
    assert FUNCTIONS.keys() <= tried["shop_staff"].keys()
    assert "verify_audit" in tried["shop_auditor"] and "set_signing_key" in tried["store_owner"]


@pytest.mark.parametrize("setting", ["app.customer_id", "app.session_token"])
def test_what_a_session_says_of_itself_costs_what_it_takes_to_read_it(superuser, setting):
    """Without a signing key and with one; where it is asked once a query, and once a row that is audited."""
    calls = [
        "SELECT count(*) FROM store.orders",
        "SELECT store.current_customer_id()",
        call_of("place_order", {"p_customer_id": "1", "p_items": '[{"product_id": 1, "quantity": 1}]'}),
        "UPDATE store.customers SET phone = '1' RETURNING customer_id",
    ]
    for has_key in (False, True):
        for call in calls:
            for name in ("letters", "digits", "a token"):
                value = INPUTS["text"](SIZES["10 MB"])[name]
                with superuser.transaction(force_rollback=True):
                    if has_key:
                        superuser.execute("SELECT store.set_signing_key('key', decode(repeat('00', 32), 'hex'))")
                    superuser.execute("SELECT set_config(%s, '7', TRUE)", [setting])
                    superuser.execute("SET LOCAL ROLE test_customer")
                    pages, seconds = map(min, *(cost(superuser, call)[2:] for _ in range(3)))
                    superuser.execute("SELECT set_config(%s, %s, TRUE)", [setting, value])
                    tries = [cost(superuser, call) for _ in range(3)]
                    _, told, read, took = map(min, *tries)
                    assert told <= MOST_TOLD and read <= pages + MORE_PAGES, (call, name, has_key)
                    assert took <= seconds + MORE_SECONDS, (call, name, has_key, took, seconds)


def test_what_does_not_fit_is_listed_as_far_as_a_hundred(shop):
    """101 units that come back to shelves that are full."""
    with shop.transaction(force_rollback=True):
        products = shop.execute("""
            INSERT INTO products (sku, name, price) SELECT 'FREE' || number, 'Free', 0 FROM generate_series(1, 101) AS number
            RETURNING product_id
        """).fetchall()
        shop.execute("UPDATE inventory SET on_hand = 1 WHERE product_id >= %s", products[0])
        items = json.dumps([{"product_id": number, "quantity": 1} for (number,) in products])
        (order,) = shop.execute("SELECT place_order(1, %s)", [items]).fetchone()
        shop.execute("SELECT ship_order(%s, 'Post', NULL)", [order])
        shop.execute("UPDATE inventory SET on_hand = 2147483647 WHERE product_id >= %s", products[0])
        lines = json.dumps([{"line_no": number, "quantity": 1} for number in range(1, 102)])
        with pytest.raises(psycopg.Error, match="the stock of 101 products does not fit") as caught, shop.transaction():
            shop.execute("SELECT return_items(%s, %s)", [order, lines])
    assert len(json.loads(caught.value.diag.message_detail)["items"]) == 100
