"""An order's life in a few lines of Python: what every function of the store must do, said a second time.

A call that is refused changes nothing, because it was tried on a copy.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction

from tests.model.order_model import Coupon, Line, Order, Product, refuse_if, rounded, tax_of, told


@dataclass
class Store:
    included: bool
    fee: int
    free_from: int | None
    most_pending: int
    rates: dict[tuple[str, str], Fraction]  # by tax class and country
    countries: dict[int, str]  # by customer
    products: dict[int, Product]
    coupons: dict[str, Coupon]
    orders: list[Order] = field(default_factory=list)
    payments: dict[str, tuple] = field(default_factory=dict)  # by reference

    def attempt(self, call, *arguments):
        """All of a call or nothing."""
        trial = deepcopy(self)
        result = getattr(trial, call)(*arguments)
        self.__dict__ = trial.__dict__
        return result

    def order(self, number):
        refuse_if(not 1 <= number <= len(self.orders), "ST002")
        return self.orders[number - 1]

    # Placing

    def priced(self, customer, items, code):
        pending = [order for order in self.orders if order.customer == customer and order.status == "pending"]
        refuse_if(len(pending) >= self.most_pending, "ST009")
        units_of = {}
        for product, units in items:
            units_of[product] = units_of.get(product, 0) + units
        for product in units_of:
            refuse_if(product not in self.products or not self.products[product].active, "ST002")
        country = self.countries[customer]

        def rate(tax_class):
            return self.rates.get((tax_class, country), Fraction(0))

        lines = [
            Line(product, units, self.products[product].price, rate(self.products[product].tax_class))
            for product, units in units_of.items()
        ]
        subtotal = sum(line.total for line in lines)
        discount = self.discount(customer, code, subtotal)
        so_far = 0
        for line in lines:
            before, so_far = so_far, so_far + line.total
            if subtotal:
                line.discount = rounded(Fraction(discount * so_far, subtotal))
                line.discount -= rounded(Fraction(discount * before, subtotal))
            line.tax = tax_of(line.total, line.rate, self.included)
        fee = 0 if self.free_from is not None and subtotal - discount >= self.free_from else self.fee
        return Order(customer, lines, code, self.included, fee, tax_of(fee, rate("standard"), self.included))

    def discount(self, customer, code, subtotal):
        if code is None:
            return 0
        refuse_if(code not in self.coupons, "ST006")
        coupon = self.coupons[code]
        uses = [order for order in self.orders if order.coupon == code and order.status != "cancelled"]
        own = [order for order in uses if order.customer == customer]
        refuse_if(subtotal < coupon.minimum, "ST006")
        refuse_if(coupon.limit is not None and len(uses) >= coupon.limit, "ST006")
        refuse_if(coupon.per_customer is not None and len(own) >= coupon.per_customer, "ST006")
        return rounded(Fraction(subtotal * coupon.percent, 100)) if coupon.percent else min(coupon.fixed, subtotal)

    def place_order(self, customer, items, code):
        order = self.priced(customer, items, code)
        refuse_if(any(line.units > self.products[line.product].available for line in order.lines), "ST001")
        for line in order.lines:
            self.products[line.product].reserved += line.units
        if code and self.coupons[code].limited:
            self.coupons[code].used += 1
        order.tell("placed", total=order.total)
        if order.total == 0:
            order.status = "paid"
            order.tell("paid", total=0)
        self.orders.append(order)

    # Money

    def pay(self, kind, number, reference, amount):
        """Whether the payment was new."""
        order = self.order(number)
        if reference in self.payments:
            refuse_if(self.payments[reference] != (number, kind, amount), "ST004")
            return False
        self.payments[reference] = (number, kind, amount)
        if kind == "charge":
            order.paid += amount
            order.tell("payment", amount=amount)
            if order.status == "pending" and order.paid - order.refunded >= order.total:
                order.status = "paid"
                order.tell("paid", total=order.total)
        else:
            by_due = kind == "refund" and not order.was_shipped
            refuse_if(amount > (order.due if by_due else order.paid - order.refunded), "ST008")
            order.refunded += amount
            order.tell(kind, amount=amount)
            self.close_refunded(order)
        return True

    def close_refunded(self, order):
        if order.status in ("shipped", "delivered") and order.paid and order.paid == order.refunded:
            order.status = "refunded"
            order.tell("refunded")

    # Goods

    def ship_order(self, number, wanted):
        order = self.order(number)
        order.require("paid")
        refuse_if(order.paid - order.refunded < order.total - order.given_back, "ST005")
        chosen = order.chosen(wanted, lambda line: line.open)
        for line, units in chosen:
            line.shipped += units
            self.products[line.product].reserved -= units
            self.products[line.product].on_hand -= units
        done = not any(line.open for line in order.lines)
        order.status = "shipped" if done else "paid"
        order.tell("shipped", items=told(order, chosen), complete=done)
        self.close_refunded(order)

    def deliver_order(self, number):
        order = self.order(number)
        order.require("shipped")
        order.status = "delivered"
        order.tell("delivered")

    def cancel_order(self, number, wanted):
        order = self.order(number)
        if wanted is None:
            order.require("pending", "paid")
            refuse_if(order.was_shipped, "ST005")
            self.release(order)
            order.tell("cancelled")
            return
        order.require("paid")
        chosen, before = order.chosen(wanted, lambda line: line.open), order.given_back
        for line, units in chosen:
            line.cancelled += units
            self.products[line.product].reserved -= units
        order.tell("items_cancelled", items=told(order, chosen), value=order.given_back - before)
        if not any(line.open for line in order.lines):
            if order.was_shipped:
                order.status = "shipped"
                self.close_refunded(order)
            else:
                self.release(order)
                order.tell("cancelled")

    def release(self, order):
        order.status = "cancelled"
        if order.coupon and self.coupons[order.coupon].limited:
            self.coupons[order.coupon].used -= 1
        for line in order.lines:
            self.products[line.product].reserved -= line.open

    def return_items(self, number, wanted, restock):
        order = self.order(number)
        chosen, before = order.chosen(wanted, lambda line: line.shipped - line.returned), order.given_back
        for line, units in chosen:
            line.returned += units
            self.products[line.product].on_hand += units if restock else 0
        order.tell("returned", items=told(order, chosen), value=order.given_back - before, restocked=restock)

    # Stock and time

    def adjust_stock(self, product, units):
        refuse_if(product not in self.products, "ST002")
        refuse_if(-units > self.products[product].available, "ST001")
        self.products[product].on_hand += units

    def count_stock(self, product, counted):
        refuse_if(product not in self.products, "ST002")
        self.adjust_stock(product, counted - self.products[product].on_hand)

    def extend_hold(self, number):
        order = self.order(number)
        order.require("pending")
        order.overdue = False
        order.tell("hold_extended")

    def expire_unpaid_orders(self, limit):
        """How many were."""
        overdue = [o for o in self.orders if o.status == "pending" and o.overdue and o.paid == o.refunded][:limit]
        for order in overdue:
            self.release(order)
            order.tell("expired")
        return len(overdue)

    # All there is to compare

    def contents(self):
        """In cents and by number."""
        orders = list(enumerate(self.orders, start=1))
        return {
            "orders": [
                (n, order.status, order.payment_status, order.fee, order.fee_tax, order.tax, order.total)
                + (order.paid, order.refunded, order.due)
                for n, order in orders
            ],
            "lines": [
                (n, line_no, line.product, line.units, line.price, line.discount, line.total, line.tax)
                + (line.shipped, line.cancelled, line.returned)
                for n, order in orders
                for line_no, line in enumerate(order.lines, start=1)
            ],
            "stock": [(n, product.on_hand, product.reserved) for n, product in self.products.items()],
            "coupons": sorted((code, coupon.used) for code, coupon in self.coupons.items()),
            "events": [(n, *event) for n, order in orders for event in order.events],
        }
