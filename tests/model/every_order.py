"""Every life of a small order: all calls in every state, to the fixpoint.

Amounts are the ones that decide something: all there is, exactly what is missing, a cent or a half. Two states
are one where goods and worth are the same and money stands alike: who owes whom, whether money is
held, and what kinds of it moved; not how much. Allowances are counted, or their cents would multiply
the states of a large order without end in sight.
"""

from collections import Counter
from fractions import Fraction

from tests.model.order_model import Refused, Worth, as_placed
from tests.model.store_model import Coupon, Product, Store

CLASSES = "standard", "reduced"


def store_with_order(lines, rates=("0.19", "0.07"), fee=0, included=False, delivery_back=True, decimals=2):
    """A store with one order of (units, price) lines, and a last number: what is taken off. It is overdue."""
    *lines, discount = lines
    store = Store(
        decimals, included, fee, free_from=None, delivery_back=delivery_back, most_pending=4,
        rates={(tax_class, "US"): Fraction(rate) for tax_class, rate in zip(CLASSES, rates)},
        addresses={}, default_address={}, customers=3,
        products={n: Product(1, "standard", 0) for n in range(1, 5)}
        | {n: Product(price, CLASSES[n - 1], 100) for n, (_, price) in enumerate(lines, start=1)},
        coupons={"OFF": Coupon(fixed=discount)} if discount else {},
    )  # fmt: skip
    store.place_order(3, [(n, units) for n, (units, _) in enumerate(lines, start=1)], "OFF" if discount else None)
    store.orders[0].overdue = 0
    return store


def new_order(lines, **terms):
    return store_with_order(lines, **terms).orders[0]


def calls(order, allowances, money):
    """All that anybody might ask of it, sensible or not; as many allowances as said, and of `exact` money no cents."""
    one_line = [[(number, units)] for number, line in order.numbered for units in range(1, line.units + 1)]
    parcels = range(1, len(order.parcels) + 1)
    yield from (("ship_order", wanted) for wanted in [None, *one_line])
    yield from (("cancel_order", wanted) for wanted in [None, *one_line])
    yield from (("deliver_order", parcel) for parcel in [None, *parcels])
    yield from (("return_items", wanted, True, parcel) for wanted in one_line for parcel in [None, *parcels])
    kept = [(number, line.kept) for number, line in order.numbered if line.kept]
    if len(kept) > 1:
        yield "return_items", kept, True, None
    yield from [("release_order",), ("write_off",), ("change_hold",), ("expire",)]

    owed = -order.balance
    cent = 1 if money == "any" else 0
    yield from (("record_payment", amount) for amount in {cent, -owed} if amount > 0)
    yield from (("record_chargeback", amount) for amount in {cent, order.paid - order.charged_back} if amount > 0)
    yield from (("refund_order", amount) for amount in {cent, owed} if amount > 0)
    reversed_already = {payment.of for payment in order.payments}
    charges = [n for n, payment in enumerate(order.payments) if payment.kind == "charge" and n not in reversed_already]
    yield from (("reverse_payment", number) for number in charges[-1:])

    if len({credit.credit_no for credit in order.credits if credit.kind == "allowance"}) < allowances:
        yield from (("refund_order", amount, True) for amount in {max(owed, 0) + 1, order.held} if amount > 0)
        worth = {None: order.worth} | {n: line.unsupplied.gross + line.supplied.gross for n, line in order.numbered}
        for line_no, most in worth.items():
            yield from (
                ("grant_allowance", amount, line_no) for amount in {cent or most // 2, most, -owed} if amount > 0
            )


def attempt(order, call, state=None):
    """What the order becomes, or the SQLSTATE; `state` is the order's, where it is known already."""
    name, *arguments = call
    after = order.copy()
    try:
        if name == "expire":  # its hold has run out
            if not after.can_expire:
                return "00000"  # it is left alone
            after.expire()
        else:
            getattr(after, name)(*arguments)
    except Refused as refused:
        assert state is None or state_of(after) == state, f"{call} was refused and changed something"
        return refused.args[0]
    after.overdue = 0 if after.status == "pending" and not after.released else None
    return after


def state_of(order, money="any"):
    """What tells two states apart."""
    held, balance = order.held, order.balance
    stands = (balance > 0) - (balance < 0), (held > 0) - (held < 0), order.charged_back > 0
    if money == "any":
        stands += order.paid > order.refunded, order.paid > order.charged_back
        stands += order.paid > 0, order.refunded > 0, order.credited > 0
    flags = order.status, order.released, order.written_off, order.was_paid
    if order.status == "cancelled":
        return flags, stands
    goods = tuple((line.shipped, line.cancelled, line.returned, line.unsupplied, line.supplied) for line in order.lines)
    parcels = sorted(
        (tuple(parcel.units.items()), tuple(sorted(parcel.came_back.items())), parcel.delivered)
        for parcel in order.parcels
    )
    allowances = len({credit.credit_no for credit in order.credits if credit.kind == "allowance"})
    return flags, stands, goods, order.delivery.unsupplied, order.delivery.supplied, tuple(parcels), allowances


def every_state(first, allowances, money="any"):
    """Each state once, as soon as it is reached: its number, the order, and the number and call it came from."""
    seen = {state_of(first, money)}
    frontier, reached = [(1, first)], 1
    yield 1, first, None, None
    while frontier:
        next_frontier = []
        for number, order in frontier:
            before = state_of(order)
            for call in calls(order, allowances, money):
                after = attempt(order, call, before)
                if not isinstance(after, str):
                    state = state_of(after, money)
                    if state not in seen:
                        seen.add(state)
                        reached += 1
                        next_frontier.append((reached, after))
                        yield reached, after, number, call
        frontier = next_frontier


def faults(order):
    """Which promises of what an order is worth are broken, in words; none, it is hoped."""
    charged, given_back, taken_back = (
        sum(payment.amount for payment in order.payments if payment.kind in kinds)
        for kinds in [("charge",), ("refund", "reversal"), ("chargeback",)]
    )
    goods = [(number, line, as_placed(line.total, line.tax, order.included)) for number, line in order.numbered]
    goods.append((None, order.delivery, as_placed(order.fee, order.fee_tax, order.included)))
    sides = Counter((credit.credit_no, credit.line_no, credit.is_supplied) for credit in order.credits)
    cancelled, open_, kept = order.status == "cancelled", order.is_open, order.is_kept
    promises = {
        "money is what was paid": (charged, given_back, taken_back) == (order.paid, order.refunded, order.charged_back),
        "no more given or taken back than charged": max(given_back, taken_back) <= charged,
        "balance is worth less money": order.balance == order.worth - charged + given_back + taken_back,
        "credited is its credits": order.credited == sum(credit.net + credit.tax for credit in order.credits),
        "a credit is worth something": all(
            credit.net + credit.tax > 0 and min(credit.net, credit.tax) >= 0 for credit in order.credits
        ),
        "a line once an event and side": max(sides.values(), default=1) == 1,
        "nothing negative": all(min(*part.unsupplied, *part.supplied) >= 0 for _, part, _ in goods),
        "nothing lost": cancelled
        or all(part.unsupplied.plus(part.supplied).plus(credited(order, n)) == placed for n, part, placed in goods),
        "the whole is its parts": cancelled
        or order.worth == sum(part.unsupplied.gross + part.supplied.gross for _, part, _ in goods),
        "a line is worth nothing once nothing is open": cancelled
        or all(line.open or not line.unsupplied.gross for line in order.lines),
        "a line is worth nothing once nothing is kept": all(
            line.kept or not line.supplied.gross for line in order.lines
        ),
        "the delivery left with the first parcel": not order.parcels or not order.delivery.unsupplied.gross,
        "parcels less supplied credits is what is kept": all(
            supplied(order, n) == part.supplied.plus(credited(order, n, True)) for n, part, _ in goods
        ),
        "what came back had left": all(
            units <= parcel.units.get(number, 0)
            for parcel in order.parcels
            for number, units in parcel.came_back.items()
        ),
        "closed once nothing is open": cancelled or open_ == (order.status in ("pending", "paid")),
        "returned once nothing is kept": (order.status == "returned") == (not cancelled and not open_ and not kept),
        "delivered once nothing is under way": order.status != ("delivered" if order.under_way else "shipped"),
        "pending owes": order.status != "pending" or order.balance > 0,
        "paid was paid": order.status != "paid" or order.was_paid,
        "overpaid is a refund due": (order.payment_status == "overpaid") == (order.balance < 0),
        "settled owes nothing": order.balance == 0
        or order.payment_status in ("overpaid", "charged_back", "partly_paid", "unpaid"),
        "a shipped order waits for a parcel": order.status != "shipped" or order.waiting_for == "delivery",
    }
    return [promise for promise, is_kept in promises.items() if not is_kept]


def credited(order, line_no, only_supplied=False):
    rows = [c for c in order.credits if c.line_no == line_no and (c.is_supplied or not only_supplied)]
    return Worth(sum(credit.net for credit in rows), sum(credit.tax for credit in rows))


def supplied(order, line_no):
    """What the parcels' rows say of a line, or of the delivery."""
    worths = [p.delivery if line_no is None else p.worth.get(line_no, Worth()) for p in order.parcels]
    return Worth(sum(worth.net for worth in worths), sum(worth.tax for worth in worths))


def fulfilled(order):
    """The order after all that can still leave has left, and whoever is owed money has it."""
    order = order.copy()
    if order.is_open:
        if order.balance > 0 and not order.released:
            order.record_payment(order.balance)
        order.ship_order()
    if order.under_way:
        order.deliver_order()
    return refunded(order)


def wound_up(order):
    """The order after all that is open was cancelled, and all that can come back has come back."""
    order = order.copy()
    if order.is_open:
        order.cancel_order([(n, line.open) for n, line in order.numbered if line.open] if order.parcels else None)
    if order.is_kept:
        order.return_items([(n, line.kept) for n, line in order.numbered if line.kept])
    return refunded(order)


def refunded(order):
    if order.balance < 0:
        order.refund_order(-order.balance)
    return order


def is_at_an_end(order):
    return not order.is_open and order.balance >= 0 and order.waiting_for is None
