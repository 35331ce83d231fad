"""Looking at one customer, or at what is open, reads by index however many there are."""

import re

# 100,000 customers with one order each, paid, of two lines; one in a thousand has yet to leave, one
# was paid too much, one too little.
MANY = """
    INSERT INTO customers (email) SELECT number || '@shop.example'
    FROM generate_series(1, 100000) AS number;
    INSERT INTO products (sku, name, price) VALUES ('A', 'A', 10), ('B', 'B', 10);
    INSERT INTO orders (customer_id, status, subtotal, paid_amount, ship_to_country)
    SELECT
        number,
        CASE WHEN number % 1000 > 0 THEN 'delivered' ELSE 'paid' END,
        20, CASE number % 1000 WHEN 1 THEN 21 WHEN 2 THEN 19 ELSE 20 END, 'US'
    FROM generate_series(1, 100000) AS number;
    INSERT INTO unsettled_orders SELECT * FROM _live_unsettled_orders();
    INSERT INTO order_items (order_id, line_no, product_id, sku, product_name, unit_price, quantity)
    SELECT number, line_no, line_no, 'S', 'S', 10, 1
    FROM generate_series(1, 100000) AS number CROSS JOIN generate_series(1, 2) AS line_no;
    INSERT INTO payments (order_id, kind, amount, provider, provider_reference)
    SELECT order_id, 'charge', paid_amount, 'card', order_id FROM orders;
    INSERT INTO shipments (order_id, carrier)
    SELECT order_id, 'Pony Express' FROM orders WHERE status = 'delivered';
    INSERT INTO shipment_items (shipment_id, order_id, line_no, quantity, net, tax)
    SELECT shipment_id, order_id, line_no, 1, 10, 0
    FROM shipments CROSS JOIN generate_series(1, 2) AS line_no;
    INSERT INTO returns (order_id, line_no, shipment_id, quantity)
    SELECT order_id, 1, shipment_id, 1 FROM shipments WHERE order_id % 10 = 0
"""

LOOKUPS = {
    "TABLE order_backlog": ["orders_pkey"],
    "SELECT * FROM order_backlog WHERE order_id = 1000": ["orders_pkey"],
    "TABLE refunds_due": ["orders_pkey"],
    "SELECT * FROM refunds_due WHERE customer_id = 77": [],
    "SELECT * FROM refunds_due WHERE order_id = 77": ["orders_pkey"],
    "TABLE receivables": ["orders_pkey"],
    "SELECT * FROM receivables WHERE order_id = 77": ["orders_pkey"],
    "SELECT * FROM receivables WHERE customer_id = 77": [],
    "SELECT * FROM payment_reconciliation WHERE payment_date = '2025-12-15'": ["payments_occurred_at_idx"],
    "SELECT * FROM customer_overview WHERE customer_id = 77": ["orders_customer_id_idempotency_key_key"],
    "SELECT * FROM customer_overview WHERE email = '77@shop.example'": ["customers_email_key"],
}


def test_a_look_up_is_no_scan(store, superuser):
    """No plan reads a whole table of the store's, the settings' one row and the few unsettled orders aside."""
    with superuser.transaction():
        superuser.execute("SET LOCAL session_replication_role = replica")
        superuser.execute(MANY)
    superuser.execute("VACUUM ANALYZE")
    for query, indexes in LOOKUPS.items():
        plan = "\n".join(line for (line,) in store.execute(f"EXPLAIN (COSTS OFF) {query}"))
        scanned = set(re.findall(r"Seq Scan on (\w+)", plan))
        assert scanned <= {"store_settings", "unsettled_orders"}, f"{query}\n{plan}"
        assert [index for index in indexes if index not in plan] == [], f"{query}\n{plan}"
