"""The store around the orders: what it sells, at which price, to whom, and which calls it has answered before."""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.model.order_model import Line, Order, quotient, refuse_if, tax_of


@dataclass
class Product:
    price: int
    tax_class: str
    shelf: int  # received and adjusted; what left or came back is told by the orders
    active: bool = True


@dataclass
class Coupon:
    percent: int = 0
    fixed: int = 0
    minimum: int = 0
    limit: int | None = None
    per_customer: int | None = None


@dataclass
class Address:
    customer: int
    country: str
    is_served: bool = True


@dataclass
class Store:
    decimals: int
    included: bool
    fee: int
    free_from: int | None
    delivery_back: bool
    most_pending: int
    rates: dict[tuple[str, str], Fraction]  # by tax class and country
    addresses: dict[int, Address]
    default_address: dict[int, int]  # by customer
    customers: int
    products: dict[int, Product]
    coupons: dict[str, Coupon]
    orders: list[Order] = field(default_factory=list)
    keys_of_orders: dict[tuple, tuple] = field(default_factory=dict)
    keys_of_calls: dict[str, tuple] = field(default_factory=dict)
    payments: list[tuple] = field(default_factory=list)  # order and number within it, in the order they came
    references: dict[str, tuple] = field(default_factory=dict)
    documents: set[tuple] = field(default_factory=set)  # order, kind, and which parcel or credit event

    def order(self, number):
        refuse_if(not 1 <= number <= len(self.orders), "ST002")
        return self.orders[number - 1]

    def once(self, key, request, do):
        """The answer to a call that must not do its work twice."""
        if key is None:
            return do()
        if key in self.keys_of_calls:
            known, answer = self.keys_of_calls[key]
            refuse_if(known != request, "ST004")
            return answer
        self.keys_of_calls[key] = request, do()
        return self.keys_of_calls[key][1]

    # Stock and coupons are what the orders say

    def lines_of(self, product):
        return [(order, line) for order in self.orders for line in order.lines if line.product == product]

    def reserved(self, product):
        return sum(line.open for order, line in self.lines_of(product) if order.status != "cancelled")

    def on_hand(self, product):
        moved = sum(line.restocked - line.shipped for _, line in self.lines_of(product))
        return self.products[product].shelf + moved

    def available(self, product):
        return self.on_hand(product) - self.reserved(product)

    def uses(self, code, customer=None):
        used = [order for order in self.orders if order.coupon == code and order.status != "cancelled"]
        return len([order for order in used if customer in (None, order.customer)])

    # Placing

    def priced(self, customer, items, code, address=None):
        refuse_if(not 1 <= customer <= self.customers, "ST002")
        pending = [o for o in self.orders if o.customer == customer and o.status == "pending" and not o.released]
        refuse_if(len(pending) >= self.most_pending, "ST009")
        units_of = dict(added_up(items))
        for product in units_of:
            refuse_if(product not in self.products or not self.products[product].active, "ST002")
        ship_to = address or self.default_address.get(customer)
        country = self.country_of(customer, ship_to) if ship_to else "US"
        lines = []
        for number, units in units_of.items():
            product = self.products[number]
            lines.append(Line(number, units, product.price, product.tax_class, self.rate(product.tax_class, country)))
        subtotal = sum(line.total for line in lines)
        discount = self.discount(customer, code, subtotal)
        so_far = 0
        for line in lines:
            before, so_far = so_far, so_far + line.total
            if subtotal:
                line.discount = quotient(discount * so_far, subtotal) - quotient(discount * before, subtotal)
            line.tax = tax_of(line.total, line.rate, self.included)
        fee = 0 if self.free_from is not None and subtotal - discount >= self.free_from else self.fee
        return Order(
            customer, lines, code, self.included, fee, tax_of(fee, self.rate("standard", country), self.included),
            delivery_back=self.delivery_back, ship_to=ship_to, country=country,
        )  # fmt: skip

    def rate(self, tax_class, country):
        return self.rates.get((tax_class, country), Fraction(0))

    def country_of(self, customer, address):
        refuse_if(address not in self.addresses or self.addresses[address].customer != customer, "ST002")
        refuse_if(not self.addresses[address].is_served, "ST002")
        return self.addresses[address].country

    def discount(self, customer, code, subtotal):
        if code is None:
            return 0
        refuse_if(code not in self.coupons, "ST006")
        coupon = self.coupons[code]
        refuse_if(subtotal < coupon.minimum, "ST006")
        refuse_if(coupon.limit is not None and self.uses(code) >= coupon.limit, "ST006")
        refuse_if(coupon.per_customer is not None and self.uses(code, customer) >= coupon.per_customer, "ST006")
        return quotient(subtotal * coupon.percent, 100) if coupon.percent else min(coupon.fixed, subtotal)

    def quote_order(self, customer, items, code):
        order = self.priced(customer, items, code)
        return [
            (line.product, line.units, line.discount, line.total, line.tax, order.total)
            + (min(line.units, self.available(line.product)),)
            for line in order.lines
        ]

    def place_order(self, customer, items, code=None, key=None, address=None):
        """The order's number."""
        request = canonical(added_up(items)), code, address
        if key is not None and (customer, key) in self.keys_of_orders:
            known, number = self.keys_of_orders[customer, key]
            refuse_if(known != request, "ST004")
            return number
        order = self.priced(customer, items, code, address)
        refuse_if(any(line.units > self.available(line.product) for line in order.lines), "ST001")
        order.tell("placed", total=order.total)
        if order.total == 0:
            order.status, order.was_paid = "paid", True
            order.tell("paid", total=0)
        self.orders.append(order)
        if key is not None:
            self.keys_of_orders[customer, key] = request, len(self.orders)
        return len(self.orders)

    # Money: a reference is one movement, a payment is known by its number in the store

    def pay(self, kind, number, reference, amount, **more):
        """The payment's number, the same when it is told again."""
        order = self.order(number)
        if reference in self.references:
            known, payment = self.references[reference]
            refuse_if(known != (number, kind, amount), "ST004")
            return payment
        method = {"charge": order.record_payment, "chargeback": order.record_chargeback, "refund": order.refund_order}
        method[kind](amount, **more)
        self.references[reference] = (number, kind, amount), self.add_payment(number)
        return len(self.payments)

    def add_payment(self, number):
        self.payments.append((number, len(self.order(number).payments) - 1))
        return len(self.payments)

    def reverse_payment(self, payment, to=None):
        """The reversal's number."""
        refuse_if(not 1 <= payment <= len(self.payments), "ST002")
        number, position = self.payments[payment - 1]
        refuse_if(to == number, "ST003")
        key = "reversal", payment
        if key in self.references:
            known, reversal = self.references[key]
            refuse_if(known != to, "ST004")
            return reversal
        refuse_if(to is not None and not 1 <= to <= len(self.orders), "ST002")
        self.order(number).reverse_payment(position)
        self.references[key] = to, self.add_payment(number)
        if to is not None:
            self.order(to).record_payment(self.order(number).payments[position].amount)
            self.add_payment(to)
        return self.references[key][1]

    def write_off(self, number):
        self.order(number).write_off()

    def grant_allowance(self, number, amount, line_no=None, key=None):
        return self.once(
            key, ("allow", number, amount, line_no), lambda: self.order(number).grant_allowance(amount, line_no)
        )

    # Goods

    def ship_order(self, number, wanted=None, key=None):
        """Which of the order's parcels it is."""
        return self.once(key, ("ship", number, canonical(wanted)), lambda: self.order(number).ship_order(wanted))

    def deliver_order(self, number, parcel=None):
        self.order(number).deliver_order(parcel)

    def cancel_order(self, number, wanted=None, key=None):
        self.once(key, ("cancel", number, canonical(wanted)), lambda: self.order(number).cancel_order(wanted))

    def return_items(self, number, wanted, restock=True, parcel=None, key=None):
        request = "return", number, canonical(wanted), restock, parcel
        self.once(key, request, lambda: self.order(number).return_items(wanted, restock, parcel))

    def release_order(self, number):
        self.order(number).release_order()

    def redirect_order(self, number, address):
        order = self.order(number)
        refuse_if(order.status not in ("pending", "paid") or order.parcels, "ST005")
        country = self.country_of(order.customer, address)
        taxes = [tax_of(line.total, self.rate(line.tax_class, country), order.included) for line in order.lines]
        taxes.append(tax_of(order.fee, self.rate("standard", country), order.included))
        refuse_if(taxes != [line.tax for line in order.lines] + [order.fee_tax], "ST007")
        order.bill_to = order.bill_to or order.ship_to
        order.ship_to, order.country = address, country
        order.tell("redirected")

    # Stock and time

    def adjust_stock(self, product, units, key=None):
        self.once(key, ("adjust", product, units), lambda: self.move_stock(product, units))

    def receive_stock(self, product, units, key=None):
        self.once(key, ("receive", product, units), lambda: self.move_stock(product, units))

    def count_stock(self, product, counted):
        refuse_if(product not in self.products, "ST002")
        self.move_stock(product, counted - self.on_hand(product))

    def move_stock(self, product, units):
        refuse_if(product not in self.products, "ST002")
        refuse_if(-units > self.available(product), "ST001")
        self.products[product].shelf += units

    def change_hold(self, number):
        self.order(number).change_hold()

    def expire_unpaid_orders(self, limit):
        """How many were."""
        overdue = sorted((order for order in self.orders if order.can_expire), key=lambda order: order.overdue)
        for order in overdue[:limit]:
            order.expire()
        return len(overdue[:limit])

    # Documents

    def issue_documents(self):
        """How many were: an invoice a parcel, then a note for each event that took from what had left."""
        issued = 0
        for number, order in enumerate(self.orders, start=1):
            wanted = [(number, "invoice", parcel) for parcel in range(1, len(order.parcels) + 1)]
            notes = {credit.credit_no for credit in order.credits if credit.is_supplied}
            wanted += [(number, "credit_note", credit_no) for credit_no in sorted(notes)]
            for document in wanted:
                if document not in self.documents:
                    order.tell("document", kind=document[1])
                    self.documents.add(document)
                    issued += 1
        return issued

    def document_lines(self, number, kind, which):
        """By line, the delivery first: units, net and tax."""
        order = self.order(number)
        if kind == "credit_note":
            credits = [c for c in order.credits if c.credit_no == which and c.is_supplied]
            return sorted((c.line_no or 0, c.quantity, -c.net, -c.tax) for c in credits)
        parcel = order.parcels[which - 1]
        delivery = [(0, None, *parcel.delivery)] if parcel.delivery.gross else []
        return delivery + [(line, units, *parcel.worth[line]) for line, units in sorted(parcel.units.items())]

    # All there is to compare

    def contents(self):
        """In cents, and by number."""
        orders = list(enumerate(self.orders, start=1))
        return {
            "orders": {n: self.summary(order) for n, order in orders},
            "lines": [
                (n, line_no, line.product, line.units, line.price, line.discount, line.total, line.tax)
                + (line.shipped, line.cancelled, line.returned)
                for n, order in orders
                for line_no, line in order.numbered
            ],
            "parcels": [
                (n, number, parcel.delivered, *parcel.delivery)
                + ([(line, units, *parcel.worth[line]) for line, units in sorted(parcel.units.items())],)
                for n, order in orders
                for number, parcel in enumerate(order.parcels, start=1)
            ],
            "returns": [(n, *returned) for n, order in orders for returned in order.returns],
            "credits": [
                (n, *credit)
                for n, order in orders
                for credit in sorted(order.credits, key=lambda c: (c.credit_no, c.line_no or 999, c.is_supplied))
            ],
            "payments": [
                (n, payment.kind, payment.amount)
                for n, payment in ((n, self.order(n).payments[position]) for n, position in self.payments)
            ],
            "stock": [(number, self.on_hand(number), self.reserved(number)) for number in self.products],
            "coupons": [
                (code, self.uses(code) if coupon.limit or coupon.per_customer else 0)
                for code, coupon in sorted(self.coupons.items())
            ],
            "documents": [(*document, self.document_lines(*document)) for document in sorted(self.documents)],
            "events": [(n, *event) for n, order in orders for event in order.events],
        }

    def summary(self, order):
        return {
            "status": order.status,
            "payment_status": order.payment_status,
            "waiting_for": order.waiting_for,
            "is_paid": order.was_paid,
            "is_released": order.released,
            "is_written_off": order.written_off,
            "is_cancelled": order.status == "cancelled",
            "ship_to": order.ship_to,
            "bill_to": order.bill_to,
            "country": order.country,
            "shipping_fee": order.fee,
            "shipping_tax": order.fee_tax,
            "tax": order.tax,
            "total": order.total,
            "paid": order.paid,
            "refunded": order.refunded,
            "charged_back": order.charged_back,
            "credited": order.credited,
            "balance": order.balance,
            "due": max(-order.balance, 0),
            "receivable": order.receivable,
        }


def canonical(items):
    return None if items is None else tuple(sorted(items))


def added_up(items):
    """The same product twice is one line."""
    units_of = {}
    for product, units in items:
        units_of[product] = units_of.get(product, 0) + units
    return list(units_of.items())
