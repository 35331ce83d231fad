"""A key stands for one request: whichever argument is another, it is another request and refused, never mistaken for a
retry and answered with what somebody else asked for.
"""

import pytest
from psycopg.errors import DatabaseError

SHOP = """
INSERT INTO customers (email) VALUES ('ada@example.com');
INSERT INTO addresses (customer_id, recipient, line1, city, country_code) VALUES
(1, 'Ada', '1 Street', 'Town', 'US'), (1, 'Ada', '2 Street', 'Town', 'US');
INSERT INTO products (sku, name, price) VALUES ('KETTLE', 'Kettle', 10), ('TEAPOT', 'Teapot', 20);
INSERT INTO coupons (coupon_code, kind, value) VALUES ('ONE', 'fixed', 1), ('TWO', 'fixed', 2);
SELECT receive_stock(product_id, 100, 'note 1') FROM products;
SELECT place_order(1, '[{"product_id": 1, "quantity": 9}, {"product_id": 2, "quantity": 9}]');
SELECT record_payment(1, 'bank', 'charge 1', 270);
SELECT ship_order(1, 'Post', 'first', '[{"line_no": 1, "quantity": 4}, {"line_no": 2, "quantity": 4}]');
"""
LINES = """'[{"line_no": 1, "quantity": 1}, {"line_no": 2, "quantity": 2}]'"""
LINES_BACKWARDS = """'[{"line_no": 2, "quantity": 2}, {"line_no": 1, "quantity": 1}]'"""
OTHER_LINES = """'[{"line_no": 1, "quantity": 2}, {"line_no": 2, "quantity": 1}]'"""
# Of each argument what is asked for, and something else.
CALLS = {
    "place_order": {
        "p_items": (LINES.replace("line_no", "product_id"), OTHER_LINES.replace("line_no", "product_id")),
        "p_coupon_code": ("'ONE'", "'TWO'"),
        "p_address_id": ("1", "2"),
        "p_billing_address_id": ("1", "2"),
    },
    "ship_order": {
        "p_order_id": ("1", "2"),
        "p_carrier": ("'Post'", "'Courier'"),
        "p_tracking_number": ("'T 1'", "'T 2'"),
        "p_items": (LINES, OTHER_LINES),
        "p_shipped_at": ("now()", "now() - INTERVAL '1 second'"),
    },
    "return_items": {
        "p_order_id": ("1", "2"),
        "p_items": (LINES, OTHER_LINES),
        "p_restock": ("TRUE", "FALSE"),
        "p_reason": ("'broken'", "'late'"),
        "p_shipment_id": ("1", "2"),
    },
    "cancel_order": {
        "p_order_id": ("1", "2"),
        "p_reason": ("'sold out'", "'no longer wanted'"),
        "p_items": (LINES, OTHER_LINES),
    },
    "grant_allowance": {
        "p_order_id": ("1", "2"),
        "p_amount": ("1", "1.01"),
        "p_reason": ("'late'", "'broken'"),
        "p_line_no": ("1", "2"),
    },
    "receive_stock": {
        "p_product_id": ("1", "2"),
        "p_quantity": ("5", "6"),
        "p_reference": ("'note 2'", "'note 3'"),
        "p_unit_cost": ("7", "8"),
    },
    "adjust_stock": {
        "p_product_id": ("1", "2"),
        "p_quantity": ("-1", "-2"),
        "p_reason": ("'damage'", "'loss'"),
        "p_reference": ("'shelf 1'", "'shelf 2'"),
    },
}
# A key of place_order is its customer's, and at what total the client expects it does not say what is asked for.
NO_PART_OF_IT = {"p_idempotency_key", "p_customer_id", "p_expected_total"}


@pytest.fixture
def ask(store):
    """Call a function with a key and what is asked for, but for what is given; in one transaction, where now() stands still."""
    store.execute(SHOP)

    def ask(function, **others):
        asked = {name: value for name, (value, _) in CALLS[function].items()} | others
        if function == "place_order":
            asked["p_customer_id"] = "1"
        named = ", ".join(f"{name} => {value}" for name, value in asked.items())
        with store.transaction():
            return store.execute(f"SELECT {function}({named}, p_idempotency_key => 'the key')").fetchone()

    with store.transaction():
        yield ask


@pytest.mark.parametrize("function", CALLS)
def test_another_argument_is_another_request(ask, function):
    answer = ask(function)
    for name, (_, other) in CALLS[function].items():
        with pytest.raises(DatabaseError) as refusal:
            ask(function, **{name: other})
        assert (name, refusal.value.sqlstate) == (name, "ST004")
    assert ask(function) == answer


@pytest.mark.parametrize("function", [function for function, asked in CALLS.items() if "p_items" in asked])
def test_items_in_another_order_are_the_same_request(ask, function):
    backwards = LINES_BACKWARDS.replace("line_no", "product_id" if function == "place_order" else "line_no")
    assert ask(function) == ask(function, p_items=backwards)


def test_every_argument_of_every_call_with_a_key_is_tried(store):
    keyed = store.execute(
        """SELECT proname, proargnames FROM pg_proc
        WHERE pronamespace = 'store'::REGNAMESPACE AND 'p_idempotency_key' = ANY (proargnames) AND proname !~ '^_'"""
    )
    arguments = {name: set(names) - NO_PART_OF_IT for name, names in keyed}
    assert {name: set(asked) for name, asked in CALLS.items()} == arguments
