"""What an input can cost is bounded before it is looked at, whatever it is and however large.

Every argument of every function that a group of logins may call is found in the catalog and given everything its
type lets in, up to 10 MB, all else being as it should. A large one reads no more pages than a small one and costs
the processor what PostgreSQL takes to pass it; no answer and no error is longer than 64 KB.
"""

import json

import psycopg
import pytest

from tests.database import LOGINS
from tests.procedures.conftest import PENDING
from tests.procedures.inputs import INPUTS, SIZES
from tests.procedures.test_bad_input import FUNCTIONS

MOST_TOLD = 65_536  # bytes
MORE_PAGES = 100  # than the call takes as it should be: what a refusal looks up in the catalog
MORE_SECONDS = 0.2  # of the processor's time
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
# Runs each call with what is given as $1, which is passed but once, as the role beside it, and takes back what it did.
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
        PERFORM set_config('test.state', v_state, FALSE),
            set_config('test.told', octet_length(concat(v_told, v_detail, v_hint))::TEXT, FALSE);
    END
    $attempt$;
    CREATE FUNCTION public.processor_seconds() RETURNS FLOAT8 LANGUAGE sql SECURITY DEFINER AS $seconds$
        -- The clock's where the system is no Linux.
        SELECT coalesce(
            split_part(pg_read_file('/proc/self/schedstat', 0, 100, TRUE), ' ', 1)::FLOAT8 / 1e9,
            extract(EPOCH FROM clock_timestamp())
        )
    $seconds$;
    CREATE FUNCTION public.attempts(p_roles TEXT[], p_calls TEXT[], p_given ANYELEMENT)
    RETURNS TABLE (state TEXT, told INT, pages INT, seconds FLOAT8) LANGUAGE plpgsql AS $attempts$
    DECLARE
        v_began FLOAT8;
        v_plan JSONB;
    BEGIN
        FOR i IN 1 .. cardinality(p_calls) LOOP
            BEGIN
                EXECUTE format('SET LOCAL ROLE %I', p_roles[i]);
                v_began := public.processor_seconds();
                EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT public.attempt($1, $2)'
                INTO v_plan USING p_calls[i], p_given;
                seconds := public.processor_seconds() - v_began;
                state := current_setting('test.state');
                told := current_setting('test.told');
                RAISE 'taken back' USING ERRCODE = 'TRIED';
            EXCEPTION WHEN SQLSTATE 'TRIED' THEN
                v_plan := v_plan -> 0 -> 'Plan';
                pages := (v_plan ->> 'Shared Hit Blocks')::INT + (v_plan ->> 'Shared Read Blocks')::INT;
                RETURN NEXT;
            END;
        END LOOP;
    END
    $attempts$;
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
    "boolean": "false",
} | {f"timestamp {kind} time zone": "2026-01-01" for kind in ("with", "without")}


@pytest.fixture(scope="module")
def superuser(shop_database):
    """A session that may set any role."""
    with shop_database.connect(None) as session:
        session.execute(ATTEMPT)
        session.execute("SET app.customer_id = 1")
        yield session


def arguments_of(session, role):
    """By function: the arguments that are as they should be, and the type of each there is."""
    found = {}
    for function, argument, kind, has_default in session.execute(ARGUMENTS, {"role": role}):
        good, types = found.setdefault(function, (dict(FUNCTIONS.get(function, ({}, {}))[0]), {}))
        types[argument] = kind
        if argument == "p_since":
            good[argument] = "-infinity"  # what integrity_violations asks: everything
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


def costs(session, calls, kind="text", value=None):
    """What each call, a role and its words, costs and tells: SQLSTATE, bytes told, pages, processor's time in seconds."""
    attempts = f"SELECT * FROM public.attempts(%s, %s, %s::{kind})"
    return session.execute(attempts, [*map(list, zip(*calls)), value]).fetchall()


def is_too_much(cost, pages, seconds):
    _, told, read, took = cost
    return told > MOST_TOLD or read > pages + MORE_PAGES or took > seconds + MORE_SECONDS


def literal(value):
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def inputs_of(kind):
    """Value and name of what the type lets in: of one size each but once."""
    found = {}
    for size, count in SIZES.items():
        found = {value: f"{name}, {size}" for name, value in INPUTS[kind](count).items()} | found
    return found.items()


def tried_calls(session):
    """By type: login, call, function, argument, and what the call costs as it should be, in pages and seconds."""
    found = {}
    for group in ["shop_customer", "shop_staff", "shop_analyst", "shop_auditor", "store_owner"]:
        role = LOGINS.get(group, group)
        for function, (good, types) in arguments_of(session, group).items():
            # What is looked up for the first time, is kept.
            [_, (*_, pages, seconds)] = costs(session, 2 * [(role, call_of(function, good))])
            for argument, kind in types.items():
                call = call_of(function, good, argument)
                found.setdefault(kind, []).append((role, call, function, argument, pages, seconds))
    return found


def test_no_input_costs_more_than_a_call_as_it_should_be(superuser):
    too_much = []
    for kind, calls in tried_calls(superuser).items():
        for value, name in inputs_of(kind):
            left = [call for call in calls if (call[2], name) not in A_ROW_A_MONTH]
            for _ in range(3):  # it may be a first time again, and others are at work
                found = costs(superuser, [call[:2] for call in left], kind, value) if left else []
                left = [call for call, cost in zip(left, found) if is_too_much(cost, *call[4:])]
            too_much += [(name, *call) for call in left]
    assert too_much == []


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
                    tried = 3 * [("test_customer", call)]
                    _, _, pages, seconds = map(min, *costs(superuser, tried))
                    superuser.execute("SELECT set_config(%s, %s, TRUE)", [setting, value])
                    again = (costs(superuser, tried[:1])[0] for _ in tried)
                    assert not all(is_too_much(cost, pages, seconds) for cost in again), (call, name, has_key)


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
