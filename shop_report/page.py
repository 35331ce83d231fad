"""The page: figures, tables and charts put into one HTML file, with the code that draws the charts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import vl_convert
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shop_report.charts import CONFIG, charts
from shop_report.figures import Figures
from shop_report.tables import ALERT_LEVELS, tables
from shop_report.words import Words, moment, number, percent, plain

HERE = Path(__file__).resolve().parent


@dataclass
class Tile:
    """A figure of today: what, how much, and what it is beside; `mood` is good, bad or nothing."""

    name: str
    title: str
    value: str
    beside: str
    mood: str = ""


def page(figures: Figures) -> str:
    """The page as HTML."""
    words = Words(figures.store.currency, figures.store.currency_decimals)
    template = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("page.html.j2")
    return template.render(
        store_name=figures.store.store_name,
        now_at=moment(figures.store.now_at),
        time_zone=figures.store.time_zone,
        currency=figures.store.currency,
        tiles=tiles(figures, words),
        alert_counts=alert_counts(figures.alerts),
        tables=tables(figures, words),
        charts=charts(figures, words),
        settings={"config": CONFIG, "sign": words.sign},
        style=(HERE / "page.css").read_text(),
        script=(HERE / "page.js").read_text(),
        drawing_library=drawing_library(),
    )


def tiles(figures: Figures, words: Words) -> list[Tile]:
    """What one looks at first."""
    kpis = figures.kpis
    change = kpis.revenue_growth_to_date_pct
    waiting = {row.waiting_for: row.orders for row in figures.backlog}
    due = sum(row.amount_due for row in figures.refunds)
    owed = sum(row.amount_owed for row in figures.receivables)
    return [
        Tile(
            "revenue",
            "Revenue this month",
            words.money(kpis.current_revenue),
            "nothing by this day last month"
            if change is None
            else f"{percent(change, signed=True)} to this day last month",
            "" if not change else "good" if change > 0 else "bad",
        ),
        Tile(
            "orders", "Orders this month", number(kpis.current_orders), f"{number(kpis.previous_orders)} all last month"
        ),
        Tile("customers", "Buyers this month", number(kpis.current_customers), "who ordered at least once"),
        Tile("average", "Average order", words.money(kpis.average_order_value), "this month"),
        Tile(
            "pending",
            "Waiting for payment",
            number(kpis.pending_orders),
            f"orders not paid yet, {words.money(kpis.pending_revenue)} of this month's revenue",
        ),
        Tile("to_ship", "To be shipped", number(waiting.get("shipment", 0)), "orders paid or released"),
        Tile(
            "due",
            "Refunds due",
            words.money(due),
            f"on {counted(len(figures.refunds), 'order')}; customers owe {words.money(owed)}",
            "bad" if figures.refunds else "",
        ),
        Tile(
            "low_stock",
            "Low in stock",
            number(kpis.low_stock_products),
            "products at their reorder point",
            "bad" if kpis.low_stock_products else "",
        ),
    ]


def alert_counts(rows: list) -> list[tuple[str, str]]:
    """How many products each alert is about."""
    found = Counter(row.alert_level for row in rows)
    return [(plain(level), number(found[level])) for level in ALERT_LEVELS if found[level]]


def counted(count: int, thing: str) -> str:
    return f"{number(count)} {thing}" + ("" if count == 1 else "s")


@cache
def drawing_library() -> str:
    """Vega, Vega-Lite and vega-embed in one script, which may stand inside a page."""
    bundle = vl_convert.javascript_bundle(vl_version=vl_convert.get_vegalite_versions()[-1])  # type: ignore[call-arg]  # its stub lacks the default
    return bundle.replace("</script", "<\\/script").replace("<!--", "<\\!--")
