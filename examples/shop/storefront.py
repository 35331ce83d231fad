"""What anybody may see and do: browse, search, fill a basket; and, once signed in, order what is in it."""

from __future__ import annotations

import json
import secrets
from typing import Any

import psycopg
from flask import Blueprint, flash, redirect, render_template, request, session, url_for

from examples.shop.refusals import detail_of
from examples.shop.web import ask, sign_in_first, tell

pages = Blueprint("storefront", __name__)

CATEGORIES = "SELECT category_id, name FROM categories WHERE parent_id IS NOT DISTINCT FROM %s ORDER BY name"
OFFERED = """
    WITH RECURSIVE chosen AS (
        SELECT category_id FROM categories WHERE category_id = %s UNION ALL
        SELECT categories.category_id FROM categories INNER JOIN chosen ON categories.parent_id = chosen.category_id
    )
    SELECT * FROM storefront_products WHERE %s::INT IS NULL OR category_id IN (SELECT category_id FROM chosen)
    ORDER BY product_name LIMIT 200"""
QUOTE = "SELECT * FROM quote_order(%s, %s, CASE WHEN %s THEN current_customer_id() END, %s)"
PLACE = "SELECT place_order(current_customer_id(), %s, %s, %s, %s, %s) AS order_id"
ADDRESSES = """
    SELECT addresses.*, customers.default_address_id IS NOT DISTINCT FROM addresses.address_id AS is_default
    FROM addresses INNER JOIN customers USING (customer_id) ORDER BY is_default DESC, addresses.address_id"""
MOST_PRODUCTS, MOST_UNITS = 100, 10_000  # in a basket: it has to fit a cookie; of a product: the store's own limit


@pages.get("/")
def catalogue() -> Any:
    search, category = request.args.get("q", "").strip()[:1000], request.args.get("category", type=int)
    products = ask("SELECT * FROM search_products(%s, 60)", search) if search else ask(OFFERED, category, category)
    below = ask(CATEGORIES, category) if category else []
    return render_template(
        "catalogue.html", products=products, search=search, category=category, categories=ask(CATEGORIES, None), below=below
    )


@pages.get("/products/<int:product_id>")
def product(product_id: int) -> Any:
    for found in ask("SELECT * FROM storefront_products WHERE product_id = %s", product_id):
        return render_template("product.html", product=found)
    return render_template("message.html", text="We do not sell this any more."), 404


def items() -> str:
    """The basket as the store takes it; no price is in it."""
    return json.dumps([{"product_id": int(key), "quantity": many} for key, many in session.get("basket", {}).items()])


def quoted(address: int | None = None) -> list[Any]:
    """The basket as it would be charged now. A coupon or a product that is gone is told, and taken out."""
    for_customer = True
    while session.get("basket"):
        try:
            return ask(QUOTE, items(), session.get("coupon"), for_customer, address)
        except psycopg.Error as error:
            gone = detail_of(error).get("product_ids", [])
            if error.sqlstate == "ST006":
                session.pop("coupon", None)
            elif gone:
                session["basket"] = {key: many for key, many in session["basket"].items() if int(key) not in gone}
            elif error.sqlstate == "ST009" and address is None and for_customer:
                for_customer = False  # too many orders wait to be paid, but a basket can be looked at
            else:
                raise
            tell(error)
    return []


@pages.get("/basket")
def basket() -> Any:
    return render_template("basket.html", lines=quoted(), coupon=session.get("coupon"))


@pages.post("/basket")
def change_basket() -> Any:
    """Fields named by a product's number say how many there shall be; `add` says how many more."""
    before, new = session.get("basket", {}), dict(session.get("basket", {}))
    for name, text in request.form.items():
        key, is_more = (request.form.get("product", ""), True) if name == "add" else (name, False)
        if not key.isdecimal():
            continue
        many = (int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else -1) + is_more * new.get(key, 0)
        if (is_more and text == "0") or not 0 <= many <= MOST_UNITS or text.strip("0123456789"):
            flash(f"How many? Please write a whole number up to {MOST_UNITS:,}. Your basket is as it was.")
            return redirect(url_for(".basket"))
        new[key] = many
    new = {key: many for key, many in new.items() if many}
    if len(new) > MOST_PRODUCTS:
        flash(f"A basket holds {MOST_PRODUCTS} different products. Please order these first.")
        return redirect(url_for(".basket"))
    session["basket"] = new
    if new != before:
        session.pop("key", None)
    if "coupon" in request.form:
        session["coupon"] = request.form["coupon"].strip()[:50] or None
    return redirect(url_for(".checkout" if "checkout" in request.form else ".basket"))


@pages.get("/checkout")
def checkout() -> Any:
    if not session.get("token"):
        return sign_in_first(request.path)
    addresses = ask(ADDRESSES)
    address = request.args.get("address", type=int) or (addresses[0].address_id if addresses else None)
    try:
        lines = quoted(address) if address else []
    except psycopg.Error as error:
        if error.sqlstate != "ST002":
            raise  # ST009: too many orders wait to be paid, says the page
        tell(error)
        lines = []
    if not session.get("basket"):
        return redirect(url_for(".basket"))
    key = session.setdefault("key", secrets.token_urlsafe(16))
    countries = ask("SELECT country_code, name FROM countries WHERE is_served ORDER BY name")
    return render_template(
        "checkout.html", lines=lines, addresses=addresses, chosen=address, countries=countries, key=key, items=items(),
        coupon=session.get("coupon") or "", typed=session.pop("typed", {}),
    )


@pages.post("/checkout")
def order() -> Any:
    """The form holds all of the order and its key: sent twice, it is one order."""
    form = request.form
    values = [form["items"], form["key"], form["coupon"], form.get("address", type=int), form["total"]]
    try:
        [placed] = ask(PLACE, *values)
    except psycopg.Error as error:
        if not (error.sqlstate or "").startswith("ST"):
            raise
        if error.sqlstate in ("ST004", "ST006"):
            session.pop("key" if error.sqlstate == "ST004" else "coupon", None)
        tell(error)
        return redirect(url_for(".basket" if error.sqlstate == "ST001" else ".checkout"))
    if form["items"] == items():  # else the basket was filled anew meanwhile
        for name in ("basket", "coupon", "key"):
            session.pop(name, None)
    return redirect(url_for("account.order", order_id=placed.order_id))


@pages.post("/addresses")
def add_address() -> Any:
    typed = {name: request.form.get(name, "") for name in
             ("recipient", "line1", "line2", "city", "postal_code", "region_code", "country_code")}
    try:
        [added] = ask("SELECT add_address(%s) AS address_id", json.dumps(typed))
    except (psycopg.DataError, psycopg.IntegrityError):
        flash("Please check the address: a name, street, town and country are needed, none of them very long.")
        session["typed"] = typed
        return redirect(url_for(".checkout"))
    return redirect(url_for(".checkout", address=added.address_id))
