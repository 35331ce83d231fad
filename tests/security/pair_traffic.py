"""Traffic on which products are bought together: orders placed and cancelled, and refreshes meanwhile.

Readers refresh product_affinity themselves and compare it with the orders, both at one snapshot: a refresh is all that
it is as old as. Another one in between fails the reader's, which is then tried again.
"""

import psycopg

from tests.security.product_traffic import ACTIONS, ProductTraffic

PRODUCTS = 150  # some pairs are sold often, most hardly ever
PLACE = """
    SELECT place_order(%(customer)s, jsonb_agg(jsonb_build_object('product_id', product_id, 'quantity', 1)))
    FROM unnest(%(products)s) AS product_id
"""
# As a loader writes it: a product may be on two lines.
LOAD = """
    WITH loaded AS (
        INSERT INTO orders (customer_id, subtotal, ship_to_country)
        VALUES (%(customer)s, 2 * cardinality(%(products)s), 'US')
        RETURNING order_id
    ), lines AS (
        INSERT INTO order_items (order_id, line_no, product_id, sku, product_name, unit_price, quantity)
        SELECT order_id, row_number() OVER (), product_id, 'P', 'Product', 1, 1
        FROM loaded CROSS JOIN unnest(%(products)s || %(products)s) AS product_id
    ), reserved AS (
        UPDATE inventory SET reserved = reserved + 2 WHERE product_id = ANY(%(products)s)
    )
    INSERT INTO order_audit (order_id, action) SELECT order_id, 'placed' FROM loaded
"""
WEIGHTS = {"place": 40, "load": 5, "pay": 5, "ship": 3, "cancel": 20, "cancel units": 3, "expire": 3}

DIFFERENCES = """
    WITH counted AS (SELECT order_id FROM orders WHERE status <> 'cancelled'),
    baskets AS (SELECT DISTINCT order_id, product_id FROM order_items JOIN counted USING (order_id)),
    alone AS (SELECT product_id, count(*) AS n FROM baskets GROUP BY product_id),
    pairs AS (
        SELECT a.product_id AS a, b.product_id AS b, count(*) AS n
        FROM baskets AS a JOIN baskets AS b USING (order_id)
        WHERE a.product_id < b.product_id
        GROUP BY 1, 2
        HAVING count(*) >= current_setting('app.affinity_minimum')::INT
    ),
    live AS (
        SELECT
            a, b, pairs.n, round(pairs.n / all_orders, 6), round(pairs.n / alone_a.n::NUMERIC, 6), round(pairs.n / alone_b.n::NUMERIC, 6),
            round(pairs.n * all_orders / (alone_a.n * alone_b.n), 4)
        FROM pairs
        JOIN alone AS alone_a ON a = alone_a.product_id
        JOIN alone AS alone_b ON b = alone_b.product_id
        CROSS JOIN (SELECT count(*)::NUMERIC AS all_orders FROM counted) AS total
    )
    SELECT 'live', missing::TEXT FROM (TABLE live EXCEPT ALL TABLE product_affinity) AS missing
    UNION ALL
    SELECT 'shown', wrong::TEXT FROM (TABLE product_affinity EXCEPT ALL TABLE live) AS wrong
"""
COUNTED = "SELECT snapshot::TEXT FROM watermarks WHERE name = 'product_affinity'"


class PairTraffic(ProductTraffic):
    """What goes on in one store while its pairs of products are compared."""

    differences_query = DIFFERENCES
    refresh_statement = "SET LOCAL lock_timeout = 0; SELECT refresh_product_affinity()"
    refresh_by_hand = "SET LOCAL lock_timeout = 0; REFRESH MATERIALIZED VIEW CONCURRENTLY product_affinity"
    products = PRODUCTS
    actions = {name: ((LOAD if name == "load" else ACTIONS[name][0]), weight) for name, weight in WEIGHTS.items()} | {
        "place": (PLACE, WEIGHTS["place"])
    }
    minimum = 3  # app.affinity_minimum of every session, until it changes
    share_of_new_settings = 0.1  # what is kept of a higher minimum is all that depends on it

    def _fill(self, owner):
        """And an order that stays, of what is free: a naive version would divide by none."""
        super()._fill(owner)
        owner.execute("""SELECT place_order(1, '[{"product_id": 1, "quantity": 1}]')""")
        owner.execute("SELECT ship_order(order_id, 'post', NULL) FROM orders")

    def _change_settings(self, session, random):
        self.minimum = random.choice([0, 1, 2, 3, 3, 4, 5, 8, 20])

    def _parameters(self, random, newest):
        """Products by popularity: of the first ten every order has some."""
        products = {1 + int(PRODUCTS * random.random() ** 3) for _ in range(random.randint(1, 5))}
        return super()._parameters(random, newest) | {"products": sorted(products)}

    def _refresh(self, session, random):
        session.execute("SELECT set_config('app.affinity_minimum', %s, FALSE)", [str(self.minimum)])
        super()._refresh(session, random)

    def _read(self, session, random):
        """Refresh and compare at one snapshot, then keep or undo the refresh."""
        session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        session.execute("SELECT set_config('app.affinity_minimum', %s, TRUE)", [str(max(self.minimum, 1))])
        before = session.execute(COUNTED).fetchone()
        try:
            session.execute(random.choice([self.refresh_statement, self.refresh_by_hand]))
        except (psycopg.errors.SerializationFailure, psycopg.errors.UniqueViolation):
            session.rollback()
            self._count("gave way to a refresh")
            return
        after = session.execute(COUNTED).fetchone()
        self._count("added" if before == after else "counted anew")
        self._compare(session)
        session.commit() if random.random() < 0.5 else session.rollback()
