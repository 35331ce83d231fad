"""Names that no demo store has, very long ones and those written from right to left, and amounts from pence to billions."""

import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
import vl_convert

import invoice
from shop_report.charts import segments, share_of_products
from shop_report.words import Words
from tests.database import copy_of
from tests.report.shop_page import write_page

LONG, HEBREW = "x" * 200, "תה!"
# In Hebrew the exclamation mark is to the left of the word it follows.
IS_LEFT_OF_ITS_WORD = """element => {
    const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode();
    const x = from => { const range = document.createRange(); range.setStart(text, from); range.setEnd(text, from + 1);
                        return range.getBoundingClientRect().x; };
    return x(text.length - 1) < x(0);
}"""


@pytest.fixture(scope="module")
def odd(seeded):
    with copy_of(seeded) as database, database.connect() as store:
        store.execute("UPDATE products SET name = %s WHERE product_id = 2", [LONG])
        store.execute("UPDATE products SET name = %s WHERE product_id = 5", [HEBREW])
        store.execute("SELECT count_stock(product_id, 5000) FROM products WHERE product_id IN (2, 5)")
        store.execute("UPDATE addresses SET recipient = %s, line1 = %s WHERE customer_id = 2", [HEBREW, LONG[:100]])
        items = '[{"product_id": 2, "quantity": 900}, {"product_id": 5, "quantity": 900}]'
        [order] = store.execute("SELECT place_order(2, %s)", [items]).fetchone()
        store.execute("SELECT record_payment(order_id, 'bank', 'x', balance) FROM orders WHERE order_id = %s", [order])
        store.execute("SELECT ship_order(%s, 'Post', NULL)", [order])
        store.execute("SELECT issue_documents()")
        yield database.dsn()


@pytest.mark.needs_browser
def test_in_the_report_a_long_name_is_broken_and_each_reads_its_own_way(odd, look_at, tmp_path):
    page = look_at(write_page(odd, tmp_path / "page.html"))
    table = page.get_by_role("table", name="Best sellers")
    assert LONG in table.inner_text()
    assert table.evaluate("table => table.offsetWidth <= Math.max(620, table.parentElement.clientWidth)")
    assert table.locator("th", has_text=HEBREW).evaluate(IS_LEFT_OF_ITS_WORD)


@pytest.mark.needs_browser
@pytest.mark.parametrize("width", [390, 1280])
def test_on_the_invoice_too_and_no_heading_is_broken(odd, width, look_at, tmp_path):
    assert invoice.main(["INV-33", str(tmp_path / "page.html"), "--dsn", odd]) == 0
    page = look_at(tmp_path / "page.html", width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for name in page.get_by_text(HEBREW).all():
        assert name.evaluate(IS_LEFT_OF_ITS_WORD)
    assert page.get_by_text(HEBREW).count() == 2
    heading = page.get_by_role("columnheader", name="Quantity").bounding_box()["height"]
    assert heading <= page.get_by_role("columnheader", name="Tax", exact=True).first.bounding_box()["height"]


def labels(chart):
    """What stands at the axes of a chart as wide as on a page."""
    drawn = vl_convert.vegalite_to_svg(chart.to_dict() | {"width": 500})
    return re.findall(r">([^<>]+)</text>", drawn)


@pytest.mark.parametrize(("revenue", "amounts"), [("0.80", {"$0"}), ("2500000000", {"$0", "$500M", "$1B", "$2B"})])
def test_an_axis_tells_amounts_as_people_write_them(revenue, amounts):
    """Not with m for a thousandth and G for a billion."""
    row = SimpleNamespace(segment="loyal", customers=1, net_revenue=Decimal(revenue))
    shown = {label for label in labels(segments([row], Words("USD", 2))) if label.startswith("$")}
    assert amounts <= shown and not [label for label in shown if label[-1] in "mG"], shown


def test_products_are_counted_in_whole_numbers():
    row = SimpleNamespace(
        product_name="Tea",
        revenue=Decimal(1),
        revenue_share_pct=Decimal(33),
        cumulative_share_pct=Decimal(33),
        abc_class="A",
    )
    shown = labels(share_of_products([row] * 3, Words("USD", 2)))
    assert {"1", "2", "3"} <= set(shown) and "1.5" not in shown, shown
