"""A customer takes along what the store keeps of them: all they may see, what was noted of them, and nothing else."""

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
    "credits": ("orders.credits", {"order_id"}),
    "documents": ("orders.documents", {"order_id"}),
}
# What is kept of the person and shown to them in no other way.
TOLD_HERE_ALONE = {"credits": {"reason"}}
COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = %s::REGCLASS AND attnum > 0 AND NOT attisdropped
"""
OF_CUSTOMER = {name: "customer_id = %s" for name in ("addresses", "customers", "orders")}
OF_ORDER = "order_id IN (SELECT order_id FROM orders WHERE customer_id = %s)"


@pytest.mark.parametrize("customer", [2, 3, 4, 9, 11, 13])
def test_an_export_is_what_the_customer_sees_and_what_was_noted(seeded_store, login, customer):
    """Row by row what the policies show and the grants allow; customers with much and with nothing."""
    session = login("shop_customer", **{"app.customer_id": customer})
    document = session.execute("SELECT export_customer(%s)", [customer]).fetchone()[0]
    assert document.keys() == {"customer", "addresses", "orders"}
    seeded_store.execute("SET timezone = 'UTC'")
    for table, (place, said) in PLACES.items():
        columns = [
            column
            for (column,) in seeded_store.execute(COLUMNS, [table])
            if column not in said
            and (RELATIONS[table].may("shop_customer", "r", column) or column in TOLD_HERE_ALONE.get(table, ()))
        ]
        kept = seeded_store.execute(
            f"""
            SELECT to_jsonb(kept) FROM (
                SELECT {", ".join(columns)} FROM {table} WHERE {OF_CUSTOMER.get(table, OF_ORDER)}
            ) AS kept
            """,
            [customer],
        )
        assert in_order(found(document, place.split("."), table)) == in_order(row for (row,) in kept), table


def test_a_new_column_is_told_once_somebody_lists_it(seeded_store):
    """Not by itself: what the store thinks of a person may not be the person's to take along."""
    for table in PLACES:
        seeded_store.execute(f"ALTER TABLE {table} ADD COLUMN fraud_score INT DEFAULT 7")
    document = seeded_store.execute("SELECT export_customer(2)").fetchone()[0]
    assert "fraud_score" not in str(document)


def test_every_table_of_a_customer_is_exported(seeded_store):
    """A new one has to be decided upon."""
    own = {name for name, relation in RELATIONS.items() if relation.whose_rows("shop_customer") == "own"}
    views = {"document_corrections", "document_lines", "document_parts"}  # of what is exported
    assert own - views == PLACES.keys()


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
    assert returned["shipments"][0]["items"] == [{"line_no": 1, "quantity": 5, "net": 20.0, "tax": 0.8}]
    assert returned["returns"][0]["reason"] == "nobody was in"
    assert [(credit["kind"], credit["amount"], credit["reason"]) for credit in returned["credits"]] == [
        ("return", 20.8, "nobody was in"),
        ("delivery", 5.5, "nobody was in"),
    ]
    paid_by_another = staff.execute("SELECT export_customer(4)").fetchone()[0]
    billed_to = [order["bill_to"] and order["bill_to"]["company"] for order in paid_by_another["orders"]]
    assert billed_to.count("Gatsby's Drug-Stores") == 1
    text = str(document)
    assert "cost" not in text and "card-0" not in text and "request_hash" not in text


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
