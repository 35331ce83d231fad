"""What the page shows, as the views say it: all of one moment, from one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from shop_report.snapshot import snapshot

STORE = """
    SELECT store_name, currency, currency_decimals, time_zone, report_now() AT TIME ZONE time_zone AS now_at
    FROM store_settings"""
KPIS = """
    SELECT
        current_revenue, previous_revenue, previous_revenue_to_date, revenue_growth_to_date_pct,
        current_orders, previous_orders, current_customers, average_order_value, pending_orders,
        pending_revenue, low_stock_products
    FROM dashboard_kpis"""
MONTHS = """
    SELECT
        month, total_orders, unique_customers, revenue, credits, net_revenue, average_order_value,
        growth_pct, year_over_year_pct, is_partial
    FROM monthly_revenue
    ORDER BY month"""
DAYS = """
    SELECT sale_date, orders, revenue, revenue_7d_avg, revenue_28d_avg, same_weekday_z
    FROM rolling_sales
    WHERE sale_date > (SELECT max(sale_date) FROM rolling_sales) - 366
    ORDER BY sale_date"""
COHORTS = """
    SELECT cohort_month, months_since, cohort_size, active_customers, retention_pct
    FROM cohort_retention
    WHERE
        cohort_month > (SELECT max(cohort_month) FROM cohort_retention) - INTERVAL '24 months'
        AND months_since <= 24
    ORDER BY cohort_month, months_since"""
PRODUCTS = """
    SELECT
        sku, product_name, units_sold, revenue, gross_margin, revenue_share_pct,
        cumulative_share_pct, abc_class
    FROM product_rankings
    WHERE revenue > 0
    ORDER BY revenue DESC, product_id"""
STYLES = """
    SELECT style_name, products, units_sold, revenue, revenue_rank
    FROM style_rankings
    ORDER BY revenue_rank, style_id"""
SEGMENTS = """
    SELECT segment, count(*) AS customers, sum(monetary) AS net_revenue
    FROM customer_segments
    GROUP BY segment"""
ALERTS = """
    SELECT
        alert_level, sku, product_name, available, days_of_supply, units_sold_30d,
        suggested_order_quantity
    FROM inventory_alerts
    ORDER BY units_sold_30d DESC, sku"""
BACKLOG = """
    SELECT
        order_backlog.waiting_for,
        count(*) AS orders,
        sum(order_backlog.total) AS total,
        min(order_backlog.waiting_since) AT TIME ZONE store_settings.time_zone AS waiting_since
    FROM order_backlog
    CROSS JOIN store_settings
    GROUP BY order_backlog.waiting_for, store_settings.time_zone"""
REFUNDS = """
    SELECT order_id, customer_id, amount_due
    FROM refunds_due
    ORDER BY amount_due DESC, order_id"""
RECEIVABLES = """
    SELECT
        receivables.order_id,
        receivables.customer_id,
        receivables.amount_owed,
        receivables.since AT TIME ZONE store_settings.time_zone AS since
    FROM receivables
    CROSS JOIN store_settings
    ORDER BY receivables.since, receivables.order_id"""


@dataclass(frozen=True)
class Figures:
    """Rows of the views, named as their columns."""

    store: Any
    kpis: Any
    months: list
    days: list
    cohorts: list
    products: list
    styles: list
    segments: list
    alerts: list
    backlog: list
    refunds: list
    receivables: list


def read_figures(connection: psycopg.Connection, schema: str, as_of: str | None) -> Figures:
    """Read everything from one snapshot."""
    with snapshot(connection, schema) as cursor:
        if as_of is not None:
            # Without an offset the time is one on the store's clock.
            cursor.execute("SELECT set_config('TimeZone', time_zone, TRUE) FROM store_settings")
            cursor.execute("SELECT set_config('app.report_now', %s, TRUE)", [as_of])
        return Figures(
            store=cursor.execute(STORE).fetchone(),
            kpis=cursor.execute(KPIS).fetchone(),
            **{
                name: cursor.execute(query).fetchall()
                for name, query in [
                    ("months", MONTHS),
                    ("days", DAYS),
                    ("cohorts", COHORTS),
                    ("products", PRODUCTS),
                    ("styles", STYLES),
                    ("segments", SEGMENTS),
                    ("alerts", ALERTS),
                    ("backlog", BACKLOG),
                    ("refunds", REFUNDS),
                    ("receivables", RECEIVABLES),
                ]
            },
        )
