"""The shop as a WSGI application: who is asking, what every page has, and what happens to what the store refuses."""

import hmac
import re
import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import psycopg
from babel.dates import format_datetime, get_timezone
from flask import Flask, Response, abort, current_app, flash, redirect, render_template, request, session, url_for
from itsdangerous import URLSafeTimedSerializer
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from examples.shop.database import Database
from examples.shop.logins import Settings
from examples.shop.refusals import concerns_who_asks, status_of, words
from shop_report.words import Words

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
}  # fmt: skip


@dataclass
class Shop:
    """What all pages share; `mailbox` stands in for the shoppers' own."""

    settings: Settings
    database: Database
    store: Any
    mailbox: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=20))


def shop() -> Shop:
    return current_app.extensions["shop"]


def ask(query: str, *values: Any) -> list[Any]:
    """Ask the store for the shopper who is signed in, or for nobody."""
    return shop().database.ask("shopper", query, values, token=session.get("token", ""))


def tell(error: psycopg.Error) -> None:
    """Say on the next page what the store had to say."""
    for text in words(error, name_of):
        flash(text)


def name_of(product_id: int) -> str:
    label = "SELECT coalesce(product_label(%s), 'A product') AS label"
    return shop().database.ask("shopper", label, [product_id])[0].label


def sign_in_first(onward: str) -> Any:
    """To the sign-in page and, when that is done, back; the basket stays where it is."""
    session.pop("token", None)
    flash("Please sign in. Your basket is kept.")
    return redirect(url_for("account.sign_in", onward=onward))


def signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(shop().settings.cookie_secret, salt=purpose)


def serial(text: str) -> int:
    """A row's number as our links have it; what is none, Flask takes for not given."""
    if not re.fullmatch("[1-9][0-9]{0,8}", text):
        raise ValueError(text)
    return int(text)


def must_sign_in() -> None:
    if not session.get("token"):
        abort(sign_in_first(request.path))


def missing(text: str) -> tuple[str, int]:
    return render_template("message.html", text=text), 404


def create_app(settings: Settings) -> Flask:
    from examples.shop import account, desk, payments, provider, storefront

    app = Flask(__name__)
    app.config.update(SECRET_KEY=settings.cookie_secret, SESSION_COOKIE_SAMESITE="Lax", MAX_CONTENT_LENGTH=100_000)
    database = Database(settings.logins)
    [store] = database.ask(
        "desk", "SELECT store_name, currency, currency_decimals, time_zone, prices_include_tax FROM store_settings"
    )
    app.extensions["shop"] = Shop(settings, database, store)
    app.jinja_env.filters["money"] = Words(store.currency, store.currency_decimals).money
    zone = get_timezone(store.time_zone)
    app.jinja_env.filters["moment"] = lambda at: format_datetime(at, "d MMM y, HH:mm", zone, "en_US")
    app.jinja_env.globals.update(store=store, csrf=csrf_field, new_key=lambda: secrets.token_urlsafe(16))
    for module in (storefront, account, payments, provider, desk):
        app.register_blueprint(module.pages)
    app.before_request(refuse_forged_forms)
    app.after_request(with_headers)
    app.register_error_handler(psycopg.Error, refused)
    app.register_error_handler(HTTPException, no_such_request)
    return app


def csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf" value="{}">').format(session["csrf"])


def refuse_forged_forms() -> Any:
    """A form must carry what only a page of ours was given, and no NUL, which no text of the store's holds."""
    known, sent = session.setdefault("csrf", secrets.token_urlsafe(16)), None
    if request.method == "POST" and request.blueprint not in ("payments", "provider"):  # a webhook carries a signature
        sent = request.form
    if any("\0" in text for text in (request.path, *request.args.values(), *(sent or {}).values())):
        abort(400)
    given = known if sent is None else sent.get("csrf", "")
    if not hmac.compare_digest(given.encode(), known.encode()):
        flash("This page had been open for too long. Nothing was done: please try again.")
        return redirect(request.path if request.path == "/basket" else "/")
    return None


def with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def no_such_request(error: HTTPException) -> Any:
    text = "There is no such page." if error.code == 404 else error.description
    return render_template("message.html", text=text), error.code


def refused(error: psycopg.Error) -> Any:
    """The last resort of every page: a token that holds no more, a stranger's order, a busy server."""
    if concerns_who_asks(error):
        typed = {name: text for name, text in request.form.items() if name not in ("csrf", "key")}
        if sum(map(len, typed.values())) <= 500:  # a cookie holds no more; an address is shorter
            session["typed"] = typed
        return sign_in_first(request.path if request.method == "GET" else urlsplit(request.referrer or "/").path)
    status = status_of(error)
    if status >= 500:
        current_app.logger.error("%s %s: %s", request.method, request.path, error)
    text = " ".join(words(error, name_of)) if status < 500 or status == 503 else "Something broke. We know."
    return render_template("message.html", text=text), status
