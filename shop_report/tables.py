"""The figures as tables: beside each chart, so that nobody has to read a number off an axis or see it at all."""

from __future__ import annotations

from dataclasses import dataclass

from shop_report.charts import SEGMENTS, in_order
from shop_report.figures import Figures
from shop_report.words import Words, day, moment, month, number, percent, plain

ALERT_LEVELS = ["out_of_stock", "critical", "low", "dead_stock", "overstock"]
WAITING_FOR = ["payment", "shipment", "delivery"]
TEXTS = {"Product", "Style", "SKU", "Class", "Alert", "Customer"}
LONGEST = {
    "refunds": 10,
    "receivables": 10,
    "alerts": 15,
    "products": 10,
    "styles": 10,
}  # rows; the rest is counted below the table


@dataclass
class Table:
    """Columns and rows of cells, as they are written."""

    view: str
    caption: str
    columns: list[str]
    rows: list[list[str]]
    left_out: str = ""

    def holds_numbers(self, column: str) -> bool:
        """Whether a column is set to the right."""
        return column != self.columns[0] and column not in TEXTS


def tables(figures: Figures, words: Words) -> dict[str, Table]:
    """The tables by name."""
    return {
        "backlog": backlog(figures.backlog, words),
        "refunds": shortened("refunds", refunds(figures.refunds, words)),
        "receivables": shortened("receivables", receivables(figures.receivables, words)),
        "alerts": shortened("alerts", alerts(figures.alerts)),
        "months": months(figures.months, words),
        "days": days(figures.days, words),
        "cohorts": cohorts(figures.cohorts),
        "products": shortened("products", products(figures.products, words)),
        "styles": shortened("styles", styles(figures.styles, words)),
        "segments": segments(figures.segments, words),
    }


def backlog(rows: list, words: Words) -> Table:
    return Table(
        "order_backlog",
        "Open orders",
        ["Waiting for", "Orders", "Worth", "Longest since"],
        [
            [plain(row.waiting_for), number(row.orders), words.money(row.total), moment(row.waiting_since)]
            for row in in_order(rows, WAITING_FOR, "waiting_for")
        ],
    )


def refunds(rows: list, words: Words) -> Table:
    return Table(
        "refunds_due",
        "Refunds due",
        ["Order", "Customer", "Amount due"],
        [[str(row.order_id), str(row.customer_id), words.money(row.amount_due)] for row in rows],
    )


def receivables(rows: list, words: Words) -> Table:
    return Table(
        "receivables",
        "Owed by customers",
        ["Order", "Customer", "Amount owed", "Since"],
        [[str(row.order_id), str(row.customer_id), words.money(row.amount_owed), moment(row.since)] for row in rows],
    )


def alerts(rows: list) -> Table:
    columns = ["Product", "Alert", "Available", "To order", "Sold in 30 days", "Days of supply", "SKU"]
    return Table(
        "inventory_alerts",
        "Stock alerts",
        columns,
        [
            [
                row.product_name,
                plain(row.alert_level),
                number(row.available),
                number(row.suggested_order_quantity),
                number(row.units_sold_30d),
                number(row.days_of_supply),
                row.sku,
            ]
            for row in in_order(rows, ALERT_LEVELS, "alert_level")
        ],
    )


def months(rows: list, words: Words) -> Table:
    columns = [
        "Month",
        "Orders",
        "Buyers",
        "Revenue",
        "Credits",
        "Net revenue",
        "Average order",
        "Growth",
        "To the year before",
    ]
    return Table(
        "monthly_revenue",
        "Revenue by month",
        columns,
        [
            [
                month(row.month) + (" (so far)" if row.is_partial else ""),
                number(row.total_orders),
                number(row.unique_customers),
                words.money(row.revenue),
                words.money(row.credits),
                words.money(row.net_revenue),
                words.money(row.average_order_value),
                percent(row.growth_pct, signed=True),
                percent(row.year_over_year_pct, signed=True),
            ]
            for row in reversed(rows)
        ],
    )


def days(rows: list, words: Words) -> Table:
    columns = ["Day", "Orders", "Revenue", "7-day mean", "28-day mean", "z to its weekday"]
    return Table(
        "rolling_sales",
        "Revenue by day",
        columns,
        [
            [
                day(row.sale_date),
                number(row.orders),
                words.money(row.revenue),
                words.money(row.revenue_7d_avg),
                words.money(row.revenue_28d_avg),
                number(row.same_weekday_z),
            ]
            for row in reversed(rows)
        ],
    )


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


def products(rows: list, words: Words) -> Table:
    columns = ["Product", "Class", "Revenue", "Units", "Margin", "Share", "Up to here", "SKU"]
    return Table(
        "product_rankings",
        "Best sellers",
        columns,
        [
            [
                row.product_name,
                row.abc_class,
                words.money(row.revenue),
                number(row.units_sold),
                words.money(row.gross_margin),
                percent(row.revenue_share_pct),
                percent(row.cumulative_share_pct),
                row.sku,
            ]
            for row in rows
        ],
    )


def styles(rows: list, words: Words) -> Table:
    """Empty, and so not on the page, in a store without variants."""
    return Table(
        "style_rankings",
        "Styles, all their variants together",
        ["Style", "Rank", "Revenue", "Units", "Variants"],
        [
            [
                row.style_name,
                number(row.revenue_rank),
                words.money(row.revenue),
                number(row.units_sold),
                number(row.products),
            ]
            for row in rows
        ],
    )


def segments(rows: list, words: Words) -> Table:
    return Table(
        "customer_segments",
        "Customer segments",
        ["Segment", "Customers", "Net revenue"],
        [
            [plain(row.segment), number(row.customers), words.money(row.net_revenue)]
            for row in in_order(rows, SEGMENTS, "segment")
        ],
    )


def shortened(name: str, table: Table) -> Table:
    """Its first rows; how many more there are is said below it."""
    left_out = len(table.rows) - LONGEST[name]
    table.left_out = number(left_out) if left_out > 0 else ""
    table.rows = table.rows[: LONGEST[name]]
    return table
