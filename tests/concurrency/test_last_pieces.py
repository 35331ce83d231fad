"""The last pieces of a product are sold once each, however many ask for them at the same moment."""

from collections import Counter

import psycopg
import pytest

from tests.concurrency.conftest import placing
from tests.concurrency.session import as_they_end

BUYERS = 64
PIECES = 10


@pytest.fixture
def product(store):
    """A product with ten pieces left, and a customer for each buyer."""
    store.execute(
        "INSERT INTO customers (email) SELECT 'buyer-' || number || '@example.com'"
        " FROM generate_series(1, %s) AS number",
        [BUYERS],
    )
    (product_id,) = store.execute(
        "INSERT INTO products (sku, name, price) VALUES ('LAST', 'The last ones', 5) RETURNING product_id"
    ).fetchone()
    store.execute("UPDATE inventory SET on_hand = %s WHERE product_id = %s", [PIECES, product_id])
    return product_id


def order_of_one(session, customer_id, product_id):
    session.start(
        "SELECT place_order(%s, jsonb_build_array(jsonb_build_object('product_id', %s::INT, 'quantity', 1)))",
        [customer_id, product_id],
    )


def test_64_buyers_of_10_pieces_get_10_orders(store, product, open_session):
    """10 orders, 54 times ST001, nothing else; the reservation is exactly the stock."""
    holder = open_session()
    holder.execute("SELECT FROM inventory WHERE product_id = %s FOR UPDATE", [product])
    buyers = [open_session() for _ in range(BUYERS)]
    for customer_id, buyer in enumerate(buyers, start=1):
        order_of_one(buyer, customer_id, product)
    buyers[0].wait_until_blocked_by(holder, *buyers[1:])  # a crowd at the counter before it opens
    holder.rollback()

    outcomes = Counter()
    for buyer in as_they_end(buyers):  # whoever has the row commits before the next one gets it
        outcomes[buyer.sqlstate()] += 1
        buyer.commit()

    assert outcomes == {"00000": PIECES, "ST001": BUYERS - PIECES}
    assert store.execute("SELECT count(*) FROM orders").fetchone() == (PIECES,)
    assert store.execute("SELECT on_hand, reserved FROM inventory").fetchone() == (PIECES, PIECES)


def test_the_loser_is_told_what_is_left(store, product, open_session):
    """The second of two waits for the first, then hears ST001 with the stock as it is by then."""
    first, second = open_session(), open_session()
    first.execute(
        "SELECT place_order(1, jsonb_build_array(jsonb_build_object('product_id', %s::INT, 'quantity', 7)))", [product]
    )
    second.start(
        "SELECT place_order(2, jsonb_build_array(jsonb_build_object('product_id', %s::INT, 'quantity', 4)))", [product]
    )
    second.wait_until_blocked_by(first)
    first.commit()
    with pytest.raises(psycopg.Error) as refused:
        second.result()
    assert refused.value.sqlstate == "ST001"
    assert refused.value.diag.message_detail == (
        f'{{"items": [{{"available": 3, "requested": 4, "product_id": {product}}}]}}'
    )


def test_the_loser_is_told_of_nothing_that_was_there(shop, open_session):
    """Of two products one was left when its turn came: six of ten, which the order itself does not leave any more."""
    first, second = open_session(), open_session()
    first.execute("SELECT " + placing(2, {2: 7}))
    second.start("SELECT " + placing(1, {1: 6, 2: 6}))
    second.wait_until_blocked_by(first)
    first.commit()
    with pytest.raises(psycopg.Error) as refused:
        second.result()
    assert refused.value.sqlstate == "ST001"
    assert refused.value.diag.message_detail == '{"items": [{"available": 3, "requested": 6, "product_id": 2}]}'
