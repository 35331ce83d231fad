"""The morning's views cost the same however long the store has been selling.

A store with a year of sales is given nine more before it. What a view touches is counted in
buffers, which repeat, not in time.
"""

import pytest

TODAY = "2025-12-15 12:00+00"

# Twenty orders a day of three lines each, over 200 products, delivered but for the last days', and
# four receipts.
ADD_SALES = """
    WITH placed AS (
        INSERT INTO orders (
            customer_id, status, subtotal, paid_amount, ship_to_country, created_at
        )
        SELECT
            1 + (day * 20 + number) %% 500,
            CASE WHEN day > 3 THEN 'delivered' WHEN number > 5 THEN 'paid' ELSE 'pending' END,
            30, CASE WHEN day > 3 OR number > 5 THEN 30 ELSE 0 END, 'US',
            %(today)s::TIMESTAMPTZ - make_interval(days => day, hours => 20 - number)
        FROM generate_series(%(from)s::INT, %(until)s::INT) AS day
        CROSS JOIN generate_series(1, 20) AS number
        ORDER BY day DESC, number
        RETURNING order_id
    ), ordered AS (
        INSERT INTO order_items (order_id, line_no, product_id, sku, product_name, unit_price, quantity)
        SELECT order_id, line_no, 1 + (order_id * 7 + line_no) %% 200, 'S', 'S', 10, 1
        FROM placed CROSS JOIN generate_series(1, 3) AS line_no
        ORDER BY order_id, line_no
    )
    INSERT INTO stock_adjustments (product_id, quantity, reason, created_at)
    SELECT
        1 + (day * 20 + number) %% 200, 1, 'receipt',
        %(today)s::TIMESTAMPTZ - make_interval(days => day, hours => 20 - number)
    FROM generate_series(%(from)s::INT, %(until)s::INT) AS day
    CROSS JOIN generate_series(1, 4) AS number
"""


@pytest.fixture
def selling_store(store, superuser):
    """A store with 500 customers, 200 products and, `add_sales(from, until)`, days of sales."""
    store.execute("SELECT set_config('app.report_now', %s, FALSE)", [TODAY])
    store.execute(
        "INSERT INTO customers (email) SELECT number || '@shop.example' FROM generate_series(1, 500) AS number"
    )
    store.execute(
        "INSERT INTO products (sku, name, price, created_at) SELECT 'S' || number, 'S', 10, "
        "'2010-01-01' FROM generate_series(1, 200) AS number"
    )
    store.execute("UPDATE inventory SET on_hand = 50 + product_id, reorder_point = 60")

    def add_sales(from_day, until_day):
        with superuser.transaction():
            superuser.execute("SET LOCAL session_replication_role = replica")
            days = {"from": from_day, "until": until_day, "today": TODAY}
            superuser.execute(ADD_SALES, days)
        superuser.execute("VACUUM ANALYZE")

    store.add_sales = add_sales
    return store


def test_ten_years_of_sales_cost_what_one_does(selling_store):
    """Buffers touched differ by less than a fifth."""
    views = ["dashboard_kpis", "inventory_alerts"]
    selling_store.add_sales(0, 364)
    after_one_year = {view: buffers(selling_store, view) for view in views}
    rows = [selling_store.execute(f"TABLE {view}").fetchall() for view in views]
    selling_store.add_sales(365, 3649)
    assert [selling_store.execute(f"TABLE {view}").fetchall() for view in views] == rows
    for view, before in after_one_year.items():
        assert abs(buffers(selling_store, view) - before) < 0.2 * before, view


@pytest.mark.parametrize(
    "view, indexes",
    [
        ("dashboard_kpis", ["orders_created_at_idx", "orders_pkey", "on unsettled_orders"]),
        (
            "inventory_alerts",
            [
                "orders_created_at_idx",
                "order_items_pkey",
                "stock_adjustments_product_id_created_at_idx",
            ],
        ),
    ],
)
def test_the_recent_past_is_found_by_index(view, indexes, selling_store):
    """No plan reads all orders or all lines."""
    selling_store.add_sales(0, 364)
    plan = "\n".join(line for (line,) in selling_store.execute(f"EXPLAIN (COSTS OFF) TABLE {view}"))
    assert [index for index in indexes if index not in plan] == [], plan
    assert "Seq Scan on order" not in plan, plan
    assert "Seq Scan on stock_adjustments" not in plan, plan


def buffers(store, view):
    """How many buffers a second look at the view touches, whether cached or not."""
    store.execute(f"TABLE {view}")  # the first sets hint bits and reads the catalog
    explain = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) TABLE {view}"
    root = store.execute(explain).fetchone()[0][0]["Plan"]
    return root["Shared Hit Blocks"] + root["Shared Read Blocks"]


def test_summing_stock_movements_reads_no_parcel(store):
    """When a unit left is in the parcel; how many is not."""
    query = "SELECT product_id, sum(quantity) FROM stock_movements GROUP BY product_id"
    plan = "\n".join(line for (line,) in store.execute(f"EXPLAIN (COSTS OFF) {query}"))
    assert "on shipments" not in plan, plan
