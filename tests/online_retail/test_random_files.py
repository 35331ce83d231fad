"""What a file becomes: the SQL against a plain walk through the lines in Python, over random files so
small and alike that everything meets everything.
"""

import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from demo.online_retail import load

FILES = 500
LONDON = ZoneInfo("Europe/London")


class Line(NamedTuple):
    """A line of the file."""

    line_no: int
    invoice: str
    code: str
    quantity: int
    instant: datetime
    price: int
    customer: int | None


@pytest.mark.long
def test_random_files_are_loaded_as_a_walk_through_their_lines_loads_them(store, repetitions):
    met = Counter()
    for seed in range(repetitions(FILES)):
        lines = random_lines(random.Random(seed))
        expected = walk(lines)
        assert loaded(store, lines) == expected, f"seed {seed}"
        met.update(expected["rejected"].values())
        met.update(status for status, *_ in expected["orders"].values())
        met.update(what_is_odd(expected["returned"]))
    assert all(met[what] > 5 for what in WHAT_MUST_BE_MET), met


WHAT_MUST_BE_MET = [
    "return_without_sale",
    "return_exceeds_sale",
    "returned",
    "delivered",
    "worth nothing",
    "a second event",
    "two events at an instant",
]


def what_is_odd(returned):
    """Of events that gave units back, what the real file has seldom or never."""
    for _, _, credit_no, _, _ in returned:
        yield "worth nothing" if credit_no is None else "a second event" if credit_no > 1 else "a first event"
    instants = Counter((order, instant) for order, instant, *_ in returned)
    yield from ("two events at an instant" for times in instants.values() if times > 1)


def random_lines(chance):
    """Lines of sales, cancellations and corrections in a file's order, which is not that of time."""
    lines = []
    for invoice in range(chance.randint(5, 25)):
        instant = datetime(2011, 5, 1, tzinfo=LONDON) + timedelta(hours=chance.randint(0, 6))
        kind = chance.choice(["sale", "sale", "sale", "cancellation", "cancellation", "correction"])
        number, sign = {"sale": ("", 1), "cancellation": ("C", -1), "correction": ("", 0)}[kind]
        customer = None if kind == "correction" else chance.choice([11, 12, 12, None])
        for _ in range(chance.randint(1, 4)):
            quantity = sign * chance.randint(1, 6) or chance.choice([-3, -1, 2])
            price = 0 if kind == "correction" else chance.choice([0, 1, 1, 2, 2])
            code = chance.choice("ab")
            lines.append(Line(len(lines) + 1, f"{number}{invoice}", code, quantity, instant, price, customer))
    return lines


def walk(lines):
    """What the mapping says, done one line after the other."""
    named_or_priced = {line.invoice for line in lines if line.customer or line.price}
    in_time = sorted(lines, key=lambda line: (line.instant, line.line_no))
    cancellations = [line for line in in_time if line.invoice[0] == "C"]
    sales = [line for line in in_time if line.invoice[0] != "C" and line.invoice in named_or_priced]
    taken, rejected = units_taken(sales, cancellations)
    counted = {line.line_no for line in lines} - rejected.keys()
    corrections = {line.line_no for line in lines if line.invoice not in named_or_priced}
    corrections -= {line.line_no for line in cancellations}
    return {
        "rejected": rejected,
        "stock": stock([line for line in in_time if line.line_no in counted], corrections),
        **books(sorted(sales), {line.line_no: line for line in cancellations}, taken),
    }


def units_taken(sales, cancellations):
    """How many units each cancellation line takes of each sale's, and why others take none."""
    left = {sale.line_no: sale.quantity for sale in sales}
    taken, rejected = {}, {}
    for line in cancellations:
        candidates = [
            sale.line_no
            for sale in reversed(sales)
            if line.customer is not None
            and (sale.code, sale.price, sale.customer) == (line.code, line.price, line.customer)
            and sale.instant <= line.instant
        ]
        wanted = -line.quantity
        if sum(left[sale] for sale in candidates) < wanted:
            rejected[line.line_no] = "return_exceeds_sale" if candidates else "return_without_sale"
            continue
        for sale in candidates:
            share = min(left[sale], wanted)
            if share > 0:
                taken[line.line_no, sale] = share
                left[sale] -= share
                wanted -= share
    return taken, rejected


def stock(counted, corrections):
    """What each product opens and closes with."""
    balance, lowest = defaultdict(int), defaultdict(int)
    for line in counted:
        code = line.code.upper()
        balance[code] += line.quantity if line.line_no in corrections else -line.quantity
        lowest[code] = min(lowest[code], balance[code])
    return {code: (-lowest[code], balance[code] - lowest[code]) for code in balance}


def books(sales, cancellations, taken):
    """The orders, what came back of them, what they are worth less for it, and the money."""
    orders, place, price = defaultdict(list), {}, {}
    for sale in sales:
        orders[sale.invoice].append(sale)
        place[sale.line_no] = (sale.invoice, len(orders[sale.invoice]))
        price[place[sale.line_no]] = sale.price
    returns, events, back = [], defaultdict(Counter), Counter()
    for (cancellation_no, sale_no), units in taken.items():
        cancellation, (order, line_no) = cancellations[cancellation_no], place[sale_no]
        returns.append((order, line_no, units, cancellation.invoice, cancellation.instant))
        events[order, cancellation.instant, cancellation.invoice][line_no] += units
        back[order] += units
    credits, payments, returned, last_no, credited = [], [], [], Counter(), Counter()
    for (order, instant, reason), units_of in sorted(events.items()):
        amount = sum(units * price[order, line_no] for line_no, units in units_of.items())
        items = [{"line_no": line_no, "quantity": units} for line_no, units in sorted(units_of.items())]
        if amount == 0:
            returned.append((order, instant, None, amount, items))
            continue
        last_no[order] += 1
        credited[order] += amount
        returned.append((order, instant, last_no[order], amount, items))
        payments.append((order, "refund", amount, f"{reason}/{order}", instant))
        credits += [
            (order, last_no[order], line_no, units, units * price[order, line_no], reason, instant)
            for line_no, units in units_of.items()
            if price[order, line_no] > 0
        ]
    facts = {}
    for order, lines in orders.items():
        total = sum(line.quantity * line.price for line in lines)
        status = "returned" if back[order] == sum(line.quantity for line in lines) else "delivered"
        facts[order] = (status, total, credited[order], 0, lines[0].instant, lines[0].instant)
        if total > 0:
            payments.append((order, "charge", total, order, lines[0].instant))
    return {
        "orders": facts,
        "returns": sorted(returns),
        "credits": sorted(credits),
        "returned": in_order(returned),
        "payments": sorted(payments),
    }


def in_order(returned):
    """Events, which have no number where they were worth nothing."""
    return sorted(returned, key=lambda event: (*event[:2], event[2] or 0, str(event[4])))


FOUND = {
    "returns": """
        SELECT idempotency_key, line_no, quantity, reason, returns.created_at
        FROM returns INNER JOIN orders USING (order_id) INNER JOIN shipments USING (shipment_id, order_id)""",
    "credits": """
        SELECT idempotency_key, credit_no, line_no, quantity, amount, reason, credits.created_at
        FROM credits INNER JOIN orders USING (order_id)
        WHERE kind = 'return' AND is_supplied AND credits.tax = 0""",
    "payments": """
        SELECT idempotency_key, kind, amount, provider_reference, occurred_at
        FROM payments INNER JOIN orders USING (order_id)
        WHERE provider = 'import' AND payments.created_at = occurred_at""",
}


def loaded(store, lines):
    """The same, from the store that the SQL files fill; in the end it is empty again."""
    with store.transaction(force_rollback=True):
        store.execute(load.STAGING.read_text())
        with store.cursor() as cursor:
            cursor.executemany(
                """INSERT INTO source_lines
                (line_no, invoice_no, stock_code, quantity, invoice_ts, unit_price, customer_id, country)
                VALUES (%s, %s, %s, %s, %s, %s, %s, 'United Kingdom')""",
                [(*line[:4], line.instant.replace(tzinfo=None), *line[5:]) for line in lines],
            )
        for file in load.MAPPING:
            store.execute(file.read_text())

        def rows(query):
            return store.execute(query).fetchall()

        return {
            "rejected": dict(rows("SELECT line_no, reason FROM import_rejects")),
            "stock": {
                sku: (opening, closing)
                for sku, opening, closing in rows(
                    """SELECT sku, coalesce(sum(quantity) FILTER (WHERE reference = 'opening'), 0), on_hand
                    FROM products INNER JOIN inventory USING (product_id)
                    LEFT JOIN stock_adjustments USING (product_id) GROUP BY sku, on_hand"""
                )
            },
            "orders": {
                order: tuple(facts)
                for order, *facts in rows(
                    """SELECT idempotency_key, status, total, credited_amount, balance, created_at, paid_at
                    FROM orders WHERE refunded_amount = credited_amount AND paid_amount = total"""
                )
            },
            **{what: sorted(rows(query)) for what, query in FOUND.items()},
            "returned": in_order(
                rows(
                    """SELECT idempotency_key, performed_at, (details ->> 'credit_no')::INT,
                        (details -> 'amount')::NUMERIC, details -> 'items'
                    FROM order_audit INNER JOIN orders USING (order_id) WHERE action = 'returned'"""
                )
            ),
        }
