"""Staff pack, take back, reduce and refund in a browser; the books balance, and nobody else gets in."""

import pytest

from tests.shop.conftest import place

pytestmark = pytest.mark.needs_browser

JO = "jo@orchardhouse.example"


@pytest.fixture
def desk(browser_of, settings):
    page = browser_of()
    page.goto("/desk/")
    page.get_by_label("Name").fill("stubb")
    page.get_by_label("Password").fill(settings.staff_passwords["stubb"])
    page.get_by_role("button", name="Enter").click()
    return page


@pytest.fixture
def paid_order(browser_of, send_webhook, seeded_store):
    """Jo's order of a lantern and a rope: 63.00, delivery 5.00, 12 % tax: 76.16."""
    number = place(browser_of(JO), "Lantern", "Manila Rope")
    event = {
        "type": "charge.succeeded",
        "order": number,
        "reference": "ch_1",
        "amount": "76.16",
        "currency": "USD",
        "occurred_at": 1764547200,
    }
    assert send_webhook({**event, "occurred_at": None}) == 200
    return number


def act(page, button, **fields):
    form = page.locator("form.card").filter(has=page.get_by_role("button", name=button))
    for label, text in fields.items():
        form.get_by_label(label.replace("_", " ")).fill(text)
    form.get_by_role("button", name=button).click()
    return page.get_by_role("status").inner_text()


def test_an_order_is_packed_taken_back_reduced_and_refunded(desk, paid_order, browser_of, seeded_store):
    desk.goto("/desk/")
    desk.get_by_role("link", name=paid_order, exact=True).click()
    assert act(desk, "Send a parcel", Carrier="DHL", Tracking_number="JJD 1") == "Done."
    assert act(desk, "All parcels arrived") == "Done."
    assert act(desk, "Take goods back", Manila_Rope="1", Reason="too short") == "Done."
    assert act(desk, "Grant an allowance", Amount="5.00", Reason="a scratch") == "Done."
    due = desk.locator("[data-balance]").get_attribute("data-balance")
    assert due == "-25.16"  # 18.00 and its 12 %, and 5.00
    assert "exceeds" in act(desk, "Refund", Amount="25.17", Reason="too much")
    form = desk.locator("form.card").filter(has=desk.get_by_role("button", name="Refund"))
    assert form.get_by_label("Reason").input_value() == "too much"  # what was typed is still there
    assert act(desk, "Refund", Amount="25.16", Reason="as agreed") == "Done."
    assert desk.locator("[data-balance]").get_attribute("data-balance") == "0.00"
    seeded_store.execute("SELECT issue_documents()")
    desk.reload()
    assert any("shipped, by store_desk_stubb" in text for text in desk.locator("details li").all_text_contents())
    invoice, *notes = [link.get_attribute("href") for link in desk.locator("main a[href*='/desk/documents/']").all()]
    assert len(notes) == 2  # for the rope, and for the scratch
    desk.goto(notes[0])
    assert desk.get_by_role("heading", level=1).inner_text().startswith("Credit note")
    shopper = browser_of(JO)
    assert shopper.goto(invoice.removeprefix("/desk")).status == 200
    assert shopper.get_by_text("Lantern").first.is_visible()
    assert [text for text in desk.complaints if "409" not in text] == []  # what the refused refund was answered with
    assert seeded_store.execute("SELECT * FROM integrity_violations").fetchall() == []


def test_the_packer_reads_where_it_goes_as_it_was_written(desk, paid_order, seeded_store):
    name = "Jo <script>document.title='owned'</script>"
    seeded_store.execute("UPDATE addresses SET recipient = %s WHERE customer_id = 2", [name])
    seeded_store.execute("SELECT redirect_order(order_id_of(%s), 2)", [paid_order])
    desk.goto(f"/desk/orders/{paid_order}")
    assert f"To {name}, Orchard House, 01742 Concord, MA, US" in desk.get_by_role("main").inner_text()
    desk.set_viewport_size({"width": 390, "height": 800})
    assert desk.evaluate("document.documentElement.scrollWidth") <= 390
    assert desk.complaints == []


def test_a_form_sent_twice_does_its_work_once(desk, paid_order, seeded_store):
    desk.goto(f"/desk/orders/{paid_order}")
    form = desk.locator("form.card").filter(has=desk.get_by_role("button", name="Grant an allowance"))
    form.get_by_label("Amount").fill("5.00")
    form.get_by_label("Reason").fill("a scratch")
    fields = {field.get_attribute("name"): field.input_value() for field in form.locator("input").all()}
    for _ in range(2):
        assert desk.context.request.post(f"/desk/orders/{paid_order}/allow", form=fields).ok
    query = "SELECT credited_amount FROM orders WHERE order_id = order_id_of(%s)"
    assert str(seeded_store.execute(query, [paid_order]).fetchone()[0]) == "5.00"


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("explode", {}),
        ("ship", {"line-x": "1", "carrier": "DHL", "tracking": "1", "key": "k"}),
        ("ship", {"key": "k"}),
        ("allow", {"reason": "no amount", "key": "k"}),
        ("cancel", {}),
        ("return", {"line-99999999999": "1", "reason": "x", "key": "k"}),
    ],
)
def test_a_field_that_no_form_sends_is_a_bad_request(action, fields, desk, paid_order):
    desk.goto(f"/desk/orders/{paid_order}")
    csrf = desk.locator("input[name=csrf]").first.input_value()
    assert desk.context.request.post(f"/desk/orders/{paid_order}/{action}", form={**fields, "csrf": csrf}).status == 400


def test_money_for_a_cancelled_order_waits_to_be_given_back(desk, browser_of, send_webhook, seeded_store):
    """The webhook came late: the order had been cancelled, and stays so."""
    shopper = browser_of(JO)
    number = place(shopper, "Lantern")
    shopper.get_by_role("button", name="Cancel this order").click()
    shopper.locator("[data-status=cancelled]").wait_for()
    event = {
        "type": "charge.succeeded",
        "order": number,
        "reference": "ch_late",
        "amount": "56.00",
        "currency": "USD",
        "occurred_at": None,
    }
    assert send_webhook(event) == 200
    shopper.reload()
    assert "We owe you $56.00" in shopper.get_by_role("main").inner_text()
    desk.goto("/desk/")
    assert desk.get_by_role("row").filter(has_text=f"Order {number}").inner_text().endswith("$56.00")
    desk.goto(f"/desk/orders/{number}")
    assert act(desk, "Refund", Amount="56.00", Reason="came too late") == "Done."


def test_the_shop_keepers_page_is_one_click_away(desk):
    desk.get_by_role("link", name="How the shop does").click()
    desk.locator(".chart svg").first.wait_for()
    assert desk.complaints == []


def test_who_is_no_staff_sees_a_door(browser_of):
    page = browser_of(JO)
    for path in ("/desk/", "/desk/orders/1", "/desk/report", "/desk/documents/INV/1"):
        page.goto(path)
        assert page.get_by_role("heading").inner_text() == "Back office"
        assert page.get_by_label("Password").is_visible()
    page.get_by_label("Name").fill("stubb")
    page.get_by_label("Password").fill("guess")
    page.get_by_role("button", name="Enter").click()
    assert "not a name and password" in page.get_by_role("status").inner_text()
