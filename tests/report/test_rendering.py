"""The page in a real browser: it draws without a word of complaint and without the network, at phone and desk width,
light and dark, and its charts show the views' figures."""

from decimal import Decimal

import pytest

import report
from tests.database import copy_of
from tests.report.shop_page import write_page

pytestmark = pytest.mark.needs_browser

CHARTS = ["cohorts", "days", "growth", "months", "products", "segments"]
BARS = "#chart-{} svg .mark-rect.role-mark path"
TEXTS = ["ink", "quiet", "main", "good", "bad"]


@pytest.fixture(scope="module")
def file(seeded, tmp_path_factory):
    """The page about the seeded store: looking at it changes nothing, so one serves all."""
    with copy_of(seeded) as database:
        return write_page(database.dsn(), tmp_path_factory.mktemp("report") / "page.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_draws_in_silence_and_asks_nobody_for_anything(width, scheme, file, look_at):
    page = look_at(file, width, scheme)
    assert (page.complaints, page.requests) == ([], [file.as_uri()])
    assert page.locator(".chart svg").count() == len(CHARTS)


def test_the_network_is_forbidden_to_it(file, look_at):
    page = look_at(file)
    assert page.evaluate("fetch('https://example.org/').then(() => 'allowed', () => 'refused')") == "refused"
    assert "Content Security Policy" in "".join(page.complaints)


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_nothing_sticks_out_sideways(width, file, look_at):
    page = look_at(file, width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for chart in page.locator(".chart svg").all():
        box, card = chart.bounding_box(), chart.locator("xpath=ancestor::section").bounding_box()
        assert card["x"] <= box["x"] and box["x"] + box["width"] <= card["x"] + card["width"]


def test_charts_grow_with_the_window(file, look_at):
    page = look_at(file, 390)
    narrow = page.locator("#chart-months svg").bounding_box()["width"]
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function(f"document.querySelector('#chart-months svg').clientWidth > {2 * narrow}")


@pytest.mark.parametrize(
    ("chart", "field", "query"),
    [
        ("months", "revenue", "SELECT revenue FROM monthly_revenue ORDER BY month"),
        ("months", "credited", "SELECT -credits FROM monthly_revenue ORDER BY month"),
        ("growth", "growth_pct", "SELECT growth_pct FROM monthly_revenue WHERE NOT is_partial ORDER BY month"),
        (
            "days",
            "revenue",
            "SELECT revenue FROM rolling_sales WHERE sale_date > (SELECT max(sale_date) FROM rolling_sales) - 366"
            " ORDER BY sale_date",
        ),
        (
            "days",
            "week",
            "SELECT revenue_7d_avg FROM rolling_sales WHERE sale_date > (SELECT max(sale_date) FROM rolling_sales) - 366"
            " ORDER BY sale_date",
        ),
        (
            "cohorts",
            "retention_pct",
            "SELECT retention_pct FROM cohort_retention WHERE months_since > 0 ORDER BY cohort_month, months_since",
        ),
    ],
)
def test_a_chart_shows_the_views_figures(chart, field, query, file, look_at, database):
    with database.connect(**{"app.report_now": "2025-12-15T12:00-05"}) as connection:
        expected = [value for (value,) in connection.execute(query)]
    rows = look_at(file).evaluate("name => shopReport.views[name].data(name)", chart)
    shown = [None if row[field] is None else Decimal(str(row[field])) for row in rows]
    assert shown == expected


@pytest.mark.parametrize(
    ("chart", "query"),
    [
        ("months", "SELECT 2 * count(*) FROM monthly_revenue"),
        ("growth", "SELECT count(growth_pct) FROM monthly_revenue WHERE NOT is_partial"),
        ("cohorts", "SELECT count(*) FROM cohort_retention WHERE months_since > 0"),
        ("segments", "SELECT count(DISTINCT segment) FROM customer_segments"),
    ],
)
def test_a_chart_has_a_mark_for_each_figure(chart, query, file, look_at, database):
    with database.connect(**{"app.report_now": "2025-12-15T12:00-05"}) as connection:
        (expected,) = connection.execute(query).fetchone()
    marks = look_at(file).locator(BARS.format(chart))
    assert marks.count() == expected


def test_the_abc_curve_reaches_each_class_where_the_view_says(file, look_at, database):
    with database.connect() as connection:
        expected = connection.execute(
            "SELECT format('Class %s', abc_class), max(cumulative_share_pct)::FLOAT FROM product_rankings"
            " WHERE revenue > 0 GROUP BY abc_class ORDER BY abc_class"
        ).fetchall()
    rows = look_at(file).evaluate("shopReport.views.products.data('products')")
    reached = {}
    for row in rows:
        reached[row["abc_class"]] = max(reached.get(row["abc_class"], 0), row["cumulative_pct"])
    assert sorted(reached.items()) == expected


def test_what_is_pointed_at_tells_its_figures(file, look_at):
    page = look_at(file)
    page.locator(BARS.format("months")).first.hover()
    tooltip = page.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    assert "$292.48" in tooltip.inner_text() and "Nov 2024" in tooltip.inner_text()


def test_charts_turn_dark_with_the_reader(file, look_at):
    page = look_at(file)
    light = page.locator(BARS.format("growth")).first.get_attribute("fill")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "([bars, light]) => (document.querySelector(bars)?.getAttribute('fill') ?? light) !== light",
        arg=[BARS.format("growth"), light],
    )
    assert page.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_told_from_its_ground(scheme, file, look_at):
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text; 1.4.11: 3 to 1 for what a chart draws."""
    page = look_at(file, scheme=scheme)
    colour = {
        name: page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}')")
        for name in ["paper", "card", "ink", "quiet", "main", "second", "good", "bad"]
    }
    for text, ground in [("ink", "paper"), ("quiet", "paper"), *((text, "card") for text in TEXTS)]:
        assert contrast(colour[text], colour[ground]) >= 4.5, (text, ground)
    for drawn in ("main", "good", "bad"):
        assert contrast(colour[drawn], colour["card"]) >= 3, drawn


def contrast(one, other):
    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    parts = [int(colour.strip()[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_each_chart_has_words_and_a_table_for_who_cannot_see_it(file, look_at):
    page = look_at(file)
    labels = [image.get_attribute("aria-label") for image in page.locator("[role=img]:has(> .chart)").all()]
    assert len(set(labels)) == len(CHARTS) and all(labels)
    assert page.locator("main table caption").count() == page.locator("main table").count()


def test_an_empty_store_is_drawn_in_silence(dsn, store, look_at, tmp_path):
    page = look_at(write_page(dsn, tmp_path / "page.html"), 390)
    assert (page.complaints, page.locator(".chart").count()) == ([], 0)
    assert page.get_by_text("No order yet: the first one draws this chart.").is_visible()


def test_a_store_of_one_order_is_drawn_in_silence(dsn, store, look_at, tmp_path):
    store.execute("SELECT register_customer('ishmael@example.org', 'Ishmael', 'Nantucket')")
    store.execute("INSERT INTO products (sku, name, price) VALUES ('ROPE', 'Rope', 9.50)")
    store.execute("SELECT receive_stock(product_id, 5, 'first') FROM products")
    store.execute(
        "SELECT place_order((SELECT customer_id FROM customers),"
        " jsonb_build_array(jsonb_build_object('product_id', product_id, 'quantity', 1))) FROM products"
    )
    file = tmp_path / "page.html"
    assert report.main(["--dsn", dsn, str(file)]) == 0
    page = look_at(file)
    assert page.complaints == []
    assert page.locator(BARS.format("months")).count() == 2
