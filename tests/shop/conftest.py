"""The example shop, served from a store of its own, and a shopper's browser."""

import re
import urllib.error
import urllib.request
from threading import Thread

import pytest
from itsdangerous import TimestampSigner
from werkzeug.serving import make_server

from examples.shop.logins import make_ready
from examples.shop.payments import notices
from examples.shop.web import create_app

PLACED = re.compile(r"/orders/[2-9A-Z]{4}-[2-9A-Z]{4}$")


@pytest.fixture
def settings(seeded_store, dsn):
    """Made by the store's owner, who is no superuser."""
    return make_ready(seeded_store, dsn, "store")


@pytest.fixture
def shop(settings):
    """Its address, while it is served."""
    app = create_app(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["shop"].database.close()


@pytest.fixture
def browser_of(chromium, shop):
    """A browser of somebody's own, at the shop's first page; signed in where an e-mail is given."""
    contexts = []

    def browser_of(email=None):
        context = chromium.new_context(base_url=shop, viewport={"width": 1100, "height": 760})
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto("/")
        if email:
            page.goto("/sign-in")
            sign_in(page, email)
        return page

    yield browser_of
    for context in contexts:
        context.close()


def sign_in(page, email):
    """From the sign-in page on: ask for a link, read the mail, follow it."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send me a link").click()
    page.get_by_role("main").get_by_role("link", name="here").click()
    page.get_by_role("listitem").filter(has_text=f"To {email}:").first.get_by_role("link").click()


def add(page, product, quantity=1):
    """Put something into the basket, from its own page; whoever does so sees the basket."""
    page.goto("/")
    page.get_by_role("link", name=product, exact=True).click()
    page.get_by_label("Quantity").fill(str(quantity))
    page.get_by_role("button", name="Add to basket").click()


def place(page, *products):
    """Order one of each; return the order's number, as the shopper is told it."""
    for product in products:
        add(page, product)
    page.get_by_role("button", name="Check out").click()
    page.get_by_role("button", name="Order and pay").click()
    page.wait_for_url(PLACED)
    return page.url.rpartition("/")[2]


@pytest.fixture
def send_webhook(shop, settings):
    """Send an event as the provider does; return the status."""

    def send_webhook(event, secret=settings.webhook_secret, at=None):
        with pytest.MonkeyPatch.context() as patch:
            if at:
                patch.setattr(TimestampSigner, "get_timestamp", lambda _: at)
            body = notices(secret).dumps(event).encode()
        try:
            with urllib.request.urlopen(f"{shop}/webhooks/payments", body) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    return send_webhook
