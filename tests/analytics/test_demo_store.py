"""The demo store shows every case the reports must get right: each query here finds its example."""

import re

from tests.test_expected import REPORT_NOW, ROOT

LOCAL = "created_at AT TIME ZONE (SELECT time_zone FROM store_settings)"
COUNTED = "status <> 'cancelled'"
CASES = {
    "every status": "SELECT WHERE (SELECT count(DISTINCT status) FROM orders) = 6",
    "every payment status but waived": """
        SELECT WHERE (SELECT count(DISTINCT payment_status) FROM orders) = 7""",
    "every segment": "SELECT WHERE (SELECT count(DISTINCT segment) FROM customer_segments) = 7",
    "every class of products": """
        SELECT WHERE (SELECT count(DISTINCT abc_class) FROM product_rankings) = 3""",
    "a month without any order, in the middle": """
        SELECT FROM order_funnel WHERE placed = 0""",
    "a month with orders and no revenue": """
        SELECT FROM monthly_revenue WHERE total_orders > 0 AND revenue = 0""",
    "a month that gives more back than it brings": """
        SELECT FROM monthly_revenue WHERE net_revenue < 0""",
    "a thirteenth month": "SELECT FROM monthly_revenue WHERE year_over_year_pct IS NOT NULL",
    "a month that is not over": "SELECT FROM monthly_revenue WHERE is_partial",
    "an order whose month is another in UTC": f"""
        SELECT FROM orders WHERE date_trunc('month', {LOCAL})
            <> date_trunc('month', created_at AT TIME ZONE 'UTC') AND {COUNTED}""",
    "a credit whose month is another in UTC": f"""
        SELECT FROM credits WHERE date_trunc('month', {LOCAL})
            <> date_trunc('month', created_at AT TIME ZONE 'UTC')""",
    "orders at one time of one day, an hour apart": f"""
        SELECT FROM orders GROUP BY {LOCAL} HAVING count(*) > 1""",
    "orders around the hour that is skipped": """
        SELECT FROM orders AS a, orders AS b
        WHERE a.created_at = '2025-03-09 01:59:59-05' AND b.created_at = '2025-03-09 03:00-04'""",
    "a credit in a later month than its order": f"""
        SELECT FROM credits JOIN orders USING (order_id)
        WHERE {COUNTED}
            AND date_trunc('month', credits.created_at) > date_trunc('month', orders.created_at)""",
    "every kind of credit": "SELECT WHERE (SELECT count(DISTINCT kind) FROM credits) = 4",
    "an allowance spread over lines and delivery": """
        SELECT FROM credits WHERE kind = 'allowance' GROUP BY order_id, credit_no
        HAVING count(line_no) > 1 AND count(line_no) < count(*)""",
    "a half cent of net and one of tax, each rounded up": """
        SELECT FROM orders JOIN order_items USING (order_id) JOIN credits USING (order_id, line_no)
        WHERE prices_include_tax AND kind = 'return'
            AND credits.quantity * 2 = order_items.quantity AND amount * 2 > line_total""",
    "a credit whose money is still due": """
        SELECT FROM refunds_due JOIN credits USING (order_id) WHERE amount_due = amount""",
    "a return that went back into stock": "SELECT FROM returns WHERE restocked",
    "a return that did not": "SELECT FROM returns WHERE NOT restocked",
    "a refund on a cancelled order": """
        SELECT FROM payments JOIN orders USING (order_id)
        WHERE kind = 'refund' AND status = 'cancelled'""",
    "a payment after the order was cancelled": """
        SELECT FROM payments JOIN orders USING (order_id) WHERE payments.created_at > cancelled_at
            AND kind = 'charge'""",
    "a chargeback lost, and written off": """
        SELECT FROM orders WHERE payment_status = 'charged_back' AND written_off_at IS NOT NULL""",
    "a chargeback won": """
        SELECT FROM orders WHERE charged_back_amount > 0 AND payment_status = 'paid'""",
    "a payment we heard of on a later day": f"""
        SELECT FROM payments WHERE ({LOCAL})::DATE > ({LOCAL.replace("created", "occurred")})::DATE""",
    "an order on account, delivered and owed": """
        SELECT FROM receivables JOIN orders USING (order_id)
        WHERE status = 'delivered' AND released_at IS NOT NULL AND paid_at IS NULL""",
    "an order somebody else pays": """
        SELECT FROM orders WHERE bill_to ->> 'recipient' <> ship_to ->> 'recipient'""",
    "a parcel that never arrived and came back": """
        SELECT FROM shipments JOIN returns USING (shipment_id) JOIN orders ON returns.order_id = orders.order_id
        WHERE delivered_at IS NULL AND status = 'returned'""",
    "an overpayment": "SELECT FROM orders WHERE paid_amount > total",
    "a partly paid order": "SELECT FROM orders WHERE payment_status = 'partly_paid'",
    "an order that left in parts": """
        SELECT FROM shipments GROUP BY order_id HAVING count(*) > 1""",
    "a line that left in parts": """
        SELECT FROM shipment_items GROUP BY order_id, line_no HAVING count(*) > 1""",
    "an order half of which waits": """
        SELECT FROM orders JOIN order_items USING (order_id)
        WHERE status = 'paid' GROUP BY order_id
        HAVING sum(shipped_quantity) BETWEEN 1 AND sum(quantity - cancelled_quantity) - 1""",
    "a line cancelled in part": """
        SELECT FROM order_items JOIN orders USING (order_id)
        WHERE cancelled_quantity BETWEEN 1 AND quantity - 1 AND status = 'delivered'""",
    "prices with the tax in them": f"SELECT FROM orders WHERE prices_include_tax AND {COUNTED}",
    "prices without": f"SELECT FROM orders WHERE NOT prices_include_tax AND {COUNTED}",
    "a fee with tax": "SELECT FROM orders WHERE shipping_tax > 0",
    "no fee": "SELECT FROM orders WHERE shipping_fee = 0 AND total > 0",
    "a place that is a region": "SELECT FROM orders WHERE ship_to_region <> ''",
    "two countries and two rates in a month": """
        SELECT FROM tax_summary GROUP BY month
        HAVING count(DISTINCT country_code) > 1 AND count(DISTINCT tax_rate) > 2""",
    "a rate that changed": """
        SELECT FROM tax_rates GROUP BY tax_class, country_code HAVING count(*) > 1""",
    "an order without an address": """
        SELECT FROM orders JOIN customers USING (customer_id)
        WHERE ship_to IS NULL AND erased_at IS NULL""",
    "an order whose address was erased": """
        SELECT FROM orders JOIN customers USING (customer_id)
        WHERE ship_to IS NULL AND erased_at IS NOT NULL""",
    "a guest": "SELECT FROM customers WHERE last_name IS NULL AND erased_at IS NULL",
    "an erased customer with orders": """
        SELECT FROM customers JOIN orders USING (customer_id) WHERE erased_at IS NOT NULL""",
    "a customer without an order": """
        SELECT FROM customers LEFT JOIN orders USING (customer_id) WHERE order_id IS NULL""",
    "a customer whose only order was cancelled": """
        SELECT FROM orders GROUP BY customer_id HAVING bool_and(status = 'cancelled')""",
    "a customer whose first order was cancelled, not the next": """
        SELECT FROM orders GROUP BY customer_id
        HAVING min(created_at) FILTER (WHERE status = 'cancelled')
            < min(created_at) FILTER (WHERE status <> 'cancelled')""",
    "buyers that tie in revenue, frequency and recency": """
        SELECT FROM customer_segments GROUP BY monetary, frequency, recency_days
        HAVING count(*) > 1""",
    "products of a category that tie": """
        SELECT FROM product_rankings WHERE revenue > 0 GROUP BY category_id, revenue
        HAVING count(*) > 1""",
    "products of two categories that tie": """
        SELECT FROM product_rankings WHERE revenue > 0 GROUP BY revenue
        HAVING count(DISTINCT category_id) > 1""",
    "a tree of three levels": "SELECT FROM category_revenue WHERE depth = 2",
    "a product in no category, sold": """
        SELECT FROM product_rankings WHERE category_id IS NULL AND revenue > 0""",
    "a product never sold": "SELECT FROM product_rankings WHERE units_sold = 0",
    "a product only ever in a cancelled order": f"""
        SELECT FROM order_items JOIN orders USING (order_id) GROUP BY product_id
        HAVING NOT bool_or({COUNTED})""",
    "a product not offered any more": "SELECT FROM products WHERE NOT is_active",
    "a product whose cost is unknown": "SELECT FROM products WHERE cost IS NULL",
    "a line whose cost was unknown then": """
        SELECT FROM order_items JOIN products USING (product_id)
        WHERE unit_cost IS NULL AND cost IS NOT NULL""",
    "a product that was named otherwise": """
        SELECT FROM order_items JOIN products USING (product_id) WHERE product_name <> name""",
    "a price that changed": """
        SELECT FROM order_items JOIN products USING (product_id) WHERE unit_price <> price""",
    "a product on two lines of an order": """
        SELECT FROM order_items GROUP BY order_id, product_id HAVING count(*) > 1""",
    "a coupon never used": """
        SELECT FROM coupons LEFT JOIN orders USING (coupon_code) WHERE order_id IS NULL""",
    "a coupon that ended": f"SELECT FROM coupons WHERE valid_until < DATE '{REPORT_NOW[:10]}'",
    "a coupon whose use came back": """
        SELECT FROM coupons JOIN orders USING (coupon_code)
        WHERE status = 'cancelled' AND times_used > 0""",
    "a discount of all there is": "SELECT FROM orders WHERE discount > 0 AND discount = subtotal",
    "a day that can be compared with eight like it": """
        SELECT FROM rolling_sales WHERE same_weekday_z > 1""",
}


def test_demo_store_has_an_example_of(seeded_store):
    seeded_store.execute("SELECT set_config('app.report_now', %s, false)", [REPORT_NOW])
    missing = [case for case, query in CASES.items() if not seeded_store.execute(query).rowcount]
    assert missing == []


def test_demo_store_ends_before_the_instant_it_is_told_as_of(seeded_store):
    latest = seeded_store.execute("""SELECT max(performed_at) <= %s::TIMESTAMPTZ FROM order_audit""", [REPORT_NOW])
    assert latest.fetchone() == (True,)


def test_books_of_the_demo_store_are_whole(seeded_store):
    assert seeded_store.execute("TABLE integrity_violations").fetchall() == []


def test_readme_of_the_demo_shows_what_its_query_returns(seeded_store):
    text = (ROOT / "demo" / "README.md").read_text()
    setting, query = re.search(r"```sql\n(.*?;)\n(.*?)```", text, re.DOTALL).groups()
    table = re.search(r"```\n\n((?:\|.*\n)+)", text).group(1)
    shown = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    seeded_store.execute(setting)
    answer = seeded_store.execute(query)
    assert shown[0] == [column.name for column in answer.description]
    assert shown[2:] == [["" if value is None else str(value) for value in row] for row in answer]
