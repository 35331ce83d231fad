"""The back office: what waits, and packing, returns, allowances and refunds. A login a person: the audit says who."""

import hmac
import json
import re
import time
from typing import Any

import psycopg
from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, session, url_for

from examples.shop.refusals import status_of, words
from examples.shop.web import missing, name_of, shop
from shop_invoice.document import read_document
from shop_invoice.page import page as invoice_page
from shop_report.figures import read_figures
from shop_report.page import page as report_page

pages = Blueprint("desk", __name__, url_prefix="/desk")

WORKDAY = 8 * 3600  # seconds
LISTS = {
    "waiting": "SELECT *, order_number(order_id) AS order_number FROM order_backlog ORDER BY waiting_since LIMIT 50",
    "due": "SELECT *, order_number(order_id) AS order_number FROM refunds_due ORDER BY order_id LIMIT 50",
    "alerts": "SELECT sku, product_name, available, alert_level FROM inventory_alerts WHERE alert_level IN ('out_of_stock', 'critical', 'low') ORDER BY sku",
    "documents": "SELECT *, order_number(order_id) AS order_number FROM documents ORDER BY document_id DESC LIMIT 10",
}
PARTS = {
    "lines": "SELECT * FROM order_items WHERE order_id = %s ORDER BY line_no",
    "events": "SELECT action, performed_by, performed_at FROM order_audit WHERE order_id = %s ORDER BY id",
    "documents": "SELECT kind, series, number FROM documents WHERE order_id = %s ORDER BY document_id",
}
# Each carries its form's key, or is refused when repeated: a second click does nothing.
ACTIONS = {
    "ship": "SELECT ship_order(order_id_of(%(number)s), %(carrier)s, %(tracking)s, %(items)s, p_idempotency_key => %(key)s)",
    "deliver": "SELECT deliver_order(order_id_of(%(number)s))",
    "return": "SELECT return_items(order_id_of(%(number)s), %(items)s, %(restock)s, %(reason)s, p_idempotency_key => %(key)s)",
    "allow": "SELECT grant_allowance(order_id_of(%(number)s), %(amount)s, %(reason)s, p_idempotency_key => %(key)s)",
    "refund": "SELECT refund_order(order_id_of(%(number)s), 'stand-in', 're_' || %(key)s, %(amount)s, %(reason)s)",
    "cancel": "SELECT cancel_order(order_id_of(%(number)s), %(reason)s)",
}


def login() -> str:
    return f"desk_{session['person']}"


def ask(query: str, *values: Any) -> list[Any]:
    return shop().database.ask(login(), query, values)


@pages.before_request
def staff_only() -> Any:
    if request.endpoint != "desk.enter" and session.get("staff_until", 0) < time.time():
        return redirect(url_for(".enter"))


@pages.route("/enter", methods=["GET", "POST"])
def enter() -> Any:
    if request.method == "POST":
        person, password = request.form["person"], shop().settings.staff_passwords.get(request.form["person"], "")
        if password and hmac.compare_digest(request.form["password"].encode(), password.encode()):
            session.update(person=person, staff_until=time.time() + WORKDAY)
            return redirect(url_for(".desk"))
        flash("That is not a name and password the shop printed when it started.")
    return render_template("enter.html")


@pages.get("/")
def desk() -> Any:
    return render_template("desk.html", **{name: ask(query) for name, query in LISTS.items()})


@pages.get("/orders/<number>")
def order(number: str, refused: str = "") -> Any:
    """`refused` is the action whose form is shown again as it was filled in."""
    for found in ask("SELECT *, order_number(order_id) AS number FROM orders WHERE order_id = order_id_of(%s)", number):
        rows = {name: ask(query, found.order_id) for name, query in PARTS.items()}
        return render_template("desk_order.html", order=found, number=found.number, refused=refused, **rows)
    return missing("There is no such order.")


@pages.post("/orders/<number>/<action>")
def act(number: str, action: str) -> Any:
    """What no form of ours sends is a bad request; what a person may have mistyped, the store has words for."""
    form, items, query = request.form, [], ACTIONS.get(action) or abort(400)
    for name, text in form.items():
        if name.startswith("line-") and text.strip():
            line = re.fullmatch("line-([0-9]{1,9})", name) or abort(400)
            items.append({"line_no": int(line[1]), "quantity": int(text) if re.fullmatch(" *[0-9]{1,9} *", text) else text})
    known = {"number": number, "restock": "restock" in form, "items": json.dumps(items) if items else None}
    values = {name: known[name] if name in known else form[name] for name in re.findall(r"%\((\w+)\)", query)}
    try:
        shop().database.ask(login(), query, values)
    except psycopg.Error as error:
        flash(" ".join(words(error, name_of)))
        answer = make_response(order(number, refused=action))
        answer.status_code = status_of(error)
        return answer
    flash("Done.")
    return redirect(url_for(".order", number=number))


@pages.get("/report")
def report() -> Response:
    """The shop keeper's page, as report.py writes it; it brings its own Content-Security-Policy."""
    with shop().database.pools[login()].connection() as connection:
        return page_of_its_own(report_page(read_figures(connection, shop().settings.schema, None)))


@pages.get("/documents/<series>/<int:number>")
def document(series: str, number: int) -> Any:
    return document_page(login(), series, number)


def document_page(login: str, series: str, number: int) -> Any:
    """The invoice or credit note, as invoice.py writes it."""
    with shop().database.pools[login].connection() as connection:
        found = read_document(connection, shop().settings.schema, series, number)
    return page_of_its_own(invoice_page(found)) if found else missing("There is no such document.")


def page_of_its_own(html: str) -> Response:
    return Response(html, headers={"Content-Security-Policy": "frame-ancestors 'none'"})
