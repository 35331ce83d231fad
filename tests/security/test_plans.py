"""What policies cost: the customer is asked for once a query, and an index finds the own rows."""

import json

import pytest

from tests.security.rights import listed
from tests.security.tokens import token

RELATIONS, _ = listed()
OWN = sorted(name for name, relation in RELATIONS.items() if relation.whose_rows("shop_customer") == "own")
CALLS = """
    SELECT calls FROM pg_stat_xact_user_functions WHERE funcname = 'current_customer_id'
"""


@pytest.mark.parametrize("relation", OWN)
def test_the_customer_is_asked_for_once_a_query(signed_store, superuser, relation):
    """However many rows there are, and however many of them are the customer's; in a view once a table of it."""
    superuser.execute("SET track_functions = 'pl'")
    superuser.execute("GRANT USAGE ON SCHEMA store TO shop_customer")
    kind = "SELECT relkind = 'r' FROM pg_class WHERE oid = %s::REGCLASS"
    is_table = superuser.execute(kind, [relation]).fetchone()[0]
    with superuser.transaction(force_rollback=True):
        superuser.execute("SELECT set_config('app.session_token', %s, TRUE)", [token()])
        superuser.execute("SET LOCAL ROLE shop_customer")
        plan = superuser.execute(f"EXPLAIN (VERBOSE, COSTS OFF) SELECT count(*) FROM {relation}").fetchall()
        superuser.execute(f"SELECT count(*) FROM {relation}")
        superuser.execute("RESET ROLE")
        [(calls,)] = superuser.execute(CALLS).fetchall()
    asked_once_each = sum("Output: current_customer_id()" in line for (line,) in plan)
    assert 1 <= calls <= asked_once_each
    assert calls == 1 or not is_table


@pytest.mark.parametrize("relation", OWN)
def test_an_index_finds_the_own_rows(seeded_store, superuser, relation):
    """Whoever asks for everything reads what is theirs and not the table."""
    superuser.execute("GRANT USAGE ON SCHEMA store TO shop_customer")
    with superuser.transaction(force_rollback=True):
        superuser.execute("SET LOCAL enable_seqscan = off")  # a table of a page is read as a whole
        superuser.execute("SET LOCAL ROLE shop_customer")
        plan = superuser.execute(f"EXPLAIN (FORMAT JSON) SELECT count(*) FROM {relation}").fetchone()[0]
    text = json.dumps(plan)
    assert "Seq Scan" not in text
    owner = "customer_id" if relation in ("addresses", "customers", "orders") else "order_id"
    conditions = [node["Index Cond"] for node in nodes(plan[0]["Plan"]) if "Index Cond" in node]
    assert any(f"{owner} = " in condition for condition in conditions), conditions


@pytest.mark.parametrize(("role", "shares"), [("shop_customer", False), ("shop_staff", True), ("shop_analyst", True)])
def test_who_sees_every_order_may_read_them_with_workers(signed_store, superuser, role, shares):
    """A customer's query has none, for a worker could not read the token; those of staff ask for no customer."""
    superuser.execute("GRANT USAGE ON SCHEMA store TO shop_customer, shop_staff, shop_analyst")
    forced = "debug_parallel_query" if superuser.info.server_version >= 160000 else "force_parallel_mode"
    with superuser.transaction(force_rollback=True):
        superuser.execute("SELECT set_config('app.session_token', %s, TRUE)", [token()])
        superuser.execute(f"SET LOCAL {forced} = on")
        superuser.execute(f"SET LOCAL ROLE {role}")
        query = "SELECT count(order_id) > 0 FROM orders"
        plan = superuser.execute(f"EXPLAIN (FORMAT JSON) {query}").fetchone()[0]
        assert superuser.execute(query).fetchone() == (True,)
    assert any(node["Node Type"] == "Gather" for node in nodes(plan[0]["Plan"])) == shares


def nodes(plan):
    """A plan's node and all below it."""
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)
