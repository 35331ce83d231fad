"""The page of a document: its figures as words, put into one HTML file."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from babel import Locale
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shop_invoice.document import Document
from shop_report.words import LANGUAGE, NONE, day

HERE = Path(__file__).resolve().parent
TITLES = {"invoice": "Invoice", "credit_note": "Credit note"}


@dataclass
class Line:
    """A line as it is read; the unit price is without the tax and before a discount."""

    description: str
    taken_back: str  # what for, on a credit note
    sku: str
    quantity: str
    unit_price: str
    discount: str
    tax_rate: str
    net: str
    tax: str


def page(document: Document) -> str:
    """The page as HTML."""
    head = document.head
    template = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).get_template("page.html.j2")
    net, tax = (sum(getattr(rate, part) for rate in document.rates) for part in ("net", "tax"))
    money = Money(head.currency_decimals)
    lines = [line_of(line, document, money) for line in document.lines]
    return template.render(
        title=TITLES[head.kind],
        number=f"{head.series}-{head.number}",
        is_note=head.kind == "credit_note",
        issued_on=day(head.issued_on),
        supplied_on=head.supplied_on and day(head.supplied_on),
        order_number=head.order_number,
        ordered_on=day(head.ordered_on),
        seller=party(head.seller, "name"),
        buyer=head.buyer and party(head.buyer, "recipient"),
        buyer_until=day(head.buyer_until),
        tax_word="VAT" if head.seller.get("vat_id") else "tax",
        currency=head.currency,
        lines=lines,
        has_discounts=any(line.discount for line in lines),
        rates=[(percent(rate.tax_rate), money(rate.net), money(rate.tax)) for rate in document.rates],
        net=money(net),
        tax=money(tax),
        total=money(net + tax),
        corrected=[
            (f"{invoice.series}-{invoice.number}", day(invoice.issued_on), day(invoice.supplied_on))
            for invoice in document.corrected
        ],
        style=(HERE / "page.css").read_text(),
    )


def party(snapshot: dict, name: str) -> dict:
    """Who and where, in the order a letter is addressed; the company first where there is one."""
    company, person = snapshot.get("company"), snapshot[name]
    town = " ".join(filter(None, [snapshot.get("city"), snapshot.get("region"), snapshot.get("postal_code")]))
    country = snapshot.get("country_code")
    names = Locale(LANGUAGE).territories
    lines = [
        person if company else None,
        snapshot.get("line1"),
        snapshot.get("line2"),
        town,
        names.get(country, country),
    ]
    return {"name": company or person, "lines": list(filter(None, lines)), "vat_id": snapshot.get("vat_id")}


def line_of(line: Any, document: Document, money: Money) -> Line:
    """A line in words. Where unit price times quantity is more than the net, the rest is a discount, unless it is what
    rounding the line, and a share of it for the parcel, may come to."""
    unit_price = discount = ""
    if document.head.kind == "invoice" and line.quantity is not None:
        exact = Fraction(line.unit_price) / (1 + Fraction(line.tax_rate) if line.prices_include_tax else 1)
        unit_price = money(exact, most=4)
        left_out = exact * line.quantity - Fraction(line.net)
        if money.rounded(left_out) > 0 and (line.discount > 0 or left_out > money.smallest):
            discount = money(left_out)
    return Line(
        description=line.description,
        taken_back=taken_back(line) if document.head.kind == "credit_note" else "",
        sku=line.sku or "",
        quantity=NONE if line.quantity is None else str(line.quantity),
        unit_price=unit_price or NONE,
        discount=discount,
        tax_rate=percent(line.tax_rate),
        net=money(line.net),
        tax=money(line.tax),
    )


def taken_back(line: Any) -> str:
    return ", returned" if line.quantity is not None else ", credited"


def percent(rate: Decimal) -> str:
    """A share as per cent, with no more decimals than it has."""
    return f"{format_decimal((100 * rate).normalize(), format='0.###', locale=LANGUAGE)} %"


class Money:
    """Amounts as a document writes them: without a sign, the currency being said once, above them."""

    def __init__(self, decimals: int):
        self.decimals = decimals
        self.smallest = Fraction(1, 10**decimals)

    def rounded(self, amount: Fraction, places: int | None = None) -> Decimal:
        """Half away from zero, as the store rounds."""
        places = self.decimals if places is None else places
        sharp = Decimal(amount.numerator) / Decimal(amount.denominator)
        return sharp.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)

    def __call__(self, amount: Decimal | Fraction, most: int | None = None) -> str:
        """With the currency's decimals, and up to `most` where a unit price has them."""
        places = self.decimals if most is None else most
        pattern = "#,##0" + ("." if places else "") + "0" * self.decimals + "#" * (places - self.decimals)
        return format_decimal(self.rounded(Fraction(amount), places), format=pattern, locale=LANGUAGE)
