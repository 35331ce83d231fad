"""What a forger, a stranger or a fat finger sends: it is refused, whoever sent it is told, and nothing is lost."""

import base64
import re
import time

import jwt
import pytest

from examples.shop import provider
from examples.shop.web import create_app

JO, LANTERN = "jo@orchardhouse.example", {"product": "2", "add": "1"}
ADDRESS = {
    "recipient": "Jo <b>March</b>",
    "line1": "Plumfield",
    "city": "Concord",
    "region_code": "ma",
    "country_code": "US",
}
STATUS = "SELECT status FROM orders WHERE order_id = order_id_of(%s)"


@pytest.fixture
def app(settings):
    app = create_app(settings)
    yield app
    app.extensions["shop"].database.close()


@pytest.fixture
def client(app):
    return app.test_client()


def send(client, path, **fields):
    """A form of ours, sent as its page would."""
    with client.session_transaction() as session:
        csrf = session.setdefault("csrf", "known")
    return client.post(path, data={"csrf": csrf, **fields}, headers={"Referer": "http://localhost/checkout?address=2"})


def link_for(client, email, onward="/"):
    send(client, "/sign-in", email=email, onward=onward)
    return re.findall('href="(/sign-in/[^"]+)"', client.get("/mail").text)[0]


def sign_in(client, email=JO, onward="/"):
    return client.get(link_for(client, email, onward))


def told(answer):
    return " ".join(re.findall('role="status">([^<]*)', answer.text))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?category=99999999999", 200),
        ("/?category=-1", 200),
        ("/?q=%00", 400),
        ("/?q=%ED%A0%80", 200),
        ("/?q=" + "x" * 5000, 200),
        ("/products/99999999999999999999", 404),
        ("/orders/%00", 400),
        ("/orders/'--", 404),
        ("/documents/INV/99999999999999999999", 404),
        ("/checkout?address=99999999999", 200),
        ("/nowhere", 404),
        ("/addresses", 405),
        ("/provider?asked=x", 404),
    ],
)
def test_an_address_nobody_links_to_is_answered_as_a_page_of_the_shop(path, status, client):
    sign_in(client)
    send(client, "/basket", **LANTERN)
    answer = client.get(path)
    assert answer.status_code == status and "Spouter Inn" in answer.text


@pytest.mark.parametrize(
    "onward",
    ["//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "https://evil.example", " /", ""],
)
def test_signing_in_leads_nowhere_but_into_the_shop(onward, client):
    assert sign_in(client, onward=onward).headers["Location"] == "/"


def test_a_link_opens_nothing_for_whoever_did_not_ask_for_it(app, client):
    """Else whoever is sent the link of another would fill in their address for them to read."""
    link, other = link_for(client, JO), app.test_client()
    assert other.get(link).headers["Location"] == "/sign-in"
    assert "another browser" in told(other.get("/sign-in")) and other.get("/orders").status_code == 302
    assert client.get(link).headers["Location"] == "/" and client.get("/orders").status_code == 200


def test_a_cookie_that_was_changed_is_nobodys(client):
    sign_in(client)
    cookie = client.get_cookie("session").value
    body, _, rest = cookie.lstrip(".").partition(".")
    assert client.get("/orders").status_code == 200
    for forged in (
        cookie[:-2],
        base64.urlsafe_b64encode(b'{"staff_until":9999999999,"person":"stubb"}').decode() + "." + rest,
        body,
    ):
        client.set_cookie("session", forged)
        assert client.get("/orders").headers["Location"].startswith("/sign-in")
        assert client.get("/desk/").headers["Location"] == "/desk/enter"


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_whoever_can_forge_the_cookie_still_is_nobody_to_the_store(algorithm, client, settings):
    """The cookie's secret is known to all that serves pages; the tokens' is not theirs to lose."""
    claims = {"customer_id": 2, "exp": int(time.time()) + 600}
    key = b"a guess of thirty-two bytes, or more" if algorithm == "HS256" else None
    with client.session_transaction() as session:
        session["token"] = jwt.encode(claims, key, algorithm, headers={"kid": settings.key_id})
    assert client.get("/orders").headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("path", ["/checkout", "/addresses", "/basket", "/sign-out", "/desk/enter"])
def test_a_form_without_what_our_page_was_given_does_nothing(path, client):
    sign_in(client)
    send(client, "/basket", **LANTERN)
    for csrf in ({}, {"csrf": ""}, {"csrf": "é"}):
        assert client.post(path, data=csrf | LANTERN).status_code == 302
    assert client.get("/orders").status_code == 200 and "Basket <b>1</b>" in client.get("/").text


def test_a_shopper_does_nothing_in_the_back_office(client, seeded_store):
    (number,) = seeded_store.execute(
        "SELECT order_number(order_id) FROM orders WHERE status = 'paid' LIMIT 1"
    ).fetchone()
    sign_in(client)
    answer = send(client, f"/desk/orders/{number}/ship", carrier="DHL", tracking="1", key="k")
    assert answer.headers["Location"] == "/desk/enter"
    assert seeded_store.execute(STATUS, [number]).fetchone() == ("paid",)


def test_a_strangers_order_cannot_be_told_from_none(client, seeded_store):
    (strangers,) = seeded_store.execute(
        """SELECT order_number(place_order(3, '[{"product_id": 2, "quantity": 1}]'))"""
    ).fetchone()
    (unknown,) = seeded_store.execute("SELECT order_number(999999)").fetchone()
    sign_in(client)
    seen = {}
    for number in (strangers, unknown, "2222-2222"):
        answers = [
            client.get(f"/orders/{number}"),
            client.get(f"/orders/{number}/pay"),
            send(client, f"/orders/{number}/cancel"),
        ]
        seen[number] = [
            (a.status_code, a.headers.get("Location", "").replace(number, ""), told(client.get("/"))) for a in answers
        ]
    assert seen[strangers] == seen[unknown] == seen["2222-2222"] and seen[unknown][0][0] == 404
    assert seeded_store.execute(STATUS, [strangers]).fetchone() == ("pending",)


def test_what_cannot_be_cancelled_any_more_is_told_by_the_number_the_shopper_knows(client, seeded_store):
    query = "SELECT order_number(order_id), order_id FROM orders WHERE customer_id = 2 AND status = 'delivered' LIMIT 1"
    number, order_id = seeded_store.execute(query).fetchone()
    sign_in(client)
    page = client.get(send(client, f"/orders/{number.lower()}/cancel").headers["Location"])
    assert (
        "while it waits to be paid" in told(page)
        and f"Order {number}" in page.text
        and f"order {order_id}" not in page.text
    )


@pytest.mark.parametrize(
    "fields", [{"product": "0", "add": "1"}, {"product": "007", "add": "1"}, {"-2": "1"}, {"2": "1", "coupon": "a\0"}]
)
def test_a_product_no_page_offers_does_not_spoil_the_basket(fields, client):
    send(client, "/basket", **LANTERN)
    send(client, "/basket", **fields)
    page = client.get("/basket")
    assert "Lantern" in page.text and told(page) == "" and "Basket <b>1</b>" in page.text


def test_an_address_is_whose_it_is_and_saved_once_however_often_sent(client, seeded_store):
    sign_in(client)
    places = {
        send(client, "/addresses", **ADDRESS, customer_id="1", address_id="1").headers["Location"] for _ in range(2)
    }
    saved = seeded_store.execute("SELECT customer_id, region_code FROM addresses WHERE line1 = 'Plumfield'").fetchall()
    assert (len(places), saved) == (1, [(2, "MA")])


def test_a_form_filled_in_while_the_session_ended_is_there_after_signing_in(client, settings):
    object.__setattr__(settings, "token_lifetime", 0)
    sign_in(client)
    send(client, "/basket", **LANTERN)
    asked = send(client, "/addresses", **ADDRESS)
    assert asked.headers["Location"] == "/sign-in?onward=/checkout"
    object.__setattr__(settings, "token_lifetime", 600)
    page = client.get(sign_in(client, onward="/checkout").headers["Location"])
    assert 'value="Jo &lt;b&gt;March&lt;/b&gt;"' in page.text and "Lantern" in page.text


def test_where_we_do_not_deliver_any_more_the_basket_stays(client, seeded_store):
    seeded_store.execute("""UPDATE addresses SET country_code = 'GB', region_code = NULL WHERE address_id = 2""")
    seeded_store.execute("UPDATE countries SET is_served = FALSE WHERE country_code = 'GB'")
    sign_in(client)
    send(client, "/basket", **LANTERN)
    for path, shown in (("/basket", "Lantern"), ("/checkout", "Another address")):
        page = client.get(path)
        assert "We cannot deliver to this address: country GB is not served." in told(page) and shown in page.text


def test_who_was_erased_meanwhile_is_asked_who_they_are(client, seeded_store):
    sign_in(client, "ishmael@example.org")
    send(client, "/basket", **LANTERN)
    seeded_store.execute("SELECT erase_customer(customer_id) FROM customers WHERE email = 'ishmael@example.org'")
    assert client.get("/basket").headers["Location"] == "/sign-in?onward=/basket"
    assert "Lantern" in client.get("/basket").text


def test_the_provider_is_not_sent_elsewhere_by_what_a_request_calls_us(client, app, monkeypatch, seeded_store):
    """Else a forger gets a notice that the provider signed."""
    (number,) = seeded_store.execute(
        """SELECT order_number(place_order(2, '[{"product_id": 2, "quantity": 1}]'))"""
    ).fetchone()
    targets = []
    monkeypatch.setattr(provider, "send", lambda target, *_: targets.append(target))
    sign_in(client)
    asked = client.get(f"/orders/{number}/pay").headers["Location"].partition("asked=")[2]
    client.post("/provider", data={"asked": asked}, headers={"Host": "evil.example"})
    while not targets:
        time.sleep(0.01)
    assert targets == ["http://127.0.0.1:80/webhooks/payments"]
