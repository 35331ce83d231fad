"""Orders in yen from placing to the last refund: every amount is a whole yen, as the paper has it."""

from tests.security.refusals import refusal

# order: status, payment_status, subtotal, discount, shipping_fee, shipping_tax, tax, total, paid, refunded, credited,
# balance
ORDERS = [
    "1,delivered,partly_refunded,2931,440,500,50,261,3252,3252,1104,1104,0",
    "2,delivered,paid,10435,0,0,0,968,11403,11402,0,1,0",
    "3,cancelled,unpaid,333,0,500,50,83,916,0,0,0,0",
    "4,paid,paid,333,50,500,50,78,861,861,0,0,0",
    "5,pending,unpaid,5285,0,500,50,473,6258,0,0,0,6258",
]
# order, line, discount, line_total, tax
LINES = [
    "1,1,100,566,57", "1,2,340,1925,154", "2,1,0,6660,666", "2,2,0,3775,302", "3,1,0,333,33", "4,1,50,283,28",
    "5,1,0,5285,423",
]  # fmt: skip
# order, delivery, tax on it
PARCELS = ["1,500,50", "2,0,0"]
# order, line, net, tax. The yen that was let go is not in the parcel: it went before.
PARCEL_LINES = ["1,1,283,29", "1,2,1925,154", "2,1,6659,666", "2,2,3775,302"]
# order, event, line, kind, net, tax, amount
CREDITS = [
    "1,1,1,cancellation,283,28,311",
    "1,2,2,return,642,51,693",
    "1,3,1,allowance,13,1,14",
    "1,3,2,allowance,57,5,62",
    "1,3,,allowance,22,2,24",
    "2,1,1,allowance,1,0,1",
]


def test_orders_are_as_worked_out(yen_store):
    query = """SELECT order_id, status, payment_status, subtotal, discount, shipping_fee, shipping_tax, tax, total,
        paid_amount, refunded_amount, credited_amount, balance FROM orders"""
    assert rows(yen_store, query) == ORDERS


def test_lines_are_as_worked_out(yen_store):
    assert rows(yen_store, "SELECT order_id, line_no, discount, line_total, tax FROM order_items") == LINES


def test_parcels_are_as_worked_out(yen_store):
    assert rows(yen_store, "SELECT order_id, delivery_net, delivery_tax FROM shipments") == PARCELS
    assert rows(yen_store, "SELECT order_id, line_no, net, tax FROM shipment_items") == PARCEL_LINES


def test_credits_are_as_worked_out(yen_store):
    query = "SELECT order_id, credit_no, line_no, kind, net, tax, amount FROM credits"
    assert rows(yen_store, query) == CREDITS


def test_the_books_balance(yen_store):
    assert rows(yen_store, "SELECT * FROM integrity_violations") == []


def test_no_amount_anywhere_has_a_fraction(yen_store):
    """Not even one of .00: what is shown is what can be paid."""
    amounts = yen_store.execute("""
        SELECT relname, attname FROM pg_attribute
        INNER JOIN pg_class ON attrelid = pg_class.oid
        WHERE relnamespace = 'store'::REGNAMESPACE AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
        AND (atttypid = 'amount'::REGTYPE OR attname = 'balance')
    """).fetchall()
    assert len(amounts) > 30
    odd = [
        f"{table}.{column} {value}"
        for table, column in amounts
        for (value,) in yen_store.execute(f"SELECT DISTINCT {column} FROM {table} WHERE scale({column}) <> 0")
    ]
    assert odd == []


def test_a_fan_for_fifteen_per_cent_less(yen_store):
    """333 - 50 = 283, tax 28: together 311, which can be paid; the postage comes on top."""
    quote = "SELECT unit_price, discount, line_total, tax, total FROM quote_order(%s, 'JP15')"
    assert rows(yen_store, quote, ['[{"product_id": 1, "quantity": 1}]']) == ["333,50,283,28,861"]
    yen_store.execute("UPDATE store_settings SET shipping_fee = 0")
    assert rows(yen_store, quote, ['[{"product_id": 1, "quantity": 1}]']) == ["333,50,283,28,311"]


def test_an_order_told_the_wrong_yen_is_not_placed(yen_store):
    order = """SELECT place_order(3, '[{"product_id": 1, "quantity": 1}]', p_expected_total => 917)"""
    assert refusal(yen_store, order).sqlstate == "ST007"


def test_no_call_takes_a_part_of_a_yen(yen_store):
    calls = [
        "record_payment(5, 'komoju', 'jp5', 6257.5)",
        "record_chargeback(1, 'komoju', 'jp1-c', 0.5)",
        "refund_order(1, 'komoju', 'jp1-r3', 0.5, p_allowance => TRUE)",
        "grant_allowance(1, 0.5, 'half a yen')",
        "receive_stock(1, 1, 'note 2', 119.5)",
        """place_order(3, '[{"product_id": 1, "quantity": 1}]', p_expected_total => 916.5)""",
    ]
    assert {call: refusal(yen_store, f"SELECT {call}").sqlstate for call in calls} == dict.fromkeys(calls, "ST003")


# A statement that gives a part of a yen: the rule it breaks.
PARTS_OF_A_YEN = {
    "UPDATE products SET price = 99.99 WHERE product_id = 1": "products_price_fits_the_currency",
    "UPDATE products SET cost = 0.5 WHERE product_id = 1": "products_cost_fits_the_currency",
    "INSERT INTO products (sku, name, price) VALUES ('TABI', 'Socks', 800.5)": "products_price_fits_the_currency",
    "UPDATE store_settings SET shipping_fee = 499.5": "store_settings_shipping_fee_fits_the_currency",
    "UPDATE store_settings SET free_shipping_from = 4999.5": "store_settings_free_shipping_from_fits_the_currency",
    "INSERT INTO coupons (coupon_code, kind, value) VALUES ('SEN', 'fixed', 0.5)": "coupons_value_fits_the_currency",
    "UPDATE coupons SET minimum_subtotal = 0.5": "coupons_minimum_subtotal_fits_the_currency",
    "UPDATE coupons SET kind = 'fixed', value = 7.5": "coupons_value_fits_the_currency",
    "INSERT INTO price_history (product_id, valid_from, price) VALUES (1, '2024-01-01', 99.5)":
        "price_history_price_fits_the_currency",
    "INSERT INTO stock_adjustments (product_id, quantity, reason, unit_cost) VALUES (1, 1, 'receipt', 0.5)":
        "stock_adjustments_unit_cost_fits_the_currency",
}  # fmt: skip


def test_no_statement_gives_a_part_of_a_yen(yen_store):
    refused = {statement: refusal(yen_store, statement).constraint_name for statement in PARTS_OF_A_YEN}
    assert refused == PARTS_OF_A_YEN


def test_whole_yen_given_with_a_fraction_of_nothing_are_kept_without(yen_store):
    yen_store.execute("UPDATE products SET price = 400.00, cost = 150.0 WHERE product_id = 1")
    yen_store.execute("INSERT INTO coupons (coupon_code, kind, value) VALUES ('HYAKU', 'fixed', 100.00)")
    yen_store.execute("INSERT INTO coupons (coupon_code, kind, value) VALUES ('NANA', 'percent', 7.5)")
    as_an_amount = refusal(yen_store, "UPDATE coupons SET kind = 'fixed' WHERE coupon_code = 'NANA'")
    assert as_an_amount.constraint_name == "coupons_value_fits_the_currency"
    assert rows(yen_store, "SELECT price, cost FROM products WHERE product_id = 1") == ["400,150"]
    assert rows(yen_store, "SELECT price_at(1, clock_timestamp())") == ["400"]
    assert rows(yen_store, "SELECT coupon_code, value FROM coupons") == ["HYAKU,100", "JP15,15", "NANA,7.5"]


def rows(connection, query, parameters=None):
    """A query's rows as text, in the order of their columns."""
    found = connection.execute(f"SELECT * FROM ({query}) AS found ORDER BY found", parameters)
    return [",".join("" if value is None else str(value) for value in row) for row in found]
