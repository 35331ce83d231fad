"""The shop in a real browser: a whole purchase, and all that gets between a shopper and what they want."""

import re
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.documentation.manual_pages import ROOT
from tests.shop.conftest import PLACED, add, place, sign_in

pytestmark = pytest.mark.needs_browser

JO = "jo@orchardhouse.example"
PICTURE = ROOT / "docs" / "shop.png"
COUNT_ORDERS = "SELECT count(*) FROM orders WHERE customer_id = 2"


def told(page):
    page.get_by_role(
        "status"
    ).first.wait_for()  # a form that is answered at its own address is a page as it was until then
    return " ".join(page.get_by_role("status").all_inner_texts())


def test_a_whole_purchase(browser_of, seeded_store):
    page = browser_of()
    page.get_by_label("Search").fill("lanterns")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Lantern", exact=True).click()
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Add to basket").click()
    assert page.locator("tr.total").inner_text().endswith("$106.40")  # 90.00 + 5.00, and 12 % of both
    page.get_by_role("button", name="Check out").click()
    sign_in(page, JO)
    page.wait_for_url("**/checkout")
    page.get_by_role("button", name="Order and pay $106.40").click()
    page.get_by_role("button", name="Pay $106.40").click()
    page.get_by_role("button", name="Pay").click()
    page.locator("[data-status=paid]").wait_for()
    assert page.complaints == []
    number = re.search("/orders/([^/?]+)", page.url)[1]
    query = "SELECT customer_id, status, payment_status, total FROM orders WHERE order_id = order_id_of(%s)"
    assert [str(value) for value in seeded_store.execute(query, [number]).fetchone()] == ["2", "paid", "paid", "106.40"]
    assert page.get_by_role("link", name="Basket").inner_text() == "Basket 0"
    page.get_by_role("link", name="Orders").click()
    assert page.get_by_role("row").filter(has_text="$106.40").count() == 1
    assert seeded_store.execute("SELECT * FROM integrity_violations").fetchall() == []


def test_on_a_bad_day_the_page_waits_and_the_money_counts_once(shop, settings, browser_of, seeded_store):
    object.__setattr__(settings, "webhook_delay", 1)
    page = browser_of(JO)
    number = place(page, "Lantern")
    page.get_by_role("button", name="Pay").click()
    page.get_by_label("bad day").check()
    page.get_by_role("button", name="Pay").click()
    assert "waiting to hear" in told(page)
    page.locator("[data-status=paid]").wait_for()
    payments = "SELECT count(*), sum(amount) FROM payments WHERE order_id = order_id_of(%s)"
    (count, amount) = seeded_store.execute(payments, [number]).fetchone()
    assert (count, str(amount)) == (1, "56.00")


def test_who_is_new_becomes_a_customer_and_gives_an_address(browser_of, seeded_store):
    page = browser_of("new@example.org")
    add(page, "Treasure Island")
    page.get_by_role("button", name="Check out").click()
    page.get_by_label("Name").fill("Jim <Hawkins>")
    page.get_by_role("button", name="Save this address").click()
    assert "check the address" in told(page)
    assert page.get_by_label("Name").input_value() == "Jim <Hawkins>"  # nothing typed is lost
    page.get_by_label("Street").fill("Admiral Benbow")
    page.get_by_label("Town").fill("Bristol")
    page.get_by_label("Country").select_option("GB")
    page.get_by_role("button", name="Save this address").click()
    page.get_by_role("button", name="Order and pay").click()
    page.get_by_text("To Jim <Hawkins>, Admiral Benbow, Bristol, GB").wait_for()
    query = "SELECT email, ship_to_country FROM orders INNER JOIN customers USING (customer_id) ORDER BY order_id DESC LIMIT 1"
    assert seeded_store.execute(query).fetchone() == ("new@example.org", "GB")


def test_a_double_click_is_one_order(browser_of, seeded_store):
    page = browser_of(JO)
    (before,) = seeded_store.execute(COUNT_ORDERS).fetchone()
    add(page, "Lantern")
    page.get_by_role("button", name="Check out").click()
    page.get_by_role("button", name="Order and pay").dblclick()
    page.wait_for_url(PLACED)
    assert seeded_store.execute(COUNT_ORDERS).fetchone() == (before + 1,)


def test_a_form_sent_many_times_at_once_is_one_order(shop, browser_of, seeded_store):
    """The double click at its worst: eight requests at the same moment, all with the same cookies."""
    page = browser_of(JO)
    (before,) = seeded_store.execute(COUNT_ORDERS).fetchone()
    add(page, "Lantern")
    page.get_by_role("button", name="Check out").click()
    form = page.locator("form:has(input[name=key])")
    form.wait_for()
    fields = {field.get_attribute("name"): field.input_value() for field in form.locator("input").all()}
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())

    def send(_):
        body = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{shop}/checkout", body, {"Cookie": cookies})) as answer:
            return answer.url

    with ThreadPoolExecutor(8) as threads:
        shown = set(threads.map(send, range(8)))
    assert len(shown) == 1 and PLACED.search(shown.pop())
    assert seeded_store.execute(COUNT_ORDERS).fetchone() == (before + 1,)


def test_what_sold_out_meanwhile_is_told_and_nothing_is_lost(browser_of, seeded_store):
    page = browser_of(JO)
    add(page, "Lantern", 3)
    add(page, "Sextant")
    page.get_by_role("button", name="Check out").click()
    seeded_store.execute("SELECT adjust_stock(16, -2, 'loss'), adjust_stock(2, -4, 'damage')")
    page.get_by_role("button", name="Order and pay").click()
    assert "Of Lantern you can have 2 and not 3." in told(page) and "Of Sextant you can have 0 and not 1." in told(page)
    assert page.get_by_label("Quantity of Lantern").input_value() == "3"
    page.get_by_label("Quantity of Lantern").fill("2")
    page.get_by_label("Quantity of Sextant").fill("0")
    page.get_by_role("button", name="Check out").click()
    page.get_by_role("button", name="Order and pay").click()
    page.wait_for_url(PLACED)


def test_a_session_that_ended_asks_to_sign_in_and_keeps_the_basket(browser_of, settings, seeded_store):
    page = browser_of(JO)
    add(page, "Lantern")
    page.get_by_role("button", name="Check out").click()
    seeded_store.execute("SELECT retire_signing_key(%s)", [settings.key_id])  # as good as expired: 28000
    page.get_by_role("button", name="Order and pay").click()
    assert "Please sign in. Your basket is kept." in told(page)
    assert page.get_by_role("link", name="Basket").inner_text() == "Basket 1"
    assert "/checkout" in page.locator("input[name=onward]").input_value()


def test_a_token_that_expired_is_one_that_does_not_hold(shop, browser_of, settings):
    object.__setattr__(settings, "token_lifetime", 0)
    page = browser_of(JO)
    page.goto("/orders")
    assert "Please sign in" in told(page)


def test_a_strangers_order_shows_nothing(browser_of, seeded_store):
    page = browser_of(JO)
    strangers = seeded_store.execute(
        "SELECT order_number(order_id), order_id FROM orders WHERE customer_id <> 2 ORDER BY order_id"
    ).fetchall()
    unknown = page.goto("/orders/2222-2222")
    assert (unknown.status, page.get_by_role("main").inner_text()) == (
        404,
        "You have no order of this number. To the shop",
    )
    for number in [*strangers[0], *strangers[1]]:
        assert page.goto(f"/orders/{number}").status == 404
        assert page.get_by_role("main").inner_text() == "You have no order of this number. To the shop"
        assert page.goto(f"/orders/{number}/pay").status == 404
    query = "SELECT series, number FROM documents INNER JOIN orders USING (order_id) WHERE customer_id <> 2 LIMIT 1"
    assert page.goto("/documents/{}/{}".format(*seeded_store.execute(query).fetchone())).status == 404


@pytest.mark.parametrize("quantity", ["two", "-1", "1.5", "10001", "", "٣"])
def test_a_quantity_that_is_none_leaves_the_basket_as_it_was(quantity, browser_of):
    page = browser_of()
    add(page, "Lantern", 2)
    page.get_by_label("Quantity of Lantern").fill(quantity)
    page.get_by_role("button", name="Work it out again").click()
    assert "whole number" in told(page)
    assert page.get_by_label("Quantity of Lantern").input_value() == "2"


def test_a_coupon_is_taken_or_told_why_not(browser_of):
    page = browser_of(JO)
    add(page, "Lantern")
    page.get_by_label("Coupon").fill("thanks20")
    page.get_by_role("button", name="Work it out again").click()
    assert told(page) == "The coupon THANKS20 is no longer valid."
    page.get_by_label("Coupon").fill("clams15")
    page.get_by_role("button", name="Work it out again").click()
    assert page.locator("tr.total").inner_text().endswith("$48.44")  # (45.00 - 6.75 + 5.00) * 1.12


def test_a_price_that_changed_is_shown_before_it_is_charged(browser_of, seeded_store):
    page = browser_of(JO)
    add(page, "Lantern")
    page.get_by_role("button", name="Check out").click()
    seeded_store.execute("UPDATE products SET price = 50.00 WHERE product_id = 2")
    page.get_by_role("button", name="Order and pay $56.00").click()
    assert "it is 61.60 in all now" in told(page)
    page.get_by_role("button", name="Order and pay $61.60").click()
    page.wait_for_url(PLACED)


def test_what_is_offered_no_more_leaves_the_basket_and_is_told(browser_of, seeded_store):
    page = browser_of()
    add(page, "Lantern")
    add(page, "Little Women")
    seeded_store.execute("UPDATE products SET is_active = FALSE WHERE product_id = 11")
    page.get_by_role("link", name="Basket").click()
    assert "is not on offer any more" in told(page)
    assert page.get_by_label("Quantity of Lantern").is_visible()
    assert page.get_by_label("Quantity of Little Women").count() == 0


def test_a_name_with_markup_in_it_is_shown_and_not_run(browser_of, seeded_store):
    name = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    seeded_store.execute("UPDATE products SET name = %s, description = %s WHERE product_id = 2", [name, name])
    page = browser_of()
    page.get_by_role("link", name="document.title").first.wait_for()
    page.goto("/products/2")
    assert page.get_by_role("heading", level=1).inner_text() == name
    assert "owned" not in page.title().replace(name, "")
    page.get_by_role("button", name="Add to basket").click()
    assert page.locator("main script, main img").count() == 0
    assert page.complaints == []


def test_a_form_from_elsewhere_does_nothing(browser_of, seeded_store):
    page = browser_of(JO)
    number = place(page, "Lantern")
    page.evaluate(f"""() => {{
        const form = document.createElement('form');
        form.method = 'post'; form.action = '/orders/{number}/cancel';
        document.body.append(form); form.submit();
    }}""")
    page.get_by_role("status").wait_for()
    query = "SELECT status FROM orders WHERE order_id = order_id_of(%s)"
    assert seeded_store.execute(query, [number]).fetchone() == ("pending",)


def test_cookies_are_out_of_reach(browser_of):
    page = browser_of(JO)
    [cookie] = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert page.evaluate("document.cookie") == ""


def test_nobody_is_sent_to_another_site_after_signing_in(browser_of, shop):
    page = browser_of()
    page.goto("/sign-in?onward=//example.org/")
    sign_in(page, JO)
    assert page.url == f"{shop}/"


def test_a_style_is_chosen_by_its_options(browser_of, seeded_store):
    """Four hats, one card; of yellow ones there is a medium one less than of large."""
    seeded_store.execute("UPDATE products SET is_active = FALSE WHERE product_id = 22")
    page = browser_of(JO)
    card = page.get_by_role("listitem").filter(has_text="Oilskin Hat")
    assert (card.count(), "from $22.00" in card.inner_text()) == (1, True)
    card.get_by_role("link", name="Choose").click()
    page.get_by_role("link", name="L", exact=True).click()
    page.get_by_role("link", name="Black", exact=True).click()
    assert page.url.endswith("/products/23")
    assert page.get_by_role("article").get_by_text("$24.00").is_visible()
    sizes = page.get_by_role("group", name="Size")
    assert (sizes.get_by_role("link").all_inner_texts(), sizes.locator("s").inner_text()) == (
        ["L"],
        "M",
    )  # no black hat in M
    page.get_by_role("button", name="Add to basket").click()
    assert page.get_by_role("row").filter(has_text="Oilskin Hat (").inner_text().startswith("Oilskin Hat (L, Black)")
    page.get_by_role("button", name="Check out").click()
    page.get_by_role("button", name="Order and pay").click()
    page.wait_for_url(PLACED)
    assert page.get_by_text("OILSKIN-BLACK-L").is_visible()


def test_a_sale_is_told_as_the_law_has_it(browser_of, seeded_store):
    """The chart cost 25.00 for the last 30 days and costs 20.00; the lantern's sale is no dearer thing made cheaper: its lowest
    price of the 30 days before is below it, so that no reduction is told."""
    seeded_store.execute("""
        INSERT INTO sale_prices (product_id, price, valid_from, valid_until) VALUES
        (13, 20.00, now(), now() + INTERVAL '1 day'),
        (2, 30.00, now() - INTERVAL '3 days', now() - INTERVAL '2 days'), (2, 35.00, now(), now() + INTERVAL '1 day')""")
    page = browser_of()
    card = page.get_by_role("listitem").filter(has_text="Chart of Nantucket Sound")
    assert card.locator("s").inner_text() == "$25.00" and card.locator(".price").inner_text() == "$20.00"
    assert card.locator(".sale").inner_text() == "−20 % of $25.00, the lowest price of the 30 days before"
    lantern = page.get_by_role("listitem").filter(has_text="Lantern")
    assert (lantern.locator(".price").inner_text(), lantern.locator("s").count(), lantern.locator(".sale").count()) == (
        "$35.00",
        0,
        0,
    )
    add(page, "Chart of Nantucket Sound")
    row = page.get_by_role("row").filter(has_text="Chart")
    assert (row.locator("s").inner_text(), row.locator(".price").inner_text()) == ("$25.00", "$20.00")
    assert page.locator("tr.total").inner_text().endswith("$28.00")  # 20.00 + 5.00, and 12 % of both


def test_too_many_orders_to_be_paid_are_told_at_checkout_and_nothing_is_lost(browser_of, seeded_store):
    seeded_store.execute("UPDATE store_settings SET max_pending_orders = 1")
    page = browser_of(JO)
    number = place(page, "Lantern")
    add(page, "Treasure Island", 2)
    page.get_by_role("button", name="Check out").click()
    assert "Unpaid orders: 1." in told(page)
    page.get_by_role("button", name="Order and pay").click()
    assert "Unpaid orders: 1." in told(page)
    assert page.get_by_role("link", name="Basket").inner_text() == "Basket 2"
    page.goto(f"/orders/{number}")
    page.get_by_role("button", name="Cancel this order").click()
    page.goto("/checkout")
    page.get_by_role("button", name="Order and pay").click()
    page.wait_for_url(PLACED)


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_sideways(width, browser_of):
    page = browser_of(JO)
    add(page, "Chart of Nantucket Sound", 2)
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/", "/basket", "/checkout", "/orders"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_readmes_picture_is_the_shop(browser_of, request):
    """`--rewrite-expected` takes it again."""
    page = browser_of()
    add(page, "Lantern", 2)
    page.goto("/?category=1")
    taken = page.screenshot(type="png")
    if request.config.getoption("rewrite_expected"):
        PICTURE.write_bytes(taken)
    kept = PICTURE.read_bytes()
    assert kept[:8] == b"\x89PNG\r\n\x1a\n" and len(kept) < 150_000
    assert kept[16:24] == taken[16:24]  # as wide and as high
    assert "docs/shop.png" in (ROOT / "README.md").read_text()
