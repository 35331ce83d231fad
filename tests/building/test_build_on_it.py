"""docs/build-on-it.md says of every code the store raises what to answer, and its example answers so; its logins can do what
it says and nothing else; its JSON Schema takes what the store takes; its consumer misses no event."""

import itertools
import json
import os
import re
import subprocess
import sys
import time

import jwt
import psycopg
import pytest
from jsonschema import Draft202012Validator
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from examples.feed_consumer import consume
from examples.shop.refusals import status_of
from tests.documentation.manual_pages import ROOT, blocks, text_of

PAGE = "docs/build-on-it.md"
ROWS = re.findall(r"^\| ((?:`\w{5}`(?:, )?)+) \| (\d{3}) \|", text_of(PAGE), re.MULTILINE)
TABLE = {code: status for codes, status in ROWS for code in re.findall(r"\w{5}", codes)}
FUNCTIONS = """
    SELECT proname::TEXT, substring(obj_description(oid, 'pg_proc') FROM 'Raises.*') AS raises FROM pg_proc
    WHERE pronamespace = 'store'::REGNAMESPACE AND obj_description(oid, 'pg_proc') NOT LIKE '%Internal%'"""
SCHEMA = Draft202012Validator(json.loads((ROOT / "docs" / "items.schema.json").read_text()))


def raised():
    """SQLSTATEs in the sources; a word is the name of a condition."""
    for path in (ROOT / "sql").rglob("*.sql"):
        for code in re.findall(r"ERRCODE = '(\w+)'", path.read_text()):
            name = "".join(part.capitalize() for part in code.split("_"))
            yield code if len(code) == 5 else getattr(psycopg.errors, name).sqlstate


def test_every_code_that_is_raised_is_in_the_table(seeded_store):
    assert set(raised()) - TABLE.keys() == set()
    told = {
        (name, code)
        for name, raises in seeded_store.execute(FUNCTIONS)
        for code in re.findall(r"\b(?:ST\d{3}|[0-9]{2}[0-9A-Z]{3})\b", raises or "")
    }
    assert {
        ("place_order", "ST009"),
        ("cancel_order", "42501"),
        ("current_customer_id", "28000"),
    } <= told  # the comments are read
    assert {(name, code) for name, code in told if code not in TABLE} == set()
    assert {"25006", "40001", "40P01", "55P03", "57014"} <= TABLE.keys()


@pytest.mark.parametrize("code", TABLE)
def test_the_example_answers_as_the_table_says(code):
    try:
        kind = psycopg.errors.lookup(code)
    except KeyError:
        kind = psycopg.DatabaseError
    assert status_of(type("Refusal", (kind,), {"sqlstate": code})()) == int(TABLE[code])


def test_the_narrow_logins_can_do_what_they_are_for(seeded_store):
    [block] = [block for block in blocks(PAGE, "sql") if block.section == "Narrow logins"]
    may = """
        SELECT proname::TEXT FROM pg_proc
        WHERE pronamespace = 'store'::REGNAMESPACE AND has_function_privilege(%s, oid, 'EXECUTE')"""
    reads = """
        SELECT relname::TEXT FROM pg_class
        WHERE relnamespace = 'store'::REGNAMESPACE AND relkind IN ('r', 'v', 'm', 'p') AND has_any_column_privilege(%s, oid, 'SELECT')"""
    with seeded_store.transaction(force_rollback=True):
        seeded_store.execute(block.text)
        can = {role: {name for (name,) in seeded_store.execute(may, [role])} for role in ("webhook", "sign_up")}
        assert can == {
            "webhook": {"record_payment", "record_chargeback", "order_id_of"},
            "sign_up": {"register_customer"},
        }
        assert [row for role in can for row in seeded_store.execute(reads, [role])] == []


NUMBERS = [
    "1",
    "0",
    "-1",
    "1.0",
    "1e0",
    "1.5",
    "10000",
    "10001",
    "2147483647",
    "2147483648",
    '"1"',
    '"x"',
    "true",
    "null",
    "[1]",
    "{}",
    "1e400",
]
SHAPES = [
    "[]",
    "{}",
    "null",
    "1",
    '"x"',
    "[null]",
    "[[]]",
    "[1]",
    '["x"]',
    "[{}]",
    '[{"product_id": 2}]',
    '[{"quantity": 2}]',
    '{"product_id": 2, "quantity": 1}',
    '[[{"product_id": 2, "quantity": 1}]]',
    '[{"product_id": 2, "quantity": 1, "price": 1}]',
    '[{"product_id": 2, "quantity": 1}, {"product_id": 2, "quantity": 1}]',
    '[{"product_id": 2, "quantity": 1}, null]',
    '[{"Product_id": 2, "quantity": 1}]',
    '[{"line_no": 2, "quantity": 1}]',
    *(json.dumps([{"product_id": 2, "quantity": 1}] * many) for many in (500, 501)),
]
INPUTS = [
    *SHAPES,
    *(f'[{{"product_id": {key}, "quantity": {many}}}]' for key, many in itertools.product(NUMBERS, NUMBERS)),
]


def is_accepted(store, items):
    """Whether it is well-formed to the store; what it makes of the product is another matter."""
    try:
        with store.transaction():
            store.execute("SELECT * FROM quote_order(%s)", [items])
    except psycopg.Error as error:
        assert error.sqlstate in ("ST002", "ST003"), (items, error)
        return error.sqlstate == "ST002"
    return True


def test_the_json_schema_takes_what_the_store_takes(seeded_store):
    asked = {items: SCHEMA.is_valid(json.loads(items)) for items in INPUTS}
    assert {True, False} <= set(asked.values()) and len(asked) > 250
    assert {items: is_accepted(seeded_store, items) for items in INPUTS} == asked


def test_the_schema_names_what_it_cannot_say(seeded_store):
    twice = [{"product_id": 2, "quantity": 10_000}] * 2
    assert SCHEMA.is_valid(twice) and not is_accepted(seeded_store, json.dumps(twice))


def test_a_consumer_gets_each_event_and_again_what_it_could_not_handle(seeded_store):
    query = 'SELECT place_order(2, \'[{"product_id": 2, "quantity": 1}]\')'
    (order_id,) = seeded_store.execute(query).fetchone()
    seeded_store.commit()
    seeded_store.row_factory = dict_row
    events = []
    while consume(seeded_store, "mails", events.append):
        pass
    total = seeded_store.execute("SELECT count(*) AS n FROM order_audit").fetchone()["n"]
    assert [event["position"] for event in events] == list(range(1, total + 1))
    assert (events[-1]["order_id"], events[-1]["action"]) == (order_id, "placed")

    def breaks(event):
        raise RuntimeError("the mail server is away")

    seeded_store.execute("SELECT cancel_order(%s, 'changed their mind')", [order_id])
    with pytest.raises(RuntimeError):
        consume(seeded_store, "mails", breaks)
    assert (consume(seeded_store, "mails", events.append), events[-1]["action"]) == (1, "cancelled")


def test_the_consumer_is_thirty_lines_and_runs(seeded_store, dsn):
    source = ROOT / "examples" / "feed_consumer.py"
    assert len(source.read_text().splitlines()) <= 30
    variables = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    server = {variables[key]: str(value) for key, value in conninfo_to_dict(dsn).items() if key in variables}
    command = [sys.executable, source, "warehouse"]
    environment = os.environ | server | {"PGOPTIONS": "-csearch_path=store"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        told = [json.loads(process.stdout.readline()) for _ in range(150)]  # more than one helping
        process.terminate()
    assert [event["position"] for event in told] == list(range(1, 151))


SECRET = b"thirty-two bytes that nobody guesses"
RPC = """
    SELECT called FROM json_to_record(%s) AS given (p_customer_id INT, p_items JSONB, p_idempotency_key TEXT)
    CROSS JOIN LATERAL store.place_order(
        p_customer_id := given.p_customer_id, p_items := given.p_items, p_idempotency_key := given.p_idempotency_key) AS called"""


@pytest.fixture
def through_postgrest(superuser, seeded_store):
    """What PostgREST sends for a request, by its manual: settings, the role, db-pre-request, and then the call."""
    [made] = [block.text for block in blocks(PAGE, "sql") if block.section == "GraphQL and REST"]
    [written] = [block.text for block in blocks(PAGE, "ini") if block.section == "GraphQL and REST"]
    settings = dict(re.findall(r'^([\w-]+) = "(.*)"$', written, re.MULTILINE))
    seeded_store.execute("SELECT set_signing_key('web', %s)", [SECRET])
    seeded_store.commit()

    def through_postgrest(query, headers, values=()):
        with superuser.transaction(force_rollback=True):
            superuser.execute(made)
            superuser.execute(
                "SELECT set_config('search_path', %s, true), set_config('role', %s, true), set_config('request.headers', %s, true)",
                [settings["db-schemas"], settings["db-anon-role"], json.dumps(headers)],
            )
            superuser.execute(f"SELECT {settings['db-pre-request']}()")
            return superuser.execute(query, values).fetchall()

    return through_postgrest


def test_postgrests_requests_are_the_shoppers_whose_token_they_bring(through_postgrest, seeded_store):
    def token_of(customer_id, lifetime=60):
        return jwt.encode(
            {"customer_id": customer_id, "exp": int(time.time()) + lifetime}, SECRET, "HS256", headers={"kid": "web"}
        )

    body = [json.dumps({"p_customer_id": 2, "p_items": [{"product_id": 2, "quantity": 1}], "p_idempotency_key": "k"})]
    own, orders = {"x-session-token": token_of(2)}, "SELECT DISTINCT customer_id FROM store.orders"
    assert through_postgrest(orders, {}) == [] and through_postgrest(orders, own) == [(2,)]
    [(order_id,)] = through_postgrest(RPC, own, body)
    assert order_id > 45
    for headers, code in (
        ({}, "42501"),
        ({"x-session-token": token_of(3)}, "42501"),
        ({"x-session-token": token_of(2, -1)}, "28000"),
    ):
        with pytest.raises(psycopg.Error) as refused:
            through_postgrest(RPC, headers, body)
        assert refused.value.sqlstate == code
