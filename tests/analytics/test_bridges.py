"""Where two reports tell the same sum, they tell the same sum: queries that must return nothing.

Over the seed, and over stores made up from a number.
"""

from datetime import datetime

import pytest

from tests.analytics.comparison import settle
from tests.analytics.random_store import RandomStore
from tests.test_expected import REPORT_NOW

BRIDGES = {
    "sales_summary ends where monthly_revenue stands": """
        SELECT month, total_sales, revenue, net_sales, net_revenue
        FROM sales_summary FULL JOIN monthly_revenue USING (month)
        WHERE (
            gross_sales - discounts + shipping + tax_added, total_sales, net_sales,
            cancelled_items + returns + allowances + delivery_credits
        ) IS DISTINCT FROM (revenue, revenue, net_revenue, credits)""",
    "new and returning customers bring a month's revenue": """
        SELECT month, new_revenue, returning_revenue, revenue
        FROM new_and_returning_revenue FULL JOIN monthly_revenue USING (month)
        WHERE (new_revenue + returning_revenue, new_customers + returning_customers)
            IS DISTINCT FROM (revenue, unique_customers)""",
    "tax_summary sums to the orders' tax and to that of their credits": """
        SELECT a.*, b.*
        FROM (SELECT coalesce(sum(tax), 0), coalesce(sum(credited_tax), 0), coalesce(sum(net_tax), 0)
            FROM tax_summary) AS a (tax, credited, net)
        CROSS JOIN (SELECT coalesce(sum(tax), 0) FROM orders WHERE status <> 'cancelled') AS b (tax)
        CROSS JOIN (SELECT coalesce(sum(credits.tax), 0) FROM credits JOIN orders USING (order_id)
            WHERE status <> 'cancelled') AS c (tax)
        WHERE (a.tax, a.credited, a.net) <> (b.tax, c.tax, b.tax - c.tax)""",
    "tax_summary's months are sales_summary's and monthly_revenue's": """
        SELECT month, taxed.*, tax_added + tax_included, revenue, net_revenue
        FROM sales_summary
        JOIN monthly_revenue USING (month)
        LEFT JOIN (SELECT month, sum(tax) AS tax, sum(taxable_amount + tax) AS sold,
            sum(credited_net + credited_tax) AS credited, sum(net_taxable + net_tax) AS net
            FROM tax_summary GROUP BY month) AS taxed USING (month)
        WHERE (coalesce(taxed.tax, 0), coalesce(sold, 0), coalesce(credited, 0), coalesce(net, 0))
            <> (tax_added + tax_included, revenue, credits, net_revenue)""",
    "customers bring what months bring": """
        SELECT a.*, b.*
        FROM (SELECT sum(order_count), sum(revenue), sum(credits), sum(net_revenue)
            FROM customer_lifetime_value) AS a (w, x, y, z)
        CROSS JOIN (SELECT sum(total_orders), sum(revenue), sum(credits), sum(net_revenue)
            FROM monthly_revenue) AS b (w, x, y, z)
        WHERE (a.w, a.x, a.y, a.z) IS DISTINCT FROM (b.w, b.x, b.y, b.z)
            AND EXISTS (SELECT FROM monthly_revenue)""",
    "segments bring what customers bring": """
        SELECT customer_id, monetary, net_revenue
        FROM customer_segments FULL JOIN customer_lifetime_value USING (customer_id)
        WHERE (monetary, frequency) IS DISTINCT FROM (net_revenue, order_count)
            AND order_count IS DISTINCT FROM 0""",
    "roots and products without a category bring what products bring": """
        SELECT a.*, b.*, c.*
        FROM (SELECT coalesce(sum(total_revenue), 0), coalesce(sum(units_sold), 0)
            FROM category_revenue WHERE depth = 0) AS a (revenue, units)
        CROSS JOIN (SELECT coalesce(sum(revenue), 0), coalesce(sum(units_sold), 0)
            FROM product_rankings WHERE category_id IS NULL) AS b (revenue, units)
        CROSS JOIN (SELECT coalesce(sum(revenue), 0), coalesce(sum(units_sold), 0)
            FROM product_rankings) AS c (revenue, units)
        WHERE (a.revenue + b.revenue, a.units + b.units) <> (c.revenue, c.units)""",
    "a category's own revenue is its products'": """
        SELECT category_id, direct_revenue, ranked.revenue
        FROM category_revenue
        LEFT JOIN (SELECT category_id, sum(revenue) AS revenue
            FROM product_rankings GROUP BY category_id) AS ranked USING (category_id)
        WHERE direct_revenue <> coalesce(ranked.revenue, 0)""",
    "products, deliveries and tax make the net revenue": """
        SELECT goods, delivery, tax, net_revenue
        FROM (SELECT coalesce(sum(revenue), 0) FROM product_rankings) AS a (goods)
        CROSS JOIN (SELECT coalesce(sum(shipping_fee
                - CASE WHEN prices_include_tax THEN shipping_tax ELSE 0 END), 0)
            - (SELECT coalesce(sum(net), 0) FROM counted_credits WHERE line_no IS NULL)
            FROM orders WHERE status <> 'cancelled') AS b (delivery)
        CROSS JOIN (SELECT coalesce(sum(net_tax), 0) FROM tax_summary) AS c (tax)
        CROSS JOIN (SELECT coalesce(sum(net_revenue), 0) FROM monthly_revenue) AS d (net_revenue)
        WHERE goods + delivery + tax <> net_revenue""",
    "what came back is worth what the returns were": """
        SELECT a.*, b.*
        FROM (SELECT coalesce(sum(returned_value), 0) FROM return_rates) AS a (returned)
        CROSS JOIN (SELECT coalesce(sum(net), 0) FROM counted_credits WHERE kind = 'return')
            AS b (returned)
        WHERE a.returned <> b.returned""",
    "the last product makes the hundred": """
        SELECT max(cumulative_share_pct) FROM product_rankings
        HAVING max(cumulative_share_pct) <> 100""",
    "days sum to months": """
        SELECT month, days.orders, total_orders, days.revenue, monthly_revenue.revenue
        FROM monthly_revenue
        FULL JOIN (
            SELECT date_trunc('month', sale_date::TIMESTAMP)::DATE, sum(orders), sum(revenue)
            FROM daily_sales GROUP BY 1) AS days (month, orders, revenue) USING (month)
        WHERE (coalesce(days.orders, 0), coalesce(days.revenue, 0))
            IS DISTINCT FROM (total_orders, monthly_revenue.revenue)""",
    "rolling_sales shows daily_sales": """
        SELECT sale_date, rolling_sales.orders, daily_sales.orders
        FROM rolling_sales FULL JOIN daily_sales USING (sale_date)
        WHERE (rolling_sales.orders, rolling_sales.revenue)
            IS DISTINCT FROM (coalesce(daily_sales.orders, 0), coalesce(daily_sales.revenue, 0))""",
    "hours sum to days": """
        SELECT iso_weekday, hours.orders, days.orders, hours.revenue, days.revenue
        FROM (SELECT iso_weekday, sum(orders), sum(revenue) FROM sales_by_hour GROUP BY 1)
            AS hours (iso_weekday, orders, revenue)
        LEFT JOIN (SELECT extract(isodow FROM sale_date), sum(orders), sum(revenue)
            FROM daily_sales GROUP BY 1) AS days (iso_weekday, orders, revenue) USING (iso_weekday)
        WHERE (hours.orders, hours.revenue)
            IS DISTINCT FROM (coalesce(days.orders, 0), coalesce(days.revenue, 0))""",
    "the funnel less the cancelled is what is counted": """
        SELECT month, placed - cancelled, total_orders
        FROM order_funnel FULL JOIN monthly_revenue USING (month)
        WHERE coalesce(placed - cancelled, 0) <> coalesce(total_orders, 0)""",
    "first months' customers are the cohorts": """
        SELECT month, new_customers, cohort_size
        FROM new_and_returning_revenue
        LEFT JOIN cohort_retention ON month = cohort_month AND months_since = 0
        WHERE new_customers <> coalesce(cohort_size, 0)
            AND month <= date_trunc('month', report_now() AT TIME ZONE
                (SELECT time_zone FROM store_settings))""",
    "customers see at the desk what the reports say of them": """
        SELECT customer_id
        FROM customer_overview FULL JOIN customer_lifetime_value USING (customer_id)
        WHERE (customer_overview.order_count, customer_overview.net_revenue)
            IS DISTINCT FROM (customer_lifetime_value.order_count, customer_lifetime_value.net_revenue)""",
    "worth less the money held is what is owed, either way": """
        SELECT worth, held, due, owed, unreleased
        FROM (SELECT coalesce(sum(total - credited_amount), 0) FROM orders
            WHERE status <> 'cancelled') AS a (worth)
        CROSS JOIN (SELECT coalesce(sum(net), 0) FROM payment_reconciliation) AS b (held)
        CROSS JOIN (SELECT coalesce(sum(amount_due), 0) FROM refunds_due) AS c (due)
        CROSS JOIN (SELECT coalesce(sum(amount_owed), 0) FROM receivables) AS d (owed)
        CROSS JOIN (SELECT coalesce(sum(balance), 0) FROM orders
            WHERE balance > 0 AND order_id NOT IN (SELECT order_id FROM receivables)) AS e (unreleased)
        WHERE worth - held <> owed + unreleased - due""",
    "what is sold is what may come back": """
        SELECT product_id, return_rates.units_sold, product_rankings.units_sold
        FROM return_rates FULL JOIN product_rankings USING (product_id)
        WHERE coalesce(return_rates.units_sold, 0) <> product_rankings.units_sold""",
}


def test_bridges_hold_over_the_seed(seeded_store):
    settle(seeded_store, datetime.fromisoformat(REPORT_NOW), "Asia/Tokyo")
    assert broken_bridges(seeded_store) == {}


@pytest.mark.long
def test_bridges_hold_over_any_store(store, repetitions):
    for seed in range(repetitions(80)):
        made_up = RandomStore(seed)
        with store.transaction(force_rollback=True):
            made_up.insert_into(store)
            settle(store, made_up.now, "Asia/Tokyo")
            assert broken_bridges(store) == {}, f"store {seed}"


def broken_bridges(connection):
    """The rows of each query that returns any."""
    rows = {bridge: connection.execute(query).fetchall() for bridge, query in BRIDGES.items()}
    return {bridge: found for bridge, found in rows.items() if found}
