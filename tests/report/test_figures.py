"""The figures of the page are those of the views, each in the store's own words for money and days."""

import pytest

from tests.database import copy_of
from tests.report.shop_page import NOW, ShopPage, figure, write_page


@pytest.fixture(scope="module")
def page(seeded, tmp_path_factory):
    """The page of a store as each test asks it."""
    with copy_of(seeded) as database:
        return ShopPage(write_page(database.dsn(), tmp_path_factory.mktemp("report") / "page.html").read_text())


@pytest.fixture
def ask(database):
    """Ask the seeded store as of the page's day; the first column's rows, or all rows of more."""
    with database.connect(**{"TimeZone": "America/New_York"}) as connection:
        connection.execute("SELECT set_config('app.report_now', %s, FALSE)", [NOW])

        def ask(query):
            rows = connection.execute(query).fetchall()
            return [row[0] for row in rows] if len(rows[0]) == 1 else rows

        yield ask


@pytest.mark.parametrize(
    ("view", "title", "query"),
    [
        ("monthly_revenue", "Revenue", "SELECT revenue FROM monthly_revenue ORDER BY month DESC"),
        ("monthly_revenue", "Credits", "SELECT credits FROM monthly_revenue ORDER BY month DESC"),
        ("monthly_revenue", "Net revenue", "SELECT net_revenue FROM monthly_revenue ORDER BY month DESC"),
        ("monthly_revenue", "Orders", "SELECT total_orders FROM monthly_revenue ORDER BY month DESC"),
        ("monthly_revenue", "Buyers", "SELECT unique_customers FROM monthly_revenue ORDER BY month DESC"),
        ("monthly_revenue", "Average order", "SELECT average_order_value FROM monthly_revenue ORDER BY month DESC"),
        ("monthly_revenue", "Growth", "SELECT growth_pct FROM monthly_revenue ORDER BY month DESC"),
        ("monthly_revenue", "To the year before", "SELECT year_over_year_pct FROM monthly_revenue ORDER BY month DESC"),
        ("rolling_sales", "Revenue", "SELECT revenue FROM rolling_sales ORDER BY sale_date DESC LIMIT 366"),
        ("rolling_sales", "7-day mean", "SELECT revenue_7d_avg FROM rolling_sales ORDER BY sale_date DESC LIMIT 366"),
        ("rolling_sales", "28-day mean", "SELECT revenue_28d_avg FROM rolling_sales ORDER BY sale_date DESC LIMIT 366"),
        (
            "product_rankings",
            "Revenue",
            "SELECT revenue FROM product_rankings ORDER BY revenue DESC, product_id LIMIT 10",
        ),
        (
            "product_rankings",
            "Up to here",
            "SELECT cumulative_share_pct FROM product_rankings ORDER BY revenue DESC, product_id LIMIT 10",
        ),
        (
            "product_rankings",
            "Margin",
            "SELECT gross_margin FROM product_rankings ORDER BY revenue DESC, product_id LIMIT 10",
        ),
        ("style_rankings", "Revenue", "SELECT revenue FROM style_rankings ORDER BY revenue_rank, style_id"),
        ("style_rankings", "Variants", "SELECT products FROM style_rankings ORDER BY revenue_rank, style_id"),
        ("refunds_due", "Amount due", "SELECT amount_due FROM refunds_due ORDER BY amount_due DESC, order_id"),
        ("receivables", "Order", "SELECT order_id FROM receivables ORDER BY since, order_id"),
        ("receivables", "Amount owed", "SELECT amount_owed FROM receivables ORDER BY since, order_id"),
    ],
)
def test_a_column_is_the_views(view, title, query, page, ask):
    assert list(map(figure, page.column(view, title))) == ask(query)


@pytest.mark.parametrize(
    ("tile", "query"),
    [
        ("revenue", "SELECT current_revenue FROM dashboard_kpis"),
        ("orders", "SELECT current_orders FROM dashboard_kpis"),
        ("customers", "SELECT current_customers FROM dashboard_kpis"),
        ("average", "SELECT average_order_value FROM dashboard_kpis"),
        ("pending", "SELECT pending_orders FROM dashboard_kpis"),
        ("to_ship", "SELECT count(*) FROM order_backlog WHERE waiting_for = 'shipment'"),
        ("due", "SELECT sum(amount_due) FROM refunds_due"),
        ("low_stock", "SELECT low_stock_products FROM dashboard_kpis"),
    ],
)
def test_a_tile_is_the_views(tile, query, page, ask):
    assert [figure(page.tiles[tile])] == ask(query)


def test_segments_and_their_customers(page, ask):
    _, *rows = page.tables["customer_segments"]
    shown = {row[0].lower().replace(" ", "_"): (int(row[1]), figure(row[2])) for row in rows}
    expected = ask("SELECT segment, count(*), sum(monetary) FROM customer_segments GROUP BY segment")
    assert shown == {segment: (count, revenue) for segment, count, revenue in expected}


def test_open_orders_by_what_they_wait_for(page, ask):
    _, *rows = page.tables["order_backlog"]
    shown = {row[0].lower(): (int(row[1]), figure(row[2])) for row in rows}
    expected = ask("SELECT waiting_for, count(*), sum(total) FROM order_backlog GROUP BY waiting_for")
    assert shown == {waiting_for: (count, total) for waiting_for, count, total in expected}


def test_every_cell_of_the_heat_map(page, ask):
    (_, _, *months_since), *rows = page.tables["cohort_retention"]
    shown = {
        (row[0], int(since)): figure(share)
        for row in rows
        for since, share in zip(months_since, row[2:], strict=True)
        if share
    }
    expected = ask("SELECT to_char(cohort_month, 'Mon YYYY'), months_since, retention_pct FROM cohort_retention")
    assert shown == {(cohort, since): share for cohort, since, share in expected}


def test_every_alert_with_what_to_order(page, ask):
    titles = ["SKU", "Alert", "Available", "To order"]
    shown = set(zip(*(page.column("inventory_alerts", title) for title in titles), strict=True))
    expected = ask("SELECT sku, alert_level, available, suggested_order_quantity FROM inventory_alerts")
    assert shown == {
        (sku, level.capitalize().replace("_", " "), str(available), "–" if to_order is None else str(to_order))
        for sku, level, available, to_order in expected
    }


def test_worked_by_hand(page):
    """Straight from tests/expected: the page's first month, in the seed's currency."""
    assert page.tables["monthly_revenue"][-1][:6] == ["Nov 2024", "4", "4", "$292.48", "$0.00", "$292.48"]
    assert page.tables["receivables"][1:] == [["39", "4", "$99.20", "7 Nov 2025, 20:15"]]


@pytest.mark.parametrize(
    ("currency", "written"), [("EUR", "€292.48"), ("JPY", "¥292"), ("CHF", "CHF 292.48"), ("HUF", "HUF 292.48")]
)
def test_money_is_written_as_the_currency_is(currency, written, database, superuser, seeded_store, tmp_path):
    superuser.execute("SET session_replication_role = replica")  # the currency of a store with orders is final
    superuser.execute("UPDATE store.store_settings SET currency = %s", [currency])
    page = ShopPage(write_page(database.dsn(), tmp_path / "page.html").read_text())
    assert page.tables["monthly_revenue"][-1][3].replace("\N{NO-BREAK SPACE}", " ") == written


def test_text_of_the_store_stays_text(dsn, seeded_store, tmp_path):
    seeded_store.execute("UPDATE store_settings SET store_name = '</title><script>alert(1)</script>'")
    seeded_store.execute("UPDATE products SET name = '</script><b>' || name")
    text = write_page(dsn, tmp_path / "page.html").read_text()
    assert "<script>alert(1)" not in text
    assert "</script><b>" not in text
    assert "&lt;/script&gt;&lt;b&gt;" in text
