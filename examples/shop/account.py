"""A shopper's own pages: signing in by a link that comes by e-mail, their orders and their documents."""

import re
import time
from typing import Any

import jwt
import psycopg
from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from itsdangerous import BadSignature

from examples.shop.desk import document_page
from examples.shop.web import ask, missing, must_sign_in, shop, signer

pages = Blueprint("account", __name__)

LINK_HOLDS = 900  # seconds
ORDERS = "SELECT *, order_number(order_id) AS number FROM orders ORDER BY created_at DESC"
PARTS = {
    "lines": """
    SELECT line_no, sku, product_name, quantity, unit_price, line_total, shipped_quantity, cancelled_quantity, returned_quantity
    FROM order_items WHERE order_id = %s ORDER BY line_no""",
    "parcels": "SELECT carrier, tracking_number, shipped_at, delivered_at FROM shipments WHERE order_id = %s ORDER BY shipped_at",
    "documents": "SELECT kind, series, number FROM documents WHERE order_id = %s ORDER BY document_id",
}


@pages.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """The answer is the same whether we know the address or not."""
    email, onward = request.form.get("email", "").strip(), request.values.get("onward", "/")
    if request.method == "GET":
        return render_template("sign_in.html", onward=onward)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email) or len(email) > 255:
        flash("That is not an e-mail address. Please check it.")
        return render_template("sign_in.html", onward=onward, email=email), 422
    link = signer("sign in").dumps([email, onward, session["csrf"]])
    shop().mailbox.appendleft((email, url_for(".open_link", link=link)))
    return render_template("sign_in.html", onward=onward, sent_to=email)


@pages.get("/mail")
def mail() -> Any:
    """Stands in for the shopper's mail program."""
    return render_template("mail.html", mails=shop().mailbox)


@pages.get("/sign-in/<link>")
def open_link(link: str) -> Any:
    """Who can read the mail is its owner; who is new becomes a customer now. Sent to somebody else, the link opens nothing."""
    try:
        email, onward, browser = signer("sign in").loads(link, max_age=LINK_HOLDS)
    except BadSignature:
        email, onward, browser = "", "/", ""
    if browser != session["csrf"]:
        flash("This link does not hold any more, or another browser asked for it. Please ask for one here.")
        return redirect(url_for(".sign_in"))
    settings = shop().settings
    [customer] = shop().database.ask("signup", "SELECT sign_in(%s) AS customer_id", [email])
    claims = {"customer_id": customer.customer_id, "exp": int(time.time()) + settings.token_lifetime}
    token = jwt.encode(claims, settings.signing_secret, "HS256", headers={"kid": settings.key_id})
    session.update(token=token, email=email)
    return redirect(onward if re.fullmatch(r"/(?![/\\])[!-~]*", onward) else "/")  # nowhere but to a page of ours


@pages.post("/sign-out")
def sign_out() -> Any:
    session.clear()
    return redirect("/")


@pages.get("/orders")
def orders() -> Any:
    must_sign_in()
    return render_template("orders.html", orders=ask(ORDERS))


@pages.get("/orders/<number>")
def order(number: str) -> Any:
    """A stranger's order is no order: the store shows none of it."""
    must_sign_in()
    for found in ask("SELECT *, order_number(order_id) AS number FROM orders WHERE order_id = order_id_of(%s)", number):
        rows = {name: ask(query, found.order_id) for name, query in PARTS.items()}
        return render_template("order.html", order=found, number=found.number, **rows)
    return missing("You have no order of this number.")


@pages.post("/orders/<number>/cancel")
def cancel(number: str) -> Any:
    try:
        ask("SELECT cancel_order(order_id_of(%s), 'cancelled by the customer')", number)
    except psycopg.Error as error:
        if error.sqlstate not in ("ST005", "42501"):
            raise
        flash("An order of yours can be cancelled while it waits to be paid. This is how it stands.")
    return redirect(url_for(".order", number=number))


@pages.get("/documents/<series>/<int:number>")
def document(series: str, number: int) -> Any:
    """Whether it is theirs the store tells the shopper; what the page needs beside it, staff read."""
    if not ask("SELECT FROM documents WHERE series = %s AND number = %s", series, number):
        return missing("You have no document of this number.")
    return document_page("desk", series, number)
