"""Text is data: whatever an argument holds, nothing of it is ever run."""

import psycopg
import pytest

PAYLOADS = [
    "'; DROP TABLE store.orders; --",
    "' OR '1' = '1",
    "'); DELETE FROM customers; --",
    "\\'; SELECT pg_sleep(9); --",
    '"; DROP TABLE orders; --',
    "$$; DROP TABLE orders; $$",
    "$place_order$; DROP TABLE orders; --",
    "%s %I %L %1$s %",
    "{{7*7}} ${7*7} $(id)",
    "/* */ -- ",
    "a\nb\tc\r\n",
    "\N{RIGHT SINGLE QUOTATION MARK}; DROP TABLE orders; --",
    "\N{FULLWIDTH APOSTROPHE} OR 1=1",
    "NULL",
    "[]",
    "x" * 300,
]
# Calls with one argument each that is text of the caller's; the rest would succeed.
CALLS = [
    "SELECT register_customer(%s, 'N', 'N')",
    "SELECT register_customer('n@a.example', %s, %s, %s)",
    """SELECT place_order(3, '[{"product_id": 5, "quantity": 1}]', %s)""",
    """SELECT place_order(3, '[{"product_id": 5, "quantity": 1}]', NULL, %s)""",
    "SELECT place_order(3, to_jsonb(%s::TEXT))",
    """SELECT place_order(3, jsonb_build_array(jsonb_build_object(%s::TEXT, 1)))""",
    """SELECT place_order(3, jsonb_build_array(jsonb_build_object('product_id', %s::TEXT, 'quantity', 1)))""",
    """SELECT quote_order('[{"product_id": 5, "quantity": 1}]', %s)""",
    """SELECT quote_order('[{"product_id": 5, "quantity": 1}]', NULL, NULL, NULL, %s, %s)""",
    "SELECT record_payment(45, %s, %s, 1.00, %s)",
    "SELECT reverse_payment(1, %s)",
    "SELECT write_off(39, %s)",
    "SELECT release_order(45, %s)",
    "SELECT grant_allowance(40, 1.00, %s, NULL, %s)",
    "SELECT record_chargeback(40, %s, %s, 1.00)",
    "SELECT ship_order(44, %s, %s)",
    "SELECT cancel_order(43, %s)",
    """SELECT return_items(40, '[{"line_no": 1, "quantity": 1}]', TRUE, %s)""",
    "SELECT refund_order(31, %s, %s, 1.00, %s)",
    "SELECT receive_stock(5, 1, %s)",
    "SELECT adjust_stock(5, -1, %s, %s)",
    "SELECT adjust_stock(5, -1, 'damage', %s)",
    "SELECT count_stock(5, 60, %s)",
    "SELECT read_order_events(%s)",
    "SELECT acknowledge_order_events(%s, 1)",
    "SELECT search_products(%s)",
]
OBJECTS = "SELECT count(*) FROM pg_class WHERE relnamespace = 'store'::REGNAMESPACE"
FIGURES = """
    SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM orders),
        (SELECT count(*) FROM addresses), (SELECT sum(on_hand) FROM inventory)
"""


@pytest.mark.parametrize("call", CALLS)
def test_an_argument_is_stored_or_refused_and_never_run(seeded_store, login, call):
    """As staff, who may call most: refused by a code of the store's own, or kept to the letter."""
    session = login("shop_staff")
    session.autocommit = False
    objects, figures = seeded_store.execute(OBJECTS).fetchone(), seeded_store.execute(FIGURES).fetchone()
    for payload in PAYLOADS:
        try:
            session.execute(call, [payload] * call.count("%s"))
        except psycopg.Error as error:
            assert error.sqlstate.startswith("ST"), (payload, error.sqlstate, str(error))
        session.rollback()
    assert seeded_store.execute(OBJECTS).fetchone() == objects
    assert seeded_store.execute(FIGURES).fetchone() == figures


def test_what_is_kept_is_kept_to_the_letter(seeded_store, login):
    """A key and a reason, however odd, come back as they went in."""
    session = login("shop_staff")
    for payload in PAYLOADS[:8]:
        order = """SELECT place_order(1, '[{"product_id": 18, "quantity": 1}]', %s)"""
        number = session.execute(order, [payload]).fetchone()[0]
        session.execute("SELECT change_hold(%s, NULL)", [number])
        session.execute("SELECT cancel_order(%s, %s)", [number, payload])
        query = """
            SELECT idempotency_key, cancel_reason FROM orders WHERE order_id = %s
        """
        assert session.execute(query, [number]).fetchone() == (payload.strip(), payload.strip())


def test_settings_are_data_too(seeded_store, login):
    """What a session may set: nobody, or an error of the value, and nothing run."""
    session = login("shop_customer")
    for payload in PAYLOADS:
        for name in ("app.customer_id", "app.session_token"):
            session.execute("SELECT set_config(%s, %s, FALSE)", [name, payload])
        assert session.execute("SELECT current_customer_id()").fetchone() == (None,)
        assert session.execute("SELECT count(*) FROM customers").fetchone() == (0,)
