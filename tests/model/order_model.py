"""An order's life: what it is worth, what money moved, and which calls it refuses, said a second time.

Amounts are whole cents (of a currency without decimals: whole units), so all arithmetic is exact.
Every method checks first and changes afterwards: a call that is refused changes nothing.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple


class Refused(Exception):
    """A call the store must refuse; its argument is the SQLSTATE."""


def refuse_if(condition, code):
    if condition:
        raise Refused(code)


def quotient(dividend, divisor):
    """To the cent, half away from zero; no amount here is negative."""
    return (2 * dividend + divisor) // (2 * divisor)


def tax_of(amount, rate: Fraction, included):
    if included:
        return amount - quotient(amount * rate.denominator, rate.denominator + rate.numerator)
    return quotient(amount * rate.numerator, rate.denominator)


class Worth(NamedTuple):
    """A net amount and its tax."""

    net: int = 0
    tax: int = 0

    @property
    def gross(self):
        return self.net + self.tax

    def plus(self, other):
        return Worth(self.net + other.net, self.tax + other.tax)

    def minus(self, other):
        return Worth(self.net - other.net, self.tax - other.tax)

    def share(self, units, of):
        """What so many of these units are worth; the last ones take all that is left."""
        return self if units == of else Worth(quotient(self.net * units, of), quotient(self.tax * units, of))


def as_placed(amount, tax, included):
    return Worth(amount - tax if included else amount, tax)


@dataclass
class Line:
    product: int
    units: int
    price: int
    tax_class: str
    rate: Fraction
    discount: int = 0
    tax: int = 0
    unsupplied: Worth = Worth()  # U
    supplied: Worth = Worth()  # S
    shipped: int = 0
    cancelled: int = 0
    returned: int = 0
    restocked: int = 0

    @property
    def total(self):
        return self.units * self.price - self.discount

    @property
    def open(self):
        return self.units - self.shipped - self.cancelled

    @property
    def kept(self):
        return self.shipped - self.returned


@dataclass
class Delivery:
    unsupplied: Worth
    supplied: Worth = Worth()


@dataclass
class Parcel:
    units: dict[int, int]  # by line_no, as below
    worth: dict[int, Worth]
    delivery: Worth
    came_back: dict[int, int]  # the returns that name this parcel
    delivered: bool = False

    def may_hold(self, number):
        return self.units[number] > self.came_back.get(number, 0)


class Credit(NamedTuple):
    credit_no: int
    line_no: int | None  # None: the delivery
    kind: str
    quantity: int | None
    net: int
    tax: int
    is_supplied: bool


class Payment(NamedTuple):
    kind: str
    amount: int
    of: int | None = None  # of a reversal: which of the order's payments, counted from 0


@dataclass
class Order:
    customer: int
    lines: list[Line]
    coupon: str | None
    included: bool
    fee: int
    fee_tax: int
    delivery_back: bool = True  # the store's setting
    ship_to: int | None = None
    bill_to: int | None = None
    country: str = "US"
    status: str = "pending"
    paid: int = 0
    refunded: int = 0
    charged_back: int = 0
    credited: int = 0
    was_paid: bool = False
    released: bool = False
    written_off: bool = False
    overdue: int | None = None  # the smaller, the longer
    parcels: list[Parcel] = field(default_factory=list)
    payments: tuple = ()
    credits: tuple = ()
    returns: tuple = ()
    events: tuple = ()

    def __post_init__(self):
        self.tax = sum(line.tax for line in self.lines) + self.fee_tax
        self.total = sum(line.total for line in self.lines) + self.fee + (0 if self.included else self.tax)
        self.delivery = Delivery(as_placed(self.fee, self.fee_tax, self.included))
        for line in self.lines:
            line.unsupplied = as_placed(line.total, line.tax, self.included)

    def copy(self):
        """One that lives on by itself."""
        order = twin(self)
        order.lines = [twin(line) for line in self.lines]
        order.delivery = twin(self.delivery)
        order.parcels = [twin(parcel) for parcel in self.parcels]
        for parcel in order.parcels:
            parcel.came_back = dict(parcel.came_back)
        return order

    # What it is worth, and where the money stands

    @property
    def worth(self):
        return 0 if self.status == "cancelled" else self.total - self.credited

    @property
    def held(self):
        return self.paid - self.refunded - self.charged_back

    @property
    def balance(self):
        return self.worth - self.held

    @property
    def payment_status(self):
        owed, took_back = self.balance, self.refunded or self.charged_back
        answers = [
            ("overpaid", owed < 0),
            ("charged_back", owed > 0 and self.charged_back),
            ("partly_paid", owed > 0 and self.paid > self.refunded),
            ("unpaid", owed > 0 or self.status == "cancelled" and not self.paid),
            ("waived", not self.paid and self.total),
            ("refunded", not self.worth and took_back),
            ("partly_refunded", self.refunded and self.credited),
            ("paid", True),
        ]
        return next(answer for answer, fits in answers if fits)

    @property
    def receivable(self):
        is_out = self.parcels or self.released or not self.worth
        return self.balance if self.balance > 0 and is_out and not self.written_off else 0

    @property
    def waiting_for(self):
        if self.status not in ("pending", "paid", "shipped"):
            return None
        answers = [
            ("payment", not self.released and (self.status == "pending" or self.status == "paid" and self.balance > 0)),
            ("shipment", self.is_open),
            ("delivery", self.under_way),
        ]
        return next((answer for answer, fits in answers if fits), None)

    # Where the goods are

    @property
    def is_open(self):
        return self.status != "cancelled" and any(line.open for line in self.lines)

    @property
    def is_kept(self):
        return any(line.kept for line in self.lines)

    @property
    def under_way(self):
        """The numbers of the parcels of which something may be on its way yet."""
        return [
            n
            for n, parcel in enumerate(self.parcels, start=1)
            if not parcel.delivered and any(self.line(i).kept and parcel.may_hold(i) for i in parcel.units)
        ]

    def chosen(self, wanted, left):
        """The numbers and units meant; `left` says how many of a line there are."""
        if wanted is None:
            return [(number, left(line)) for number, line in self.numbered if left(line)]
        known = dict(self.numbered)
        refuse_if(any(number not in known or units > left(known[number]) for number, units in wanted), "ST008")
        return sorted(wanted)

    @property
    def numbered(self):
        return list(enumerate(self.lines, start=1))

    def line(self, number):
        return self.lines[number - 1]

    def tell(self, action, **details):
        self.events += ((action, details),)

    def credit(self, parts):
        """Write one event's credits; its number and amount."""
        parts = [part for part in parts if part[3].gross]
        if not parts:
            return {"credit_no": None, "amount": 0}
        credit_no = max((credit.credit_no for credit in self.credits), default=0) + 1
        for line_no, kind, quantity, worth, is_supplied in parts:
            self.credits += (Credit(credit_no, line_no, kind, quantity, *worth, is_supplied),)
        amount = sum(part[3].gross for part in parts)
        self.credited += amount
        return {"credit_no": credit_no, "amount": amount}

    def delivery_given_back(self):
        """The part of a credit that the delivery is, once all that left has come back."""
        if not self.delivery_back or not self.parcels or self.is_open or self.is_kept:
            return []
        part, self.delivery.supplied = self.delivery.supplied, Worth()
        return [(None, "delivery", None, part, True)]

    def note_paid(self, balance_before):
        if balance_before > 0 >= self.balance:
            if self.status == "pending":
                self.status = "paid"
            if not self.was_paid:
                self.was_paid = True
                self.tell("paid", total=self.total)

    def close(self):
        if self.status != "cancelled" and not self.is_open:
            self.status = "shipped" if self.under_way else "delivered"
            if not self.is_kept:
                self.status = "returned"

    # Money

    def record_payment(self, amount):
        before = self.balance
        self.paid += amount
        self.payments += (Payment("charge", amount),)
        self.tell("payment", payment=len(self.payments), amount=amount)
        self.note_paid(before)

    def record_chargeback(self, amount):
        refuse_if(amount > self.paid - self.charged_back, "ST008")
        self.charged_back += amount
        self.payments += (Payment("chargeback", amount),)
        self.tell("chargeback", payment=len(self.payments), amount=amount)

    def refund_order(self, amount, allowance=False):
        owed = max(-self.balance, 0)
        refuse_if(amount > self.held or amount > owed and not allowance, "ST008")
        if amount > owed:
            self.allow(amount - owed)
        self.refunded += amount
        self.payments += (Payment("refund", amount),)
        self.tell("refund", payment=len(self.payments), amount=amount)

    def reverse_payment(self, number):
        """A charge, by its number among the order's payments."""
        payment = self.payments[number]
        refuse_if(payment.kind != "charge", "ST003")
        refuse_if(payment.amount > self.held, "ST008")
        self.refunded += payment.amount
        self.payments += (Payment("reversal", payment.amount, number),)
        self.tell("reversal", payment=len(self.payments), amount=payment.amount)

    def write_off(self):
        refuse_if(self.written_off, "ST005")
        refuse_if(self.balance <= 0, "ST008")
        self.written_off = True
        self.tell("written_off", amount=self.balance)

    # Worth

    def grant_allowance(self, amount, line_no=None):
        refuse_if(self.status == "cancelled", "ST005")
        refuse_if(line_no is not None and not 1 <= line_no <= len(self.lines), "ST008")
        concerned = self.lines + [self.delivery] if line_no is None else [self.line(line_no)]
        refuse_if(amount > sum(part.unsupplied.gross + part.supplied.gross for part in concerned), "ST008")
        before = self.balance
        credit_no = self.allow(amount, line_no)
        self.note_paid(before)
        return credit_no

    def allow(self, amount, line_no=None):
        """Spread it by running sums over all there is to take it from."""
        concerned = self.numbered + [(None, self.delivery)] if line_no is None else [(line_no, self.line(line_no))]
        whole = sum(part.unsupplied.gross + part.supplied.gross for _, part in concerned)
        parts, reached, spread = [], 0, 0
        for number, part in concerned:
            for side in ("unsupplied", "supplied"):
                worth = getattr(part, side)
                reached += worth.gross
                share, spread = quotient(amount * reached, whole) - spread, quotient(amount * reached, whole)
                if share:
                    tax = quotient(share * worth.tax, worth.gross)
                    taken = Worth(share - tax, tax)
                    setattr(part, side, worth.minus(taken))
                    parts.append((number, "allowance", None, taken, side == "supplied"))
        credit = self.credit(parts)
        self.tell("allowance", **credit)
        return credit["credit_no"]

    # Goods

    def ship_order(self, wanted=None):
        """The number of the parcel."""
        refuse_if(self.status not in ("pending", "paid"), "ST005")
        refuse_if(not self.released and (self.status == "pending" or self.balance > 0), "ST005")
        chosen = self.chosen(wanted, lambda line: line.open)
        worth = {}
        for number, units in chosen:
            line = self.line(number)
            worth[number] = line.unsupplied.share(units, line.open)
            line.unsupplied = line.unsupplied.minus(worth[number])
            line.supplied = line.supplied.plus(worth[number])
            line.shipped += units
        delivery, self.delivery.unsupplied = self.delivery.unsupplied, Worth()
        self.delivery.supplied = self.delivery.supplied.plus(delivery)
        self.parcels.append(Parcel(dict(chosen), worth, delivery, {}))
        self.tell("shipped", parcel=len(self.parcels), items=chosen, complete=not self.is_open)
        self.close()
        return len(self.parcels)

    def deliver_order(self, number=None):
        refuse_if(number is not None and number > len(self.parcels), "ST002")
        arrived = [n for n in self.under_way if number in (None, n)]
        refuse_if(not arrived, "ST005")
        for n in arrived:
            self.parcels[n - 1].delivered = True
        self.tell("delivered", parcels=arrived)
        self.close()

    def cancel_order(self, wanted=None):
        if wanted is None:
            refuse_if(self.status not in ("pending", "paid") or self.parcels, "ST005")
            self.status = "cancelled"
            self.tell("cancelled")
            return
        refuse_if(self.status != "paid" and not (self.status == "pending" and self.released), "ST005")
        chosen = self.chosen(wanted, lambda line: line.open)
        before, parts = self.balance, []
        for number, units in chosen:
            line = self.line(number)
            share = line.unsupplied.share(units, line.open)
            parts.append((number, "cancellation", units, share, False))
            line.unsupplied = line.unsupplied.minus(share)
            line.cancelled += units
        if not self.is_open and not self.parcels:  # it ends as a whole, worth 0 without a credit
            self.tell("items_cancelled", items=chosen, credit_no=None, amount=0)
            self.status = "cancelled"
            self.tell("cancelled")
        else:
            self.tell("items_cancelled", items=chosen, **self.credit(parts + self.delivery_given_back()))
            self.after_goods_left(before)

    def return_items(self, wanted, restock=True, parcel=None):
        if parcel is None and len(self.parcels) == 1:
            parcel = 1
        chosen = self.chosen(wanted, lambda line: line.kept)
        refuse_if(parcel is not None and parcel > len(self.parcels), "ST002")
        if parcel:
            named = self.parcels[parcel - 1]
            refuse_if(any(units > named.units.get(n, 0) - named.came_back.get(n, 0) for n, units in chosen), "ST008")
            for number, units in chosen:
                named.came_back[number] = named.came_back.get(number, 0) + units
        before, parts = self.balance, []
        for number, units in chosen:
            line = self.line(number)
            share = line.supplied.share(units, line.kept)
            parts.append((number, "return", units, share, True))
            line.returned += units
            line.restocked += units if restock else 0
            line.supplied = line.supplied.minus(share)
            self.returns += ((number, units, parcel, restock),)
        self.tell("returned", items=chosen, **self.credit(parts + self.delivery_given_back()))
        self.after_goods_left(before)

    def after_goods_left(self, balance_before):
        """Units were cancelled or came back: that makes an order paid, but not one of which none is left."""
        if self.is_open or self.is_kept:
            self.note_paid(balance_before)
        self.close()

    # Time and place

    def release_order(self):
        refuse_if(self.status not in ("pending", "paid") or self.released, "ST005")
        self.released, self.overdue = True, None
        self.tell("released")

    def change_hold(self):
        refuse_if(self.status != "pending" or self.released, "ST005")
        self.overdue = None
        self.tell("hold_changed")

    @property
    def can_expire(self):
        return self.status == "pending" and not self.released and self.overdue is not None and self.held <= 0

    def expire(self):
        self.status = "cancelled"
        self.tell("expired")


def twin(thing):
    """A shallow copy, several times as fast as copy.copy."""
    new = object.__new__(type(thing))
    new.__dict__.update(thing.__dict__)
    return new
