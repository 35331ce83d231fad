"""What anybody may see and do: browse, search, fill a basket; and, once signed in, order what is in it."""

import json
import re
import secrets
from typing import Any

import psycopg
from flask import Blueprint, flash, redirect, render_template, request, session, url_for

from examples.shop.refusals import concerns_who_asks, detail_of, status_of
from examples.shop.web import ask, missing, must_sign_in, serial, tell

pages = Blueprint("storefront", __name__)

CATEGORIES = "SELECT category_id, name FROM categories WHERE parent_id IS NOT DISTINCT FROM %s ORDER BY name"
FOUND = "SELECT * FROM search_products(%s, 60)"
OFFERED = "SELECT * FROM offered_in(%s) ORDER BY product_name, product_id LIMIT 200"
QUOTE = """
    SELECT quoted.*, offered.options, offered.prior_price, offered.discount_pct
    FROM quote_order(%s, %s, CASE WHEN %s THEN current_customer_id() END, %s) AS quoted
    LEFT JOIN storefront_products AS offered USING (product_id) ORDER BY quoted.line_no"""
PLACE = "SELECT order_number(place_order(current_customer_id(), %s, %s, %s, %s, %s)) AS number"
ADDRESSES = """
    SELECT addresses.*, customers.default_address_id IS NOT DISTINCT FROM addresses.address_id AS is_default
    FROM addresses INNER JOIN customers USING (customer_id) ORDER BY is_default DESC, addresses.address_id"""
MOST_PRODUCTS, MOST_UNITS = 100, 10_000  # in a basket: it has to fit a cookie; of a product: the store's own limit


@pages.get("/")
def catalogue() -> Any:
    """A style is shown once, by the first of its products."""
    search, category = request.args.get("q", "").strip()[:1000], request.args.get("category", type=serial)
    found = ask(FOUND if search else OFFERED, search or category)
    shown = {one.style_id or -one.product_id: one for one in reversed(found)}
    styles = ask("SELECT * FROM storefront_styles WHERE style_id = ANY (%s)", list(shown))
    return render_template(
        "catalogue.html", products=reversed(shown.values()), styles={style.style_id: style for style in styles},
        search=search, category=category, categories=ask(CATEGORIES, None), below=ask(CATEGORIES, category) if category else [],
    )


@pages.get("/products/<int:product_id>")
def product(product_id: int) -> Any:
    for found in ask("SELECT * FROM storefront_products WHERE product_id = %s", product_id):
        style = ask("SELECT * FROM storefront_styles WHERE style_id = %s", found.style_id)
        variants = ask("SELECT * FROM storefront_products WHERE style_id = %s ORDER BY product_id", found.style_id)
        return render_template("product.html", product=found, style=style[0] if style else None, variants=variants)
    return missing("We do not sell this any more.")


def items() -> str:
    """The basket as the store takes it; no price is in it."""
    return json.dumps([{"product_id": int(key), "quantity": many} for key, many in session.get("basket", {}).items()])


def quoted(address: int | None = None) -> list[Any]:
    """The basket as it would be charged now. What is in the way is told, and a coupon or product that is gone taken out."""
    for_customer = True
    while session.get("basket"):
        try:
            return ask(QUOTE, items(), session.get("coupon"), for_customer, address)
        except psycopg.Error as error:
            tell_shopper(error)
            gone = detail_of(error).get("product_ids", [])
            session["basket"] = {key: many for key, many in session["basket"].items() if int(key) not in gone}
            if error.sqlstate == "ST006":
                session.pop("coupon", None)
            elif for_customer and (error.sqlstate == "ST009" or not (gone or address)):
                for_customer, address = False, None  # orders wait to be paid, or we do not deliver there: it can be looked at
            elif not gone:
                break
    return []


def tell_shopper(error: psycopg.Error) -> None:
    if not (error.sqlstate or "").startswith("ST") or concerns_who_asks(error):
        raise error
    tell(error)


@pages.get("/basket")
def basket() -> Any:
    return render_template("basket.html", lines=quoted(), coupon=session.get("coupon"))


@pages.post("/basket")
def change_basket() -> Any:
    """Fields named by a product's number say how many there shall be; `add` says how many more of `product`."""
    form, before = request.form, session.get("basket", {})
    wanted = {form["product"]: form["add"]} if "add" in form else form
    more = before if "add" in form else {}
    many = {key: whole(text) + more.get(key, 0) for key, text in wanted.items() if re.fullmatch("[1-9][0-9]{0,8}", key)}
    basket = {key: number for key, number in {**before, **many}.items() if number}
    if len(basket) > MOST_PRODUCTS or max(basket.values(), default=0) > MOST_UNITS:
        flash(f"How many? Of at most {MOST_PRODUCTS} products, a whole number up to {MOST_UNITS:,}. Your basket is as it was.")
        return redirect(url_for(".basket"))
    if basket != before:
        session.pop("key", None)
    session.update(basket=basket, coupon=form.get("coupon", session.get("coupon") or "").strip()[:50] or None)
    return redirect(url_for(".checkout" if "checkout" in form else ".basket"))


def whole(text: str) -> int:
    """Too many where it is no whole number."""
    return int(text) if re.fullmatch(r"\s*[0-9]{1,9}\s*", text) else MOST_UNITS + 1


@pages.get("/checkout")
def checkout(typed: Any = None) -> Any:
    must_sign_in()
    addresses = ask(ADDRESSES)
    address = request.values.get("address", type=serial) or (addresses[0].address_id if addresses else None)
    lines = quoted(address) if address else []
    if not session.get("basket"):
        return basket()
    return render_template(
        "checkout.html", lines=lines, addresses=addresses, chosen=address, items=items(), coupon=session.get("coupon") or "",
        countries=ask("SELECT country_code, name FROM countries WHERE is_served ORDER BY name"),
        key=session.setdefault("key", secrets.token_urlsafe(16)), typed=typed or session.pop("typed", {}),
    )


@pages.post("/checkout")
def order() -> Any:
    """The form holds all of the order and its key: sent twice, it is one order."""
    form = request.form
    try:
        [placed] = ask(PLACE, form["items"], form["key"], form["coupon"], form["address"], form["total"])
    except psycopg.Error as error:
        tell_shopper(error)
        if error.sqlstate in ("ST004", "ST006"):
            session.pop("key" if error.sqlstate == "ST004" else "coupon", None)
        return basket() if error.sqlstate == "ST001" else checkout(), status_of(error)
    if form["items"] == items():  # else the basket was filled anew meanwhile
        for name in ("basket", "coupon", "key"):
            session.pop(name, None)
    return redirect(url_for("account.order", number=placed.number))


@pages.post("/addresses")
def add_address() -> Any:
    try:
        [added] = ask("SELECT add_address(%s) AS address_id", json.dumps(request.form.to_dict()))
    except (psycopg.DataError, psycopg.IntegrityError):
        flash("Please check the address: a name, street, town and country are needed, none of them very long.")
        return checkout(typed=request.form), 422
    return redirect(url_for(".checkout", address=added.address_id))
