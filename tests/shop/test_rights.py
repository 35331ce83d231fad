"""The shop changes rows through functions alone, and each of its logins can do its task and nothing else."""

import ast
import re
import time

import psycopg
import pytest
from pglast import parse_sql
from pglast.visitors import Visitor

from examples.shop.web import create_app
from tests.documentation.manual_pages import ROOT

SOURCES = sorted((ROOT / "examples" / "shop").glob("*.py"))
EXECUTABLE = """
    SELECT p.oid::REGPROCEDURE::TEXT FROM pg_proc AS p
    WHERE p.pronamespace IN ('store'::REGNAMESPACE, 'store_front'::REGNAMESPACE) AND has_function_privilege(p.oid, 'EXECUTE')"""
READABLE = """
    SELECT relname FROM pg_class WHERE relnamespace = 'store'::REGNAMESPACE AND relkind IN ('r', 'v', 'm', 'p')
    AND (has_table_privilege(oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') OR has_any_column_privilege(oid, 'SELECT, INSERT, UPDATE'))"""


class Writes(Visitor):
    """What a statement would do to rows by itself."""

    def __init__(self):
        super().__init__()
        self.found = []

    def visit(self, ancestors, node):
        if type(node).__name__ in ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "TruncateStmt", "CopyStmt"):
            self.found.append(type(node).__name__)


def writes(text):
    visitor = Writes()
    visitor(parse_sql(text))
    return visitor.found


def statements():
    """Every SQL of the shop's Python but the logins', placeholders replaced."""
    for path in SOURCES:
        if path.name == "logins.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.match(
                    r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|CREATE|ALTER|DROP|SET) ", node.value
                )
            ):
                yield re.sub(r"%s|%\(\w+\)s", "NULL", node.value)


def test_no_statement_of_the_shop_writes_a_row_itself():
    found = list(statements())
    assert len(found) > 25 and any("place_order" in text for text in found)
    assert [text for text in found if writes(text)] == []
    assert writes("WITH gone AS (DELETE FROM orders RETURNING 1) SELECT 1") == ["DeleteStmt"]
    assert [text for text in found if type(parse_sql(text)[0].stmt).__name__ != "SelectStmt"] == []


def test_it_is_small():
    """Lines of code, without what explains them, of all that serves a shopper or staff. run.py deploys, logins.py makes the
    logins, provider.py stands in for another company."""
    code = 0
    for path in SOURCES:
        if path.name in ("run.py", "logins.py", "provider.py"):
            continue
        tree = ast.parse(path.read_text())
        texts = [
            n.body[0]
            for n in ast.walk(tree)
            if isinstance(n, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(n)
        ]
        skipped = {line for text in texts for line in range(text.lineno, text.end_lineno + 1)}
        lines = enumerate(path.read_text().splitlines(), 1)
        code += sum(
            bool(text.strip()) and not text.strip().startswith("#") and number not in skipped for number, text in lines
        )
    assert code <= 500


@pytest.mark.parametrize(
    ("task", "functions"),
    [
        ("webhook", {"record_payment", "record_chargeback", "order_id_of"}),
        ("signup", {"sign_in"}),
        ("scheduler", {"run_maintenance"}),
    ],
)
def test_a_narrow_login_may_call_its_functions_and_read_nothing(task, functions, settings):
    with psycopg.connect(settings.logins[task], autocommit=True) as login:
        assert {re.search(r"(\w+)\(", name)[1] for (name,) in login.execute(EXECUTABLE)} == functions
        assert login.execute(READABLE).fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            login.execute("SELECT * FROM orders")


def test_the_shoppers_login_is_nobody_without_a_token(settings, seeded_store):
    with psycopg.connect(settings.logins["shopper"], autocommit=True) as login:
        login.execute("SELECT set_config('app.customer_id', '2', false)")
        assert login.execute("SELECT * FROM orders").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            login.execute("""SELECT place_order(2, '[{"product_id": 2, "quantity": 1}]')""")


def test_starting_again_ends_the_tokens_of_before(settings, seeded_store, dsn):
    from examples.shop.logins import make_ready

    again = make_ready(seeded_store, dsn, "store")
    live = seeded_store.execute("SELECT key_id FROM signing_keys WHERE retired_at IS NULL").fetchall()
    assert live == [(again.key_id,)] and again.key_id != settings.key_id


EVENT = {
    "type": "charge.succeeded",
    "order": 46,
    "reference": "ch_1",
    "amount": "56.00",
    "currency": "USD",
    "occurred_at": None,
}
LANTERN = """SELECT order_number(place_order(2, '[{"product_id": 2, "quantity": 1}]'))"""
MONEY = "SELECT status, paid_amount::TEXT, charged_back_amount::TEXT FROM orders WHERE order_id = order_id_of(%s)"


def test_webhooks_come_twice_and_out_of_order(send_webhook, seeded_store):
    (number,) = seeded_store.execute(LANTERN).fetchone()
    charge = {**EVENT, "order": number}
    dispute = {**charge, "type": "charge.disputed", "reference": "dp_1"}
    assert send_webhook(dispute) == 409  # its charge is not known yet: the provider will try again
    assert seeded_store.execute(MONEY, [number]).fetchone() == ("pending", "0.00", "0.00")
    assert [send_webhook(charge), send_webhook(charge), send_webhook({**charge, "type": "charge.pending"})] == [200] * 3
    assert seeded_store.execute(MONEY, [number]).fetchone() == ("paid", "56.00", "0.00")
    assert [send_webhook(dispute), send_webhook(dispute)] == [200, 200]
    assert seeded_store.execute(MONEY, [number]).fetchone() == ("paid", "56.00", "56.00")
    assert send_webhook({**charge, "amount": "57.00"}) == 409  # the same reference with another amount
    assert send_webhook({**charge, "reference": "ch_2", "currency": "EUR"}) == 422
    assert seeded_store.execute("SELECT * FROM integrity_violations").fetchall() == []


def test_a_webhook_that_the_provider_did_not_sign_is_not_believed(send_webhook, seeded_store):
    (number,) = seeded_store.execute(LANTERN).fetchone()
    charge = {**EVENT, "order": number}
    assert send_webhook(charge, secret=b"guess") == 401
    assert send_webhook(charge, at=int(time.time()) - 3600) == 401  # recorded and played again
    assert seeded_store.execute(MONEY, [number]).fetchone() == ("pending", "0.00", "0.00")


def test_a_busy_store_is_told_and_nothing_is_done(settings, seeded_store, dsn):
    """The lock is held for longer than every try takes: 503, and a page that says so."""
    settings.logins["shopper"] += " application_name=shop"
    app = create_app(settings)
    with psycopg.connect(dsn) as other, app.test_client() as client:
        other.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
        app.extensions["shop"].database.pools["shopper"].kwargs["options"] = (
            "-clock_timeout=50ms -csearch_path=store_front,store"
        )
        answer = client.get("/")
        assert answer.status_code == 503 and "Nothing was lost" in answer.text
    app.extensions["shop"].database.close()
