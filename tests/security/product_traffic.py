"""Traffic on what products bring: orders placed, paid, shipped, cancelled, returned and reduced, line by line.

Readers compare product_sales, category_revenue, monthly_sales, sales_by_hour and order_funnel with lines, orders, parcels
and credits themselves, in one statement and so at one snapshot.
"""

import psycopg

from tests.security.sales_traffic import SalesTraffic

PRODUCTS = 12
# Some without a cost, one for nothing, and prices that include tax in half of the orders.
CATALOGUE = """
    INSERT INTO products (sku, name, price, cost, category_id)
    SELECT
        'P' || i, 'Product', CASE WHEN i > 1 THEN i + 0.99 ELSE 0 END, CASE WHEN i %% 4 > 0 THEN i / 2.0 END,
        nullif(i %% 6, 0)
    FROM generate_series(1, %s) AS i
"""
# Two roots; below the first two branches, of which one has two more. A product in six is in none.
CATEGORIES = """
    INSERT INTO categories (name, parent_id) VALUES ('A', NULL), ('B', NULL), ('AA', 1), ('AB', 1), ('ABA', 4)
"""
PLACE = """
    SELECT place_order(%(customer)s, jsonb_agg(jsonb_build_object('product_id', product_id, 'quantity', 1 + product_id %% 3)))
    FROM (SELECT DISTINCT (%(number)s * i) %% 12 + 1 AS product_id FROM generate_series(1, %(lines)s) AS i) AS basket
"""
# An order that may take it, the first one from a random number on; a part of it often, so that no line is left alone.
CHANGE = (
    "SELECT {call} FROM (SELECT * FROM orders WHERE order_id >= %(order)s AND {fits} ORDER BY order_id LIMIT 1) AS one"
)
UNITS = """jsonb_build_array(jsonb_build_object('line_no', %(line)s::INT, 'quantity', 1))"""
ACTIONS = {
    "place": (PLACE, 30),
    "pay": (
        CHANGE.format(
            call="record_payment(order_id, 'bank', gen_random_uuid()::TEXT, balance)",
            fits="status = 'pending' AND balance > 0",
        ),
        20,
    ),
    "ship": (CHANGE.format(call="ship_order(order_id, 'post', NULL)", fits="status = 'paid'"), 12),
    "ship units": (CHANGE.format(call=f"ship_order(order_id, 'post', NULL, {UNITS})", fits="status = 'paid'"), 5),
    "deliver": (CHANGE.format(call="deliver_order(order_id)", fits="status IN ('paid', 'shipped')"), 8),
    "cancel": (CHANGE.format(call="cancel_order(order_id, 'no reason')", fits="status IN ('pending', 'paid')"), 8),
    "cancel units": (
        CHANGE.format(call=f"cancel_order(order_id, 'no reason', {UNITS})", fits="status IN ('paid', 'shipped')"),
        12,
    ),
    "return": (
        CHANGE.format(call=f"return_items(order_id, {UNITS}, %(restock)s)", fits="status IN ('shipped', 'delivered')"),
        12,
    ),
    "allow": (CHANGE.format(call="grant_allowance(order_id, 0.50, 'a scratch')", fits="status <> 'cancelled'"), 8),
    "expire": (
        """
        UPDATE orders SET expires_at = created_at + INTERVAL '1 microsecond'
        WHERE order_id = (
            SELECT order_id FROM orders
            WHERE status = 'pending' AND released_at IS NULL AND order_id >= %(order)s
            ORDER BY order_id LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        """,
        3,
    ),
    "move a product": (
        "UPDATE products SET category_id = nullif(%(number)s %% 6, 0) WHERE product_id = %(order)s %% 12 + 1",
        1,
    ),
    "redate": (
        """
        UPDATE orders SET created_at = now() - %(number)s * INTERVAL '10 days'
        WHERE order_id = (SELECT order_id FROM orders WHERE order_id >= %(order)s ORDER BY order_id LIMIT 1)
        """,
        5,
    ),
    "redate a parcel": (
        """
        UPDATE shipments SET shipped_at = shipped_at - %(number)s * INTERVAL '1 hour'
        WHERE shipment_id = (SELECT shipment_id FROM shipments WHERE order_id >= %(order)s ORDER BY order_id LIMIT 1)
        """,
        3,
    ),
    "move a branch": ("UPDATE categories SET parent_id = %(line)s %% 2 + 1 WHERE category_id = 4", 1),
}

DIFFERENCES = """
    WITH live AS (
        SELECT
            product_id, units_sold, units_returned, revenue,
            CASE WHEN lines_without_cost = 0 THEN revenue - cost END AS gross_margin, returned_value,
            units_restocked
        FROM _live_product_sales()
    ),
    shown AS (TABLE product_sales),
    branches AS MATERIALIZED (
        WITH RECURSIVE upwards AS (
            SELECT category_id AS below, category_id FROM categories
            UNION ALL
            SELECT below, parent_id FROM upwards JOIN categories USING (category_id)
        )
        SELECT below, category_id FROM upwards WHERE category_id IS NOT NULL
    ),
    shown_orders AS (SELECT category_id, order_count FROM category_revenue WHERE order_count <> 0),
    live_orders AS (
        SELECT branches.category_id, count(DISTINCT order_id) AS order_count
        FROM order_items JOIN orders USING (order_id) JOIN products USING (product_id)
        JOIN branches ON branches.below = products.category_id
        WHERE quantity > cancelled_quantity AND status <> 'cancelled'
        GROUP BY branches.category_id
    ),
    dated AS (
        SELECT
            created_at, customer_id, total, CASE WHEN prices_include_tax THEN 0 ELSE tax END AS tax_added, NULL AS kind,
            0 AS amount
        FROM orders WHERE status <> 'cancelled'
        UNION ALL
        SELECT credits.created_at, NULL, 0, 0, kind, amount
        FROM credits JOIN orders USING (order_id) WHERE status <> 'cancelled'
    ),
    live_months AS (
        SELECT
            date_trunc('month', created_at AT TIME ZONE time_zone)::DATE AS month, count(customer_id),
            count(DISTINCT customer_id), sum(total), sum(tax_added),
            coalesce(sum(amount) FILTER (WHERE kind = 'cancellation'), 0),
            coalesce(sum(amount) FILTER (WHERE kind = 'return'), 0),
            coalesce(sum(amount) FILTER (WHERE kind = 'allowance'), 0)
        FROM dated, store_settings GROUP BY 1
    ),
    shown_months AS (
        SELECT
            month, order_count, customer_count, total_sales, tax_added, cancelled_items, returns, allowances
        FROM monthly_sales
        WHERE order_count > 0 OR month IN (SELECT month FROM live_months)
    ),
    live_hours AS (
        SELECT
            extract(ISODOW FROM created_at AT TIME ZONE time_zone)::INT,
            extract(HOUR FROM created_at AT TIME ZONE time_zone)::INT, count(*), sum(total)
        FROM orders, store_settings WHERE status <> 'cancelled' GROUP BY 1, 2
    ),
    shown_hours AS (SELECT * FROM sales_by_hour WHERE (orders, revenue) <> (0, 0)),
    sent AS (
        SELECT order_id, min(shipped_at) AS shipped_at, bool_or(delivered_at IS NOT NULL) AS has_arrived
        FROM shipments GROUP BY order_id
    ),
    live_funnel AS (
        SELECT
            date_trunc('month', created_at AT TIME ZONE time_zone)::DATE AS month, count(*), count(paid_at),
            count(shipped_at), count(*) FILTER (WHERE has_arrived), count(*) FILTER (WHERE status = 'cancelled'),
            count(*) FILTER (WHERE status = 'returned'),
            round(percentile_cont(0.5) WITHIN GROUP (
                ORDER BY floor(extract(EPOCH FROM shipped_at - created_at))
            )::NUMERIC / 3600, 2)
        FROM orders LEFT JOIN sent USING (order_id), store_settings GROUP BY 1
    ),
    shown_funnel AS (
        SELECT month, placed, paid, shipped, delivered, cancelled, returned, median_hours_to_ship
        FROM order_funnel WHERE (placed, paid, shipped, delivered, cancelled, returned) <> (0, 0, 0, 0, 0, 0)
    )
    SELECT 'live', missing::TEXT FROM (TABLE live EXCEPT ALL TABLE shown) AS missing
    UNION ALL
    SELECT 'shown', wrong::TEXT FROM (TABLE shown EXCEPT ALL TABLE live) AS wrong
    UNION ALL
    SELECT 'live months', missing::TEXT FROM (TABLE live_months EXCEPT ALL TABLE shown_months) AS missing
    UNION ALL
    SELECT 'shown months', wrong::TEXT FROM (TABLE shown_months EXCEPT ALL TABLE live_months) AS wrong
    UNION ALL
    SELECT 'live orders', missing::TEXT FROM (TABLE live_orders EXCEPT ALL TABLE shown_orders) AS missing
    UNION ALL
    SELECT 'shown orders', wrong::TEXT FROM (TABLE shown_orders EXCEPT ALL TABLE live_orders) AS wrong
    UNION ALL
    SELECT 'live hours', missing::TEXT FROM (TABLE live_hours EXCEPT ALL TABLE shown_hours) AS missing
    UNION ALL
    SELECT 'shown hours', wrong::TEXT FROM (TABLE shown_hours EXCEPT ALL TABLE live_hours) AS wrong
    UNION ALL
    SELECT 'live funnel', missing::TEXT FROM (TABLE live_funnel EXCEPT ALL TABLE shown_funnel) AS missing
    UNION ALL
    SELECT 'shown funnel', wrong::TEXT FROM (TABLE shown_funnel EXCEPT ALL TABLE live_funnel) AS wrong
"""


class ProductTraffic(SalesTraffic):
    """What goes on in one store while its products' sums are compared."""

    differences_query = DIFFERENCES
    refresh_statement = "SELECT refresh_product_sales()"
    products = PRODUCTS
    actions = ACTIONS

    def _fill(self, owner):
        owner.execute("UPDATE store_settings SET max_pending_orders = NULL")
        owner.execute(CATEGORIES)
        owner.execute(CATALOGUE, [self.products])
        owner.execute("SELECT receive_stock(product_id, 1000000, 'the beach') FROM products")

    def _change_settings(self, session, random):
        if random.random() < 0.5:
            super()._change_settings(session, random)
        else:
            session.execute("UPDATE store_settings SET prices_include_tax = NOT prices_include_tax")

    def _change(self, session, random):
        name = random.choices(list(self.actions), [weight for _, weight in self.actions.values()])[0]
        (newest,) = session.execute("SELECT coalesce(max(order_id), 1) FROM orders").fetchone()
        parameters = self._parameters(random, newest)
        try:
            with session.transaction():  # a savepoint: what is refused does not end what was done before
                session.execute("SET LOCAL lock_timeout = '50ms'")
                session.execute(self.actions[name][0], parameters)
                if name == "expire":
                    session.execute("SELECT expire_unpaid_orders(5)")
        except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled):
            name = "gave way"  # the server says "cancelled" where it gets the lock just as the time is up
        except psycopg.Error as error:
            if not (error.sqlstate or "").startswith("ST"):
                raise
            name = "refused"
        self._count(name)

    def _parameters(self, random, newest):
        return {
            "customer": random.randint(1, 5),
            "number": random.randint(1, 11),
            "lines": random.randint(1, 4),
            "line": random.randint(1, 3),
            "order": random.randint(max(1, newest - 200), newest),
            "restock": random.random() < 0.5,
        }
