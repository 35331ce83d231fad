"""PostGraphile in front of the store: a purchase in GraphQL, and what comes of a refusal, a forged token and no token.

npm fetches it, and CI's Debian has no Node.js: `--with-postgraphile` runs this."""

import json
import os
import re
import shutil
import subprocess
import urllib.request

import pytest

from tests.documentation.manual_pages import ROOT
from tests.ecosystem.conftest import JO

pytestmark = pytest.mark.needs_postgraphile

SOURCE = ROOT / "examples" / "postgraphile"
VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
PLACE = """
    mutation ($items: JSON!, $total: BigFloat) {
        placeOrder(input: {pCustomerId: 2, pItems: $items, pIdempotencyKey: "one", pExpectedTotal: $total}) { integer }
    }"""
ORDERS = "{ allOrders { nodes { orderId customerId total status } } }"
LANTERNS = [{"product_id": 2, "quantity": 2}]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    directory = tmp_path_factory.mktemp("postgraphile")
    for file in SOURCE.iterdir():
        shutil.copy(file, directory)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=directory, check=True)
    return directory


@pytest.fixture
def ask(installed, shopper):
    """Send GraphQL, with a token or without; return data and errors."""
    server = {VARIABLES[key]: str(value) for key, value in shopper.items() if key in VARIABLES}
    command = ["node", "server.mjs", "store", "0"]
    with subprocess.Popen(
        command, cwd=installed, env=os.environ | server, stdout=subprocess.PIPE, text=True
    ) as process:
        address = re.search(r"http://\S+", process.stdout.readline())[0]

        def ask(query, token=None, **variables):
            body = json.dumps({"query": query, "variables": variables}).encode()
            headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
            try:
                with urllib.request.urlopen(urllib.request.Request(address, body, headers)) as answer:
                    told = json.load(answer)
            except urllib.error.HTTPError as error:
                told = json.load(error)
            return told.get("data"), told.get("errors", [])

        yield ask
        process.terminate()


def test_a_purchase(ask, token_of, seeded_store):
    token = token_of(JO)
    quote = "query ($items: JSON!) { quoteOrder(pItems: $items, pCustomerId: 2) { nodes { total } } }"
    data, errors = ask(quote, token, items=LANTERNS)
    assert errors == []
    [total] = {node["total"] for node in data["quoteOrder"]["nodes"]}
    assert total == "106.40"  # 90.00 + 5.00, and 12 % of both
    placed, errors = ask(PLACE, token, items=LANTERNS, total=total)
    assert errors == []
    order_id = placed["placeOrder"]["integer"]
    again, _ = ask(PLACE, token, items=LANTERNS, total=total)
    assert again == placed  # the request was sent twice
    own = {node["orderId"]: node for node in ask(ORDERS, token)[0]["allOrders"]["nodes"]}
    assert {node["customerId"] for node in own.values()} == {JO}
    assert (own[order_id]["status"], own[order_id]["total"]) == ("pending", "106.40")


def test_a_refusal_has_its_code_and_detail(ask, token_of):
    data, [error] = ask(PLACE, token_of(JO), items=[{"product_id": 2, "quantity": 10_000}], total=None)
    assert error["errcode"] == "ST001"
    [item] = json.loads(error["detail"])["items"]
    assert (item["product_id"], item["requested"]) == (2, 10_000)


def test_a_token_decides_who_asks(ask, token_of):
    assert ask(ORDERS)[0] == {"allOrders": {"nodes": []}}
    assert [error["errcode"] for error in ask(PLACE, items=LANTERNS, total=None)[1]] == ["42501"]
    assert [error["errcode"] for error in ask(PLACE, token_of(3), items=LANTERNS, total=None)[1]] == ["42501"]
    assert "28000" in [error.get("errcode") for error in ask(ORDERS, token_of(JO, lifetime=-1))[1]]


def test_only_what_shoppers_may_do_is_there(ask, token_of):
    _, [error] = ask("mutation { refundOrder(input: {}) { clientMutationId } }", token_of(JO))
    assert "Cannot query field" in error["message"]
    _, errors = ask("{ allOrderItems { nodes { unitCost } } }", token_of(JO))
    assert "Cannot query field" in errors[0]["message"]
