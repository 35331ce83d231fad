"""The charts, as Vega-Lite specifications. Colours are named as in page.css and filled in by the browser, so that a
chart is light or dark with the page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import altair as alt

from shop_report.figures import Figures
from shop_report.words import Words, day, month, number, percent, plain

UNUSUAL = Decimal("5")  # a day's z-score from here on is marked
LONGEST_CURVE = 400  # points; a longer one looks the same
SEGMENTS = ["champions", "loyal", "new", "promising", "at_risk", "hibernating", "lost"]

CONFIG = {
    "background": "transparent",
    "font": "system-ui, -apple-system, 'Segoe UI', sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--quiet)",
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": 11,
        "labelOverlap": True,
        "titleColor": "var(--quiet)",
        "titleFontWeight": "normal",
        "titleFontSize": 11,
    },
    "axisX": {"grid": False},
    "axisY": {"domain": False, "ticks": False, "labelPadding": 6},
    "legend": {
        "orient": "top",
        "title": None,
        "labelColor": "var(--ink)",
        "labelFontSize": 12,
        "offset": 10,
        "symbolStrokeWidth": 2,
        "columns": {"expr": "width < 420 ? 2 : 4"},
    },
}


AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart  # as altair's + and layer() may give


def charts(figures: Figures, words: Words) -> dict[str, dict]:
    """The charts by name; a chart of nothing is left out."""
    made: dict[str, AnyChart] = {}
    if figures.months:
        made["months"] = revenue_by_month(figures.months, words)
    if any(row.growth_pct is not None and not row.is_partial for row in figures.months):
        made["growth"] = growth(figures.months)
    if figures.days:
        made["days"] = revenue_by_day(figures.days, words)
    if any(row.months_since for row in figures.cohorts):
        made["cohorts"] = cohorts(figures.cohorts)
    if figures.products:
        made["products"] = share_of_products(figures.products, words)
    if figures.segments:
        made["segments"] = segments(figures.segments, words)
    return {name: chart.to_dict() for name, chart in made.items()}


def revenue_by_month(rows: list, words: Words) -> AnyChart:
    """Bars up for what was sold, down for what was credited; a month that is not over is paler."""
    base = chart_of(
        "months",
        [
            {
                "month": month(row.month),
                "revenue": float(row.revenue),
                "credited": -float(row.credits),
                "is_partial": row.is_partial,
                "Month": month(row.month) + (" (so far)" if row.is_partial else ""),
                "Revenue": words.money(row.revenue),
                "Credits": words.money(row.credits),
                "Net": words.money(row.net_revenue),
                "Orders": number(row.total_orders),
            }
            for row in rows
        ],
    ).encode(
        x=by_month(),
        tooltip=["Month:N", "Revenue:N", "Credits:N", "Net:N", "Orders:N"],
        opacity=alt.condition("datum.is_partial", alt.value(0.5), alt.value(1)),
    )
    colours = alt.Scale(domain=["Revenue", "Credits"], range=["var(--main)", "var(--bad)"])
    bars = base.mark_bar(cornerRadiusEnd=3)
    sold = named(bars, "Revenue", colours).encode(y=alt.Y("revenue:Q", title=None, axis=MONEY_AXIS))
    credited = named(bars, "Credits", colours).encode(y="credited:Q")
    return sold + credited


def growth(rows: list) -> AnyChart:
    """Each whole month's change of revenue to the month before."""
    values = [
        {
            "month": month(row.month),
            "growth_pct": optional(row.growth_pct),
            "Month": month(row.month),
            "Growth": percent(row.growth_pct, signed=True),
            "To the year before": percent(row.year_over_year_pct, signed=True),
        }
        for row in rows
        if not row.is_partial
    ]
    return (
        chart_of("growth", values, height=260)
        .mark_bar(cornerRadiusEnd=3)
        .encode(
            x=by_month(),
            y=alt.Y("growth_pct:Q", title=None, axis=alt.Axis(labelExpr="datum.label + ' %'", tickCount=5)),
            color=alt.condition("datum.growth_pct < 0", alt.value("var(--bad)"), alt.value("var(--good)")),
            tooltip=["Month:N", "Growth:N", "To the year before:N"],
        )
    )


def revenue_by_day(rows: list, words: Words) -> AnyChart:
    """Each day, the rolling means over it, and a dot on days unlike the same weekday before."""
    values = [
        {
            "day": row.sale_date.isoformat(),
            "revenue": float(row.revenue),
            "week": optional(row.revenue_7d_avg),
            "four_weeks": optional(row.revenue_28d_avg),
            "is_unusual": row.same_weekday_z is not None and abs(row.same_weekday_z) >= UNUSUAL,
            "Day": f"{row.sale_date:%a} {day(row.sale_date)}",
            "Revenue": words.money(row.revenue),
            "7-day mean": words.money(row.revenue_7d_avg),
            "28-day mean": words.money(row.revenue_28d_avg),
            "Orders": number(row.orders),
            "z": number(row.same_weekday_z),
        }
        for row in rows
    ]
    base = chart_of("days", values).encode(
        x=alt.X("day:T", timeUnit="utcyearmonthdate", title=None, axis=alt.Axis(format="%-d %b %y", tickCount=8)),
        tooltip=["Day:N", "Revenue:N", "Orders:N", "7-day mean:N", "28-day mean:N", "z:N"],
    )
    layers: dict[str, tuple[alt.Chart, alt.Y | str, str]] = {
        "Day": (base.mark_bar(), alt.Y("revenue:Q", title=None, axis=MONEY_AXIS), "var(--pale)")
    }
    if any(value["week"] is not None for value in values):
        layers["7-day mean"] = (base.mark_line(strokeWidth=1.5), "week:Q", "var(--main)")
    if any(value["four_weeks"] is not None for value in values):
        layers["28-day mean"] = (base.mark_line(strokeWidth=2.5), "four_weeks:Q", "var(--second)")
    if any(value["is_unusual"] for value in values):
        dots = base.transform_filter("datum.is_unusual").mark_circle(size=45, opacity=1)
        layers["Unusual day"] = (dots, "revenue:Q", "var(--bad)")
    colours = alt.Scale(domain=list(layers), range=[colour for _, _, colour in layers.values()])
    return alt.layer(*(named(layer, name, colours).encode(y=y) for name, (layer, y, _) in layers.items()))


def cohorts(rows: list) -> AnyChart:
    """How many of a month's new customers bought again, as a heat map; the first month is 100 % and left out."""
    later = [row for row in rows if row.months_since]
    strongest = max(row.retention_pct for row in later) or Decimal(1)
    order = list(dict.fromkeys(month(row.cohort_month) for row in later))
    base = chart_of(
        "cohorts",
        [
            {
                "cohort": month(row.cohort_month),
                "months_since": row.months_since,
                "retention_pct": float(row.retention_pct),
                "share": round(row.retention_pct),
                "is_strong": row.retention_pct > strongest * Decimal("0.65"),
                "New in": month(row.cohort_month),
                "Months later": row.months_since,
                "Customers": number(row.cohort_size),
                "Bought again": number(row.active_customers),
                "Share": percent(row.retention_pct),
            }
            for row in later
        ],
        height=26 * len(order),
    ).encode(
        x=alt.X("months_since:O", title="months since the first order", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("cohort:N", title=None, sort=order),
        tooltip=["New in:N", "Months later:O", "Customers:N", "Bought again:N", "Share:N"],
    )
    cells = base.mark_rect(cornerRadius=2, stroke="var(--card)", strokeWidth=1.5).encode(
        color=alt.Color(
            "retention_pct:Q",
            legend=None,
            scale=alt.Scale(range=["var(--weak)", "var(--strong)"], domain=[0, float(strongest)]),
        )
    )
    columns = max(row.months_since for row in later)
    numbers = base.mark_text(fontSize=alt.expr(f"width / {columns} < 17 ? 0 : width / {columns} < 26 ? 9 : 11")).encode(
        text="share:Q",
        color=alt.condition("datum.is_strong", alt.value("var(--on-strong)"), alt.value("var(--ink)")),
    )
    return cells + numbers


def share_of_products(rows: list, words: Words) -> AnyChart:
    """How few products bring most of the revenue: the curve from the best seller down, coloured by ABC class."""
    values = [
        {
            "rank": rank,
            "cumulative_pct": float(row.cumulative_share_pct),
            "abc_class": f"Class {row.abc_class}",
            "Product": f"{rank}. {row.product_name}",
            "Revenue": words.money(row.revenue),
            "Share": percent(row.revenue_share_pct),
            "Up to here": percent(row.cumulative_share_pct),
        }
        for rank, row in enumerate(rows, 1)
    ]
    base = chart_of("products", thinned(values))
    curve = base.mark_area(line={"strokeWidth": 2}, opacity=0.75).encode(
        x=alt.X(
            "rank:Q",
            title="products, best sellers first",
            axis=alt.Axis(labelExpr="datum.value % 1 ? '' : format(datum.value, ',')"),
            scale=alt.Scale(domain=[1, max(2, len(rows))], nice=False),
        ),
        y=alt.Y(
            "cumulative_pct:Q",
            title=None,
            stack=False,
            scale=alt.Scale(domain=[0, 100]),
            axis=alt.Axis(labelExpr="datum.label + ' %'", values=[0, 20, 40, 60, 80, 95, 100]),
        ),
        color=alt.Color(
            "abc_class:N",
            legend=alt.Legend(columns=3),
            scale=alt.Scale(
                domain=["Class A", "Class B", "Class C"], range=["var(--main)", "var(--second)", "var(--pale)"]
            ),
        ),
        tooltip=["Product:N", "Revenue:N", "Share:N", "Up to here:N"],
    )
    return curve


def segments(rows: list, words: Words) -> alt.Chart:
    """What each group of customers has brought."""

    def label_of(row: Any) -> str:
        return f"{plain(row.segment)} ({number(row.customers)})"

    rows = in_order(rows, SEGMENTS, "segment")
    values = [
        {
            "label": label_of(row),
            "net_revenue": float(row.net_revenue),
            "Segment": plain(row.segment),
            "Customers": number(row.customers),
            "Net revenue": words.money(row.net_revenue),
        }
        for row in rows
    ]
    return (
        chart_of("segments", values, height=30 * len(values))
        .mark_bar(cornerRadiusEnd=3, color="var(--main)")
        .encode(
            y=alt.Y("label:N", title=None, sort=[label_of(row) for row in rows], axis=alt.Axis(labelFontSize=12)),
            x=alt.X(
                "net_revenue:Q", title=None, axis=alt.Axis(labelExpr=EACH_AMOUNT, grid=True, tickCount=5, tickMinStep=1)
            ),
            tooltip=["Segment:N", "Customers:N", "Net revenue:N"],
        )
    )


# £500k beside £1.5M; without it one unit for all. A billion is no G to a shop keeper.
EACH_AMOUNT = "replace(format(datum.value, '$~s'), /G$/, 'B')"
MONEY_AXIS = alt.Axis(labelExpr=EACH_AMOUNT, tickCount=5, tickMinStep=1)


def chart_of(name: str, values: list[dict], height: int = 260) -> alt.Chart:
    """A chart as wide as its place on the page; its data keeps the name."""
    data = alt.InlineData(values=values, name=name)
    return alt.Chart(data, width="container", height=height)


def named(chart: alt.Chart, name: str, colours: alt.Scale) -> alt.Chart:
    """A layer with its colour and its name in the legend."""
    return chart.transform_calculate(layer=f"'{name}'").encode(color=alt.Color("layer:N", scale=colours))


def by_month() -> alt.X:
    """Months as they come; views leave no gap between them."""
    return alt.X("month:O", sort=None, title=None, axis=alt.Axis(labelAngle=0), scale=alt.Scale(paddingInner=0.25))


def optional(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def thinned(values: list[dict]) -> list[dict]:
    """Every so manieth point of a long curve, all of its steep beginning, and where a class begins or ends."""
    step = max(1, len(values) // LONGEST_CURVE)
    edges = [n for n in range(1, len(values)) if values[n]["abc_class"] != values[n - 1]["abc_class"]]
    kept = {
        *range(0, len(values), step),
        *range(min(50, len(values))),
        *edges,
        *(n - 1 for n in edges),
        len(values) - 1,
    }
    # A class begins where the one before ends, or there would be a gap between their areas.
    joints = {n: values[n - 1] | {"abc_class": values[n]["abc_class"]} for n in edges}
    return [point for n in sorted(kept) for point in ([joints[n]] if n in joints else []) + [values[n]]]


def in_order(rows: list, order: list[str], name: str) -> list:
    """Rows in a settled order of their codes."""
    return sorted(rows, key=lambda row: order.index(getattr(row, name)))
