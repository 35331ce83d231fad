"""A customer takes along what the store holds: all that they may see, and nothing else."""

import pytest

from tests.security.rights import listed

RELATIONS, _ = listed()
# Where the rows of a table stand in the document, and which columns the place itself already says.
PLACES = {
    "customers": ("customer", {"erased_at"}),
    "addresses": ("addresses", {"customer_id"}),
    "orders": ("orders", {"customer_id", "request_hash"}),
    "order_items": ("orders.items", {"order_id"}),
    "payments": ("orders.payments", {"order_id"}),
    "shipments": ("orders.shipments", {"order_id"}),
    "shipment_items": ("orders.shipments.items", {"shipment_id", "order_id"}),
    "returns": ("orders.returns", {"order_id"}),
}


@pytest.mark.parametrize("customer", [2, 3, 9, 11, 13])
def test_an_export_is_what_the_customer_sees(seeded_store, login, customer):
    """Row by row what the policies show and the grants allow; customers with much and with nothing."""
    session = login("shop_customer", **{"app.customer_id": customer})
    document = session.execute("SELECT export_customer(%s)", [customer]).fetchone()[0]
    assert document.keys() == {"customer", "addresses", "orders"}
    for table, (place, said) in PLACES.items():
        columns = [
            column
            for (column,) in seeded_store.execute(COLUMNS, [table])
            if RELATIONS[table].may("shop_customer", "r", column) and column not in said
        ]
        shown = session.execute(f"""
            SELECT to_jsonb(shown) FROM (SELECT {', '.join(columns)} FROM {table}) AS shown
        """)
        assert in_order(found(document, place.split("."), table)) == in_order(row for (row,) in shown)


def test_every_table_of_a_customer_is_exported(seeded_store):
    """A new one has to be decided upon."""
    own = {name for name, relation in RELATIONS.items() if relation.whose_rows("shop_customer") == "own"}
    assert own == PLACES.keys()


def test_an_export_tells_what_is_a_customers_own_and_no_cost(seeded_store, login):
    """Worked out by hand: Jo March's second order came back, and the money with it."""
    staff = login("shop_staff")
    document = staff.execute("SELECT export_customer(2)").fetchone()[0]
    assert document["customer"]["email"] == "jo@orchardhouse.example"
    assert [address["city"] for address in document["addresses"]] == ["Concord"]
    assert [order["order_id"] for order in document["orders"]] == [2, 13, 19, 24, 28, 40, 42]
    returned = document["orders"][1]
    assert [item["product_name"] for item in returned["items"]] == ["Hardtack"]
    assert [(payment["kind"], payment["amount"]) for payment in returned["payments"]] == [
        ("charge", 26.3),
        ("refund", 26.3),
    ]
    assert returned["shipments"][0]["items"] == [{"line_no": 1, "quantity": 5}]
    assert returned["returns"][0]["reason"] == "arrived soggy"
    text = str(document)
    assert "cost" not in text and "card-0" not in text and "request_hash" not in text


COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = %s::REGCLASS AND attnum > 0 AND NOT attisdropped
"""


def found(document, path, table):
    """The rows at a place of the document, without what is told below them."""
    rows = [document]
    for name in path:
        below = [row[name] for row in rows]
        rows = [row for each in below for row in (each if isinstance(each, list) else [each])]
    nested = {place.split(".")[-1] for place, _ in PLACES.values() if place.startswith(".".join(path) + ".")}
    return [{key: value for key, value in row.items() if key not in nested} for row in rows]


def in_order(rows):
    """Rows in an order of their own."""
    return sorted((sorted(row.items()) for row in rows), key=repr)
