"""The figures as tables: beside each chart, so that nobody has to read a number off an axis or see it at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shop_report.charts import SEGMENTS, in_order
from shop_report.figures import Figures
from shop_report.words import Words, day, moment, month, number, percent, plain

ALERT_LEVELS = ["out_of_stock", "critical", "low", "dead_stock", "overstock"]
WAITING_FOR = ["payment", "shipment", "delivery"]
TEXTS = {"Product", "Style", "SKU", "Class", "Alert", "Customer"}


@dataclass
class Table:
    """Columns and rows of cells, as they are written, and how many rows more there are."""

    view: str
    caption: str
    columns: list[str]
    rows: list[list[str]]
    left_out: str = ""

    def holds_numbers(self, column: str) -> bool:
        """Whether a column is set to the right."""
        return column != self.columns[0] and column not in TEXTS


def tables(figures: Figures, words: Words) -> dict[str, Table]:
    """The tables by name. That of styles is empty, and so not on the page, in a store without variants."""
    money = words.money
    return {
        "backlog": table(
            "order_backlog",
            "Open orders",
            in_order(figures.backlog, WAITING_FOR, "waiting_for"),
            {
                "Waiting for": lambda row: plain(row.waiting_for),
                "Orders": lambda row: number(row.orders),
                "Worth": lambda row: money(row.total),
                "Longest since": lambda row: moment(row.waiting_since),
            },
        ),
        "refunds": table(
            "refunds_due",
            "Refunds due",
            figures.refunds,
            {
                "Order": lambda row: str(row.order_id),
                "Customer": lambda row: str(row.customer_id),
                "Amount due": lambda row: money(row.amount_due),
            },
            longest=10,
        ),
        "receivables": table(
            "receivables",
            "Owed by customers",
            figures.receivables,
            {
                "Order": lambda row: str(row.order_id),
                "Customer": lambda row: str(row.customer_id),
                "Amount owed": lambda row: money(row.amount_owed),
                "Since": lambda row: moment(row.since),
            },
            longest=10,
        ),
        "alerts": table(
            "inventory_alerts",
            "Stock alerts",
            in_order(figures.alerts, ALERT_LEVELS, "alert_level"),
            {
                "Product": lambda row: row.product_name,
                "Alert": lambda row: plain(row.alert_level),
                "Available": lambda row: number(row.available),
                "To order": lambda row: number(row.suggested_order_quantity),
                "Sold in 30 days": lambda row: number(row.units_sold_30d),
                "Days of supply": lambda row: number(row.days_of_supply),
                "SKU": lambda row: row.sku,
            },
            longest=15,
        ),
        "months": table(
            "monthly_revenue",
            "Revenue by month",
            figures.months[::-1],
            {
                "Month": lambda row: month(row.month) + (" (so far)" if row.is_partial else ""),
                "Orders": lambda row: number(row.total_orders),
                "Buyers": lambda row: number(row.unique_customers),
                "Revenue": lambda row: money(row.revenue),
                "Credits": lambda row: money(row.credits),
                "Net revenue": lambda row: money(row.net_revenue),
                "Average order": lambda row: money(row.average_order_value),
                "Growth": lambda row: percent(row.growth_pct, signed=True),
                "To the year before": lambda row: percent(row.year_over_year_pct, signed=True),
            },
        ),
        "days": table(
            "rolling_sales",
            "Revenue by day",
            figures.days[::-1],
            {
                "Day": lambda row: day(row.sale_date),
                "Orders": lambda row: number(row.orders),
                "Revenue": lambda row: money(row.revenue),
                "7-day mean": lambda row: money(row.revenue_7d_avg),
                "28-day mean": lambda row: money(row.revenue_28d_avg),
                "z to its weekday": lambda row: number(row.same_weekday_z),
            },
        ),
        "cohorts": cohorts(figures.cohorts),
        "products": table(
            "product_rankings",
            "Best sellers",
            figures.products,
            {
                "Product": lambda row: row.product_name,
                "Class": lambda row: row.abc_class,
                "Revenue": lambda row: money(row.revenue),
                "Units": lambda row: number(row.units_sold),
                "Margin": lambda row: money(row.gross_margin),
                "Share": lambda row: percent(row.revenue_share_pct),
                "Up to here": lambda row: percent(row.cumulative_share_pct),
                "SKU": lambda row: row.sku,
            },
            longest=10,
        ),
        "styles": table(
            "style_rankings",
            "Styles, all their variants together",
            figures.styles,
            {
                "Style": lambda row: row.style_name,
                "Rank": lambda row: number(row.revenue_rank),
                "Revenue": lambda row: money(row.revenue),
                "Units": lambda row: number(row.units_sold),
                "Variants": lambda row: number(row.products),
            },
            longest=10,
        ),
        "segments": table(
            "customer_segments",
            "Customer segments",
            in_order(figures.segments, SEGMENTS, "segment"),
            {
                "Segment": lambda row: plain(row.segment),
                "Customers": lambda row: number(row.customers),
                "Net revenue": lambda row: money(row.net_revenue),
            },
        ),
    }


def table(
    view: str, caption: str, rows: list, columns: dict[str, Callable[[Any], str]], longest: int | None = None
) -> Table:
    """A column for each name, with how its cells are written; of many rows the first, and how many more there are."""
    left_out = 0 if longest is None else len(rows) - longest
    cells = [[written(row) for written in columns.values()] for row in rows[:longest]]
    return Table(view, caption, [*columns], cells, number(left_out) if left_out > 0 else "")


def cohorts(rows: list) -> Table:
    """A line a cohort, a column a month since: the heat map in figures."""
    later = range(max((row.months_since for row in rows), default=-1) + 1)
    shares = {(row.cohort_month, row.months_since): percent(row.retention_pct) for row in rows}
    sizes = {row.cohort_month: row.cohort_size for row in rows}
    return Table(
        "cohort_retention",
        "Customers who bought again",
        ["New in", "Customers", *map(str, later)],
        [
            [month(cohort), number(size), *(shares.get((cohort, since), "") for since in later)]
            for cohort, size in sizes.items()
        ],
    )
