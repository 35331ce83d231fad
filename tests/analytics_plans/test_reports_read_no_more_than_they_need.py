"""A report of one month, product or coupon reads that month, product or coupon, however long the history.

The plans are those of an analyst, over three years of 200 orders of two lines a month.
"""

from pathlib import Path

import pytest
from pytest_postgresql import factories

from tests.analytics_plans.plan import Plan
from tests.database import copy_of
from tests.templates import database_to_load

HISTORY = (Path(__file__).parent / "history.sql").read_text()
ORDERS, MONTHLY_ORDERS, LINES, MONTHLY_LINES = 7200, 200, 14400, 400
BUYERS = 900
CREDITS, MONTHLY_CREDITS = 1200, 34  # each of which asks whether its order was cancelled
A_FEW = 20  # the first and last order and credit, looked up by index to know which months there are
REPORTS = [
    "monthly_revenue",
    "sales_summary",
    "tax_summary",
    "customer_lifetime_value",
    "customer_segments",
    "cohort_retention",
    "repeat_purchases",
    "new_and_returning_revenue",
    "product_rankings",
    "category_revenue",
    "return_rates",
    "coupon_performance",
    "order_funnel",
    "rolling_sales",
    "sales_by_hour",
]


def load_history(**connection):
    """Give a deployed store its history."""
    history = database_to_load(connection)
    with history.connect() as owner, history.connect(None) as superuser:
        owner.execute(HISTORY)
        superuser.execute("VACUUM (ANALYZE)")


history = factories.postgresql_noproc(dbname="test_history", depends_on="deployed", load=[load_history])


@pytest.fixture
def database(history):
    """A store with a history."""
    with copy_of(history) as copy:
        yield copy


@pytest.fixture
def analyst(database):
    """A login with nothing but the group role."""
    with database.connect("shop_analyst", **{"app.report_now": "2024-12-31T12:00Z"}) as connection:
        yield connection


@pytest.mark.parametrize("report", ["monthly_revenue", "sales_summary"])
def test_months_read_their_sums_and_the_orders_of_one_that_has_changed(report, store, analyst):
    store.execute("SELECT refresh_product_sales()")
    plan = Plan(analyst, f"SELECT * FROM {report}")
    assert 36 <= plan.rows_read["monthly_sales_rollup"] <= 40
    assert max(plan.rows_read["orders"], plan.rows_read["credits"]) <= A_FEW
    store.execute("""
        INSERT INTO order_audit (order_id, action)
        SELECT order_id, 'placed' FROM orders WHERE created_at = '2024-05-02 12:00Z' LIMIT 1
    """)
    plan = Plan(analyst, f"SELECT * FROM {report}")
    assert MONTHLY_ORDERS <= plan.rows_read["orders"] <= MONTHLY_ORDERS + MONTHLY_CREDITS + A_FEW
    assert MONTHLY_CREDITS - 5 <= plan.rows_read["credits"] <= MONTHLY_CREDITS + A_FEW


def test_the_funnel_reads_its_months_and_the_orders_of_one_in_which_something_left(store, analyst):
    store.execute("SELECT refresh_product_sales()")
    plan = Plan(analyst, "SELECT * FROM order_funnel")
    assert 36 <= plan.rows_read["order_funnel_rollup"] <= 40
    assert plan.rows_read["orders"] <= A_FEW and plan.rows_read["shipments"] == 0
    store.execute("""
        INSERT INTO order_audit (order_id, action)
        SELECT order_id, 'shipped' FROM orders WHERE created_at = '2024-05-02 12:00Z' LIMIT 1
    """)
    plan = Plan(analyst, "SELECT * FROM order_funnel")
    assert MONTHLY_ORDERS <= plan.rows_read["orders"] <= 2 * MONTHLY_ORDERS + A_FEW
    assert plan.rows_read["shipments"] <= MONTHLY_ORDERS
    plan = Plan(analyst, "SELECT * FROM order_funnel WHERE month = '2024-04-01'")
    assert plan.rows_read["orders"] <= A_FEW
    plan = Plan(analyst, "SELECT * FROM monthly_revenue")
    assert plan.rows_read["orders"] <= A_FEW


def test_hours_read_their_sums_and_the_orders_that_changed(store, analyst):
    """Counted by the server: what a function reads is in no plan."""
    store.execute("SELECT refresh_product_sales()")
    store.execute("INSERT INTO order_audit (order_id, action) SELECT order_id, 'placed' FROM orders LIMIT 3")
    with analyst.transaction():
        rows = analyst.execute("SELECT * FROM sales_by_hour").fetchall()
        [(read,)] = analyst.execute(
            "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'orders'"
        ).fetchall()
    assert sum(row[2] for row in rows) > 0 and read == 3


@pytest.mark.parametrize("report", ["monthly_revenue", "sales_summary"])
def test_before_months_are_stored_each_order_is_read_once(report, analyst):
    plan = Plan(analyst, f"SELECT * FROM {report}")
    assert ORDERS <= plan.rows_read["orders"] <= ORDERS + CREDITS + 2 * A_FEW


@pytest.mark.parametrize("report", ["tax_summary", "order_funnel"])
@pytest.mark.parametrize("condition", ["month = '2024-05-01'", "month BETWEEN '2024-05-01' AND '2024-05-31'"])
def test_a_month_reads_that_month(report, condition, analyst):
    plan = Plan(analyst, f"SELECT * FROM {report} WHERE {condition}")
    passes = 2 if report == "tax_summary" else 1  # what was sold, and what was credited
    again = MONTHLY_ORDERS if report == "order_funnel" else 0  # to find their parcels
    at_most = MONTHLY_ORDERS + again + passes * (MONTHLY_CREDITS + A_FEW)
    assert MONTHLY_ORDERS <= plan.rows_read["orders"] <= at_most
    assert plan.rows_read["order_items"] <= MONTHLY_LINES + MONTHLY_CREDITS
    assert plan.rows_read["shipments"] <= MONTHLY_ORDERS
    assert plan.rows_read["credits"] <= MONTHLY_CREDITS + passes * A_FEW


def test_the_tax_of_all_months_reads_each_line_once(analyst):
    plan = Plan(analyst, "SELECT * FROM tax_summary")
    assert plan.rows_read["order_items"] <= LINES + CREDITS
    assert plan.rows_read["orders"] <= ORDERS + 2 * CREDITS + 4 * A_FEW


def test_the_days_beside_earlier_ones_read_the_kept_days_and_no_order(store, analyst):
    """Counted by the server: what a function reads is in no plan."""
    store.execute("SELECT refresh_reports()")
    with analyst.transaction():
        rows = analyst.execute("SELECT * FROM rolling_sales").fetchall()
        [(read,)] = analyst.execute(
            "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'orders'"
        ).fetchall()
    assert sum(row[1] for row in rows) > 0 and read == 0


def test_a_day_of_payments_reads_that_day(analyst):
    plan = Plan(analyst, "SELECT * FROM payment_reconciliation WHERE payment_date = '2024-05-02'")
    a_day, an_hour_more, first_and_last = 8, 1, 2
    assert a_day <= plan.rows_read["payments"] <= a_day + an_hour_more + first_and_last


def test_payments_of_all_days_are_read_once(analyst):
    plan = Plan(analyst, "SELECT * FROM payment_reconciliation")
    # An hour more than each day's, told as a day's average, which before 18 is a whole number.
    assert 0.9 * ORDERS <= plan.rows_read["payments"] <= 1.3 * ORDERS


def test_new_customers_of_a_month_read_that_month_and_the_first_orders(analyst):
    plan = Plan(analyst, "SELECT * FROM new_and_returning_revenue WHERE month = '2024-05-01'")
    assert plan.rows_read["orders"] <= ORDERS + MONTHLY_ORDERS + A_FEW


def test_the_returns_of_a_product_read_its_sums(store, analyst):
    store.execute("SELECT refresh_product_sales()")
    plan = Plan(analyst, "SELECT * FROM return_rates WHERE product_id = 7")
    assert 1 <= plan.rows_read.pop("product_sales_rollup") <= 100  # a page or two, of a hundred products
    assert plan.rows_read == {"store_settings": 1}


def test_a_coupon_reads_its_orders(analyst):
    plan = Plan(analyst, "SELECT * FROM coupon_performance WHERE coupon_code = 'C7'")
    its_orders = ORDERS // 50
    customers_orders = 8  # at most, to find an earlier one
    assert plan.rows_read["orders"] <= its_orders * customers_orders


@pytest.mark.parametrize("report", ["customer_segments", "cohort_retention"])
def test_a_report_on_all_customers_keeps_few_lists_of_them(report, analyst):
    """Each takes what memory it may where there are many customers: four times work_mem in all."""
    plan = Plan(analyst, f"SELECT * FROM {report}")
    assert 1 <= plan.memory_for(BUYERS) <= 4


def test_what_is_new_is_read_alone_after_a_bulk_load(store, superuser):
    """Of which the planner takes one transaction for as large as another; rows as the server counts them."""
    event = "INSERT INTO order_audit (order_id, action) SELECT order_id, 'placed' FROM orders"
    for part in range(150):
        store.execute(f"{event} WHERE order_id % 150 = {part}")
    store.execute("SELECT refresh_product_sales()")
    superuser.execute("VACUUM (ANALYZE)")
    store.execute(f"{event} WHERE order_id = 7")
    store.execute("SELECT pg_stat_force_next_flush()")  # what was read before is counted apart
    with store.transaction():
        assert store.execute("SELECT * FROM return_rates").fetchall()
        [(read,)] = store.execute(
            "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'order_items'"
        ).fetchall()
    assert 0 < read <= 20


def test_orders_are_counted_by_category_in_one_list(store):
    """One to know which of them count, and one to tell them apart, are the most that keep all orders."""
    store.execute("INSERT INTO categories (name) VALUES ('Things')")
    store.execute("UPDATE products SET category_id = (SELECT category_id FROM categories)")
    [(body,)] = store.execute("SELECT pg_get_function_sqlbody('_live_category_orders()'::REGPROCEDURE)").fetchall()
    plan = Plan(store, body.removeprefix("BEGIN ATOMIC").removesuffix("END").rstrip().removesuffix(";"))
    assert 1 <= plan.memory_for(0.9 * ORDERS) <= 3


@pytest.fixture
def documented(superuser):
    """Each parcel has two lines and an invoice, each credit its note."""
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("""
        INSERT INTO shipment_items (shipment_id, order_id, line_no, quantity, net, tax)
        SELECT shipment_id, order_id, line_no, 1, 10, 0 FROM shipments CROSS JOIN generate_series(1, 2) AS line_no
    """)
    superuser.execute("""
        INSERT INTO documents (
            kind, series, number, order_id, shipment_id, credit_no, issued_at, issued_on, country_code, seller,
            buyer_until
        )
        SELECT
            kind, kind, order_id, order_id, shipment_id, credit_no, issued_at, issued_at::DATE, 'US',
            '{"name": "A Store", "line1": "1 Street", "city": "Town"}', '2040-12-31'
        FROM (
            SELECT 'invoice' AS kind, order_id, shipment_id, NULL AS credit_no, shipped_at AS issued_at FROM shipments
            UNION ALL
            SELECT 'credit_note', order_id, NULL, credit_no, created_at FROM credits
        ) AS documented
    """)
    superuser.execute("ANALYZE shipment_items, documents")
    return superuser


def test_the_lines_of_a_document_s_order_are_looked_up_at_once(documented):
    """Each by itself, they would cost several times as much."""
    explain = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT * FROM vat_return"
    [(answer,)] = documented.execute(explain)
    [(documents,)] = documented.execute("SELECT count(*) FROM documents")
    look_ups = sum(node["Actual Loops"] for node in nodes_on("order_items", answer[0]["Plan"]))
    assert documents <= look_ups <= documents + CREDITS


def test_no_document_s_lines_are_kept_in_case_another_asks_for_them(documented):
    """None does; and to keep those of all takes what memory there is."""
    plan = Plan(documented, "SELECT * FROM vat_return")
    assert plan.rows_read["documents"] > 0
    is_kept_by_document = "'Cache Key': 'documents." in plan.text
    assert not is_kept_by_document


def nodes_on(table, node):
    """The steps of a plan that read that table."""
    parts = [part for inner in node.get("Plans", []) for part in nodes_on(table, inner)]
    return [node, *parts] if node.get("Relation Name") == table else parts


def test_an_overview_of_all_customers_reads_each_order_once(store):
    """And once more where something is owed, which is asked of that order alone."""
    plan = Plan(store, "SELECT * FROM customer_overview")
    assert ORDERS <= plan.rows_read["orders"] <= 2 * ORDERS
    assert 0 < plan.rows_read["unsettled_orders"] <= ORDERS


def test_no_function_of_ours_is_called_for_a_row(analyst):
    """Those the reports use are inlined: a call would hide from the planner what it compares."""
    plans = {report: Plan(analyst, f"SELECT * FROM {report}").text for report in REPORTS}
    assert [name for name, plan in plans.items() if "report_now(" in plan or "first_instant_of(" in plan] == []
