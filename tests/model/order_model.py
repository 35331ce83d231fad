"""An order, its lines, and what they are worth: the arithmetic, said a second time.

Money is whole cents, shares are exact fractions.
"""

from dataclasses import dataclass, field
from fractions import Fraction


class Refused(Exception):
    """A call the store must refuse; its argument is the SQLSTATE."""


def refuse_if(condition, code):
    if condition:
        raise Refused(code)


def rounded(amount):
    """To the cent, half away from zero; no amount here is negative."""
    return int(amount + Fraction(1, 2))


def tax_of(amount, rate, included):
    return amount - rounded(amount / (1 + rate)) if included else rounded(amount * rate)


@dataclass
class Product:
    price: int
    tax_class: str
    on_hand: int
    reserved: int = 0
    active: bool = True

    @property
    def available(self):
        return self.on_hand - self.reserved


@dataclass
class Coupon:
    percent: int = 0
    fixed: int = 0
    minimum: int = 0
    limit: int | None = None
    per_customer: int | None = None
    used: int = 0

    @property
    def limited(self):
        return self.limit is not None or self.per_customer is not None


@dataclass
class Line:
    product: int
    units: int
    price: int
    rate: Fraction
    discount: int = 0
    tax: int = 0
    shipped: int = 0
    cancelled: int = 0
    returned: int = 0

    @property
    def total(self):
        return self.units * self.price - self.discount

    @property
    def open(self):
        return self.units - self.shipped - self.cancelled

    def given_back(self, included):
        paid = self.total + (0 if included else self.tax)
        return rounded(Fraction(paid * (self.cancelled + self.returned), self.units))


@dataclass
class Order:
    customer: int
    lines: list[Line]
    coupon: str | None
    included: bool
    fee: int
    fee_tax: int
    status: str = "pending"
    paid: int = 0
    refunded: int = 0
    overdue: bool = False
    events: list[tuple] = field(default_factory=list)

    @property
    def tax(self):
        return sum(line.tax for line in self.lines) + self.fee_tax

    @property
    def total(self):
        return sum(line.total for line in self.lines) + self.fee + (0 if self.included else self.tax)

    @property
    def given_back(self):
        return sum(line.given_back(self.included) for line in self.lines)

    @property
    def due(self):
        kept = 0 if self.status == "cancelled" else self.total - self.given_back
        return max(self.paid - self.refunded - kept, 0)

    @property
    def was_shipped(self):
        return any(line.shipped for line in self.lines)

    @property
    def payment_status(self):
        if self.refunded:
            return "refunded" if self.refunded == self.paid else "partly_refunded"
        return "paid" if self.paid >= self.total else "partly_paid" if self.paid else "unpaid"

    def tell(self, action, **details):
        self.events.append((action, details))

    def require(self, *statuses):
        refuse_if(self.status not in statuses, "ST005")

    def chosen(self, wanted, left):
        """The lines and units meant; `left` says how many of a line there are."""
        if wanted is None:
            return [(line, left(line)) for line in self.lines if left(line)]
        known = dict(enumerate(self.lines, start=1))
        refuse_if(any(number not in known or units > left(known[number]) for number, units in wanted), "ST008")
        return [(known[number], units) for number, units in wanted]


def told(order, chosen):
    """The items of an event, by line."""
    numbers = {id(line): number for number, line in enumerate(order.lines, start=1)}
    return sorted((numbers[id(line)], units) for line, units in chosen)
