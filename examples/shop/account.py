"""A shopper's own pages: signing in by a link that comes by e-mail, their orders and their documents."""

from __future__ import annotations

import time
from typing import Any

import jwt
import psycopg
from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from examples.shop.desk import document_page
from examples.shop.web import ask, shop, sign_in_first

pages = Blueprint("account", __name__)

LINK_HOLDS = 900  # seconds
ORDERS = "SELECT order_id, created_at, status, payment_status, total, balance FROM orders ORDER BY created_at DESC"
PARTS = {
    "lines": """
    SELECT line_no, product_name, quantity, unit_price, line_total, shipped_quantity, cancelled_quantity, returned_quantity
    FROM order_items WHERE order_id = %s ORDER BY line_no""",
    "parcels": "SELECT carrier, tracking_number, shipped_at, delivered_at FROM shipments WHERE order_id = %s ORDER BY shipped_at",
    "documents": "SELECT kind, series, number FROM documents WHERE order_id = %s ORDER BY document_id",
}


def links() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(shop().settings.cookie_secret, salt="sign in")


@pages.get("/sign-in")
def sign_in() -> Any:
    return render_template("sign_in.html", onward=request.args.get("onward", "/"))


@pages.post("/sign-in")
def send_link() -> Any:
    """The answer is the same whether we know the address or not."""
    email, onward = request.form["email"].strip(), request.form.get("onward", "/")
    if "@" not in email or len(email) > 255:
        flash("That is no e-mail address. Please check it.")
        return render_template("sign_in.html", onward=onward, email=email), 422
    shop().mailbox.appendleft((email, url_for(".open_link", link=links().dumps([email, onward]))))
    return render_template("sign_in.html", onward=onward, sent_to=email)


@pages.get("/mail")
def mail() -> Any:
    """Stands in for the shopper's mail program."""
    return render_template("mail.html", mails=shop().mailbox)


@pages.get("/sign-in/<link>")
def open_link(link: str) -> Any:
    """Who can read the mail is its owner; who has none yet becomes a customer now."""
    try:
        email, onward = links().loads(link, max_age=LINK_HOLDS)
    except BadSignature:
        flash("This link does not hold any more. Please ask for another.")
        return redirect(url_for(".sign_in"))
    settings = shop().settings
    try:
        query = "SELECT coalesce(customer_id_of(%s), register_customer(%s, NULL, NULL)) AS customer_id"
        [customer] = shop().database.ask("signup", query, [email, email])
    except psycopg.Error as error:
        if error.sqlstate != "ST004":  # the link was opened twice at once
            raise
        [customer] = shop().database.ask("signup", "SELECT customer_id_of(%s) AS customer_id", [email])
    claims = {"customer_id": customer.customer_id, "exp": int(time.time()) + settings.token_lifetime}
    session["token"] = jwt.encode(claims, settings.signing_secret, "HS256", headers={"kid": settings.key_id})
    session["email"] = email
    is_ours = onward.startswith("/") and not onward.startswith(("//", "/\\"))
    return redirect(onward if is_ours else "/")


@pages.post("/sign-out")
def sign_out() -> Any:
    session.clear()
    return redirect("/")


@pages.get("/orders")
def orders() -> Any:
    return render_template("orders.html", orders=ask(ORDERS)) if session.get("token") else sign_in_first(request.path)


@pages.get("/orders/<int:order_id>")
def order(order_id: int) -> Any:
    """A stranger's order is no order: the store shows none of it."""
    if not session.get("token"):
        return sign_in_first(request.path)
    found = ask("SELECT * FROM orders WHERE order_id = %s", order_id)
    if not found:
        return render_template("message.html", text="You have no order of this number."), 404
    rows = {name: ask(query, order_id) for name, query in PARTS.items()}
    return render_template("order.html", order=found[0], is_paying="paying" in request.args, **rows)


@pages.post("/orders/<int:order_id>/cancel")
def cancel(order_id: int) -> Any:
    ask("SELECT cancel_order(%s, 'cancelled by the customer')", order_id)
    return redirect(url_for(".order", order_id=order_id))


@pages.get("/documents/<series>/<int:number>")
def document(series: str, number: int) -> Response | tuple[str, int]:
    """Whether it is theirs the store tells the shopper; what the page needs beside it, staff read."""
    if not ask("SELECT FROM documents WHERE series = %s AND number = %s", series, number):
        return render_template("message.html", text="You have no document of this number."), 404
    return document_page(series, number)
