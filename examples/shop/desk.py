"""The back office: what waits, and packing, returns, allowances and refunds. Staff's login, staff's rights."""

from __future__ import annotations

import hmac
import json
import time
from typing import Any

import psycopg
from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for

from examples.shop.refusals import words
from examples.shop.web import name_of, shop
from shop_invoice.document import read_document
from shop_invoice.page import page as invoice_page
from shop_report.figures import read_figures
from shop_report.page import page as report_page

pages = Blueprint("desk", __name__, url_prefix="/desk")

WORKDAY = 8 * 3600  # seconds
LISTS = {
    "waiting": "SELECT * FROM order_backlog ORDER BY waiting_since LIMIT 50",
    "due": "SELECT * FROM refunds_due ORDER BY order_id LIMIT 50",
    "alerts": "SELECT sku, product_name, available, alert_level FROM inventory_alerts WHERE alert_level IN ('out_of_stock', 'critical', 'low') ORDER BY sku",
    "documents": "SELECT series, number, kind, order_id FROM documents ORDER BY document_id DESC LIMIT 10",
}
PARTS = {
    "lines": "SELECT * FROM order_items WHERE order_id = %s ORDER BY line_no",
    "parcels": "SELECT * FROM shipments WHERE order_id = %s ORDER BY shipment_id",
    "events": "SELECT action, performed_by, performed_at FROM order_audit WHERE order_id = %s ORDER BY id",
    "documents": "SELECT kind, series, number FROM documents WHERE order_id = %s ORDER BY document_id",
}
# Each carries its form's key, or is refused when repeated: a second click does nothing.
ACTIONS = {
    "ship": "SELECT ship_order(%(order)s, %(carrier)s, %(tracking)s, %(items)s, p_idempotency_key => %(key)s)",
    "deliver": "SELECT deliver_order(%(order)s)",
    "return": "SELECT return_items(%(order)s, %(items)s, %(restock)s, %(reason)s, p_idempotency_key => %(key)s)",
    "allow": "SELECT grant_allowance(%(order)s, %(amount)s, %(reason)s, p_idempotency_key => %(key)s)",
    "refund": "SELECT refund_order(%(order)s, 'stand-in', 're_' || %(key)s, %(amount)s, %(reason)s)",
    "cancel": "SELECT cancel_order(%(order)s, %(reason)s)",
}


def ask(query: str, *values: Any) -> list[Any]:
    return shop().database.ask("desk", query, values)


@pages.before_request
def staff_only() -> Any:
    if request.endpoint != "desk.enter" and session.get("staff_until", 0) < time.time():
        return redirect(url_for(".enter"))


@pages.route("/enter", methods=["GET", "POST"])
def enter() -> Any:
    given = request.form.get("password", "")
    if hmac.compare_digest(given.encode(), shop().settings.staff_password.encode()):
        session["staff_until"] = time.time() + WORKDAY
        return redirect(url_for(".desk"))
    if request.method == "POST":
        flash("That is not the password the shop printed when it started.")
    return render_template("enter.html")


@pages.get("/")
def desk() -> Any:
    return render_template("desk.html", **{name: ask(query) for name, query in LISTS.items()})


@pages.get("/orders/<int:order_id>")
def order(order_id: int) -> Any:
    for found in ask("SELECT * FROM orders WHERE order_id = %s", order_id):
        rows = {name: ask(query, order_id) for name, query in PARTS.items()}
        return render_template("desk_order.html", order=found, typed=session.pop("typed", {}), **rows)
    return render_template("message.html", text="There is no such order."), 404


@pages.post("/orders/<int:order_id>/<action>")
def act(order_id: int, action: str) -> Any:
    form = request.form
    fields = [(name[5:], text) for name, text in form.items() if name.startswith("line-") and text.strip()]
    chosen = [{"line_no": int(line), "quantity": int(text) if text.isdecimal() else text} for line, text in fields]
    values = {"amount": None, "reason": None, **form, "order": order_id, "restock": "restock" in form,
              "items": json.dumps(chosen) if chosen else None}
    try:
        shop().database.ask("desk", ACTIONS[action], values)
        flash("Done.")
    except psycopg.Error as error:
        flash(" ".join(words(error, name_of)))
        session["typed"] = {name: text for name, text in form.items() if name not in ("csrf", "key")}
    return redirect(url_for(".order", order_id=order_id))


@pages.get("/report")
def report() -> Response:
    """The shop keeper's page, as report.py writes it; it brings its own Content-Security-Policy."""
    with shop().database.pools["desk"].connection() as connection:
        return page_of_its_own(report_page(read_figures(connection, shop().settings.schema, None)))


@pages.get("/documents/<series>/<int:number>")
def document(series: str, number: int) -> Any:
    return document_page(series, number)


def document_page(series: str, number: int) -> Any:
    """The invoice or credit note, as invoice.py writes it."""
    with shop().database.pools["desk"].connection() as connection:
        found = read_document(connection, shop().settings.schema, series, number)
    if found is None:
        return render_template("message.html", text="There is no such document."), 404
    return page_of_its_own(invoice_page(found))


def page_of_its_own(html: str) -> Response:
    return Response(html, headers={"Content-Security-Policy": "frame-ancestors 'none'"})
