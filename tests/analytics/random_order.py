"""An order that lives through whatever may happen to one, by the contract's rules of worth and money.

Every cent of it lies in U (not yet supplied) or S (supplied and kept), of a line or of the delivery.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.analytics.exact import rounded


@dataclass
class Part:
    """A line, or the delivery, and where its worth lies: [net, tax] not yet supplied, or kept."""

    line_no: int | None
    unsupplied: list
    kept: list = field(default_factory=lambda: [Decimal(0), Decimal(0)])
    open_units: int = 0
    shipped: int = 0
    cancelled: int = 0
    returned: int = 0


@dataclass
class Parcel:
    """A shipment: units by line, [net, tax] by line and of the delivery, and units that came back."""

    shipment_id: int
    shipped_at: datetime
    units: dict
    worth: dict
    delivery: list
    delivered_at: datetime | None = None
    back: dict = field(default_factory=dict)


class RandomOrder:
    """One order's life: its rows are in the attributes once it is over."""

    def __init__(self, random, decimals, created_at, quantities, worths, delivery, delivery_is_given_back):
        self.random, self.decimals = random, decimals
        self.delivery_is_given_back = delivery_is_given_back
        self.created_at = self.clock = created_at
        self.lines = [
            Part(number, list(worth), open_units=quantity)
            for number, (quantity, worth) in enumerate(zip(quantities, worths, strict=True), start=1)
        ]
        self.delivery = Part(None, list(delivery))
        self.total = sum(map(sum, worths)) + sum(delivery)
        self.status = "pending"
        self.paid_at = self.released_at = self.written_off_at = self.cancelled_at = None
        self.parcels, self.returns, self.credits, self.payments = [], [], [], []
        self.credit_no = 0
        if self.total == 0:
            self.status, self.paid_at = "paid", created_at

    def live(self, edges):
        """Often what should happen, then what may, at the edge of a month or a change of clocks too."""
        usual = [self.pay_all, self.ship, self.ship, self.deliver, self.deliver]
        unusual = [
            [self.pay_all, self.allow, self.allow, self.refund, self.charge_back],
            [self.release, self.ship, self.ship, self.bring_back, self.bring_back, self.bring_back],
            [self.pay_all, self.cancel_units, self.cancel_units],
        ]
        events = [
            self.pay,
            self.pay_all,
            self.release,
            self.ship,
            self.ship,
            self.deliver,
            self.deliver,
            self.cancel_units,
            self.bring_back,
            self.bring_back,
            self.allow,
            self.refund,
            self.charge_back,
            self.reverse,
            self.write_off,
            self.cancel,
        ]
        story = self.random.choice([usual[:count] for count in (0, 0, 1, 2, 4, 5)] + unusual)
        for event in story + self.random.choices(events, k=self.random.choice([0, 1, 2, 4, 8])):
            self.clock += timedelta(seconds=self.random.choice([0, 1, 30000, 200000, 1728000, 6048000]))
            to_come = [edge for edge in edges if edge > self.clock]
            if to_come and self.random.random() < 0.3:
                self.clock = min(to_come)
            before = self.balance
            event()
            self.settle(before)

    # Worth

    def credited(self):
        """What it is worth less than when it was placed."""
        return sum(net + tax for *_, net, tax, _, _ in self.credits)

    def share(self, worth, units, of_units):
        """What so many of the units are worth, net and tax each by itself; taken out of it."""
        taken = [
            part if units == of_units else rounded(Fraction(part) * units / of_units, self.decimals) for part in worth
        ]
        worth[:] = [part - gone for part, gone in zip(worth, taken, strict=True)]
        return taken

    def credit(self, line_no, kind, units, worth, is_supplied):
        """A row of the ledger, unless it is worth nothing."""
        if sum(worth):
            row = self.credit_no, line_no, kind, units, *worth, is_supplied, self.clock
            self.credits.append(row)

    def some_of(self, units):
        """Some units of each line, all of them every other time."""
        if self.random.random() < 0.5:
            return dict(units)
        picked = {line_no: self.random.randint(0, count) for line_no, count in units.items()}
        return {line_no: count for line_no, count in picked.items() if count}

    def open_units(self):
        """Units of each line that wait to leave."""
        return {line.line_no: line.open_units for line in self.lines if line.open_units}

    def ship(self):
        """Some of the open units leave; the first parcel takes the delivery along."""
        may_leave = self.released_at or (self.status == "paid" and self.balance <= 0)
        units = self.some_of(self.open_units()) if may_leave else {}
        if not units:
            return
        parcel = Parcel(0, self.clock, units, {}, [Decimal(0), Decimal(0)])
        for line_no, count in units.items():
            line = self.lines[line_no - 1]
            parcel.worth[line_no] = self.share(line.unsupplied, count, line.open_units)
            line.kept = [sum(pair) for pair in zip(line.kept, parcel.worth[line_no], strict=True)]
            line.open_units -= count
            line.shipped += count
        if not self.parcels:
            parcel.delivery = self.share(self.delivery.unsupplied, 1, 1)
            self.delivery.kept = list(parcel.delivery)
        self.parcels.append(parcel)
        self.close()

    def deliver(self):
        """A parcel arrives."""
        if under_way := self.under_way():
            self.random.choice(under_way).delivered_at = self.clock
            self.close()

    def under_way(self):
        """Parcels of which units are kept that nobody said came back."""
        kept = {line.line_no for line in self.lines if line.shipped > line.returned}
        return [
            parcel
            for parcel in self.parcels
            if parcel.delivered_at is None
            and any(line_no in kept and parcel.back.get(line_no, 0) < sent for line_no, sent in parcel.units.items())
        ]

    def cancel(self):
        """The whole order, while nothing has left."""
        if self.status in ("pending", "paid") and not self.parcels:
            self.status, self.cancelled_at = "cancelled", self.clock
            for line in self.lines:
                line.cancelled += line.open_units
                line.open_units = 0

    def cancel_units(self):
        """Some of the open units; where nothing has left and nothing is left, the whole order."""
        units = self.some_of(self.open_units()) if self.status == "paid" or self.released_at else {}
        if not units or self.status == "cancelled":
            return
        if not self.parcels and units == self.open_units():
            self.cancel()
            return
        self.credit_no += 1
        for line_no, count in units.items():
            line = self.lines[line_no - 1]
            worth = self.share(line.unsupplied, count, line.open_units)
            self.credit(line_no, "cancellation", count, worth, False)
            line.open_units -= count
            line.cancelled += count
        self.close()

    def bring_back(self):
        """Some of the units of one parcel, which is not always said."""
        if not self.parcels:
            return
        parcel = self.random.choice(self.parcels)
        kept = {line.line_no: line.shipped - line.returned for line in self.lines}
        left = {
            line_no: min(count - parcel.back.get(line_no, 0), kept[line_no]) for line_no, count in parcel.units.items()
        }
        units = self.some_of({line_no: count for line_no, count in left.items() if count > 0})
        if not units:
            return
        is_said = len(self.parcels) == 1 or self.random.random() < 0.6
        self.credit_no += 1
        for line_no, count in units.items():
            line = self.lines[line_no - 1]
            worth = self.share(line.kept, count, line.shipped - line.returned)
            self.credit(line_no, "return", count, worth, True)
            line.returned += count
            restocked = self.random.choice([True, True, False])
            self.returns.append((line_no, parcel if is_said else None, count, restocked, self.clock))
            if is_said:
                parcel.back[line_no] = parcel.back.get(line_no, 0) + count
        self.close()

    def allow(self):
        """A price reduction, spread over all the order, or one line, is still worth."""
        parts = [*self.lines, self.delivery]
        if self.random.random() < 0.3:
            parts = [self.random.choice(self.lines)]
        sides = [
            (part, side, is_supplied)
            for part in parts
            for side, is_supplied in ((part.unsupplied, False), (part.kept, True))
        ]
        worth = sum(sum(side) for _, side, _ in sides)
        if self.status == "cancelled" or not worth:
            return
        allowed = rounded(Fraction(worth) / self.random.choice([1, 3, 10, 100]), self.decimals)
        self.credit_no += 1
        before = share_before = Decimal(0)
        for part, side, is_supplied in sides:
            gross = sum(side)
            before += gross
            share = rounded(Fraction(allowed) * Fraction(before) / Fraction(worth), self.decimals)
            taken, share_before = share - share_before, share
            tax = rounded(Fraction(taken) * Fraction(side[1]) / Fraction(gross or 1), self.decimals)
            side[:] = [side[0] - (taken - tax), side[1] - tax]
            self.credit(part.line_no, "allowance", None, [taken - tax, tax], is_supplied)

    def close(self):
        """Once nothing is open the order is where its parcels are."""
        if self.open_units():
            return
        kept = sum(line.shipped - line.returned for line in self.lines)
        if not kept:
            self.status = "returned"
            if self.delivery_is_given_back:
                given_back = self.share(self.delivery.kept, 1, 1)
                self.credit(None, "delivery", None, given_back, True)
        elif self.under_way():
            self.status = "shipped"
        else:
            self.status = "delivered"

    # Money

    def moved(self, *kinds):
        """The sum of payments of these kinds."""
        return sum(amount for kind, amount, *_ in self.payments if kind in kinds)

    @property
    def balance(self):
        """What the customer still owes."""
        worth = 0 if self.status == "cancelled" else self.total - self.credited()
        return worth - self.moved("charge") + self.moved("refund", "reversal", "chargeback")

    def held(self):
        """The money that is here."""
        return self.moved("charge") - self.moved("refund", "reversal", "chargeback")

    def book(self, kind, amount, of_payment=None):
        """A payment, which the provider may have seen before we did."""
        earlier = timedelta(seconds=self.random.choice([0, 0, 5, 40000]))
        if amount > 0:
            occurred_at = max(self.created_at, self.clock - earlier)
            self.payments.append((kind, amount, occurred_at, self.clock, of_payment))

    def pay_all(self):
        """What is owed."""
        self.book("charge", self.balance)

    def pay(self):
        """A part of it, or a little more."""
        owed = max(self.balance, 0)
        parts = [rounded(Fraction(owed) / 2, self.decimals), owed + 1]
        self.book("charge", self.random.choice(parts))

    def refund(self):
        """What is owed to the customer, or half of it."""
        due = min(-self.balance, self.held())
        self.book("refund", self.random.choice([due, rounded(Fraction(due) / 2, self.decimals)]))

    def charge_back(self):
        """The bank takes back what was charged, refunded or not."""
        left = self.moved("charge") - self.moved("chargeback")
        self.book("chargeback", self.random.choice([left, rounded(Fraction(left) / 3, self.decimals)]))

    def reverse(self):
        """A charge that was another order's."""
        reversed_already = {of_payment for *_, of_payment in self.payments}
        charges = [
            number
            for number, (kind, amount, *_) in enumerate(self.payments)
            if kind == "charge" and number not in reversed_already and amount <= self.held()
        ]
        if charges and self.random.random() < 0.4:
            number = self.random.choice(charges)
            self.book("reversal", self.payments[number][1], of_payment=number)

    def release(self):
        """May be shipped before it is paid."""
        if self.status in ("pending", "paid") and not self.released_at:
            self.released_at = self.clock

    def write_off(self):
        """What is owed will not come."""
        if self.balance > 0 and not self.written_off_at:
            self.written_off_at = self.clock

    def settle(self, before):
        """What a call did once the balance is down."""
        if self.balance > 0 or self.status == "cancelled":
            return
        is_all_back = all(line.shipped == line.returned for line in self.lines)
        goods_are_gone = is_all_back and not self.open_units()
        if before > 0 and not self.paid_at and not goods_are_gone:
            self.paid_at = self.clock
        if self.status == "pending":
            self.status = "paid"
