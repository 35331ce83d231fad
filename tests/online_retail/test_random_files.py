"""Which units cancellations take and what stock must open with: the SQL against a plain walk through
the lines in Python, over random files so small and alike that everything meets everything.
"""

import random
from collections import defaultdict
from datetime import datetime, timedelta

import pytest

from demo.online_retail import load

FILES = 500
BY_NAME = {path.name: path.read_text() for path in [load.STAGING, *load.MAPPING]}
MAPPING = [text for name, text in BY_NAME.items() if "020" <= name[:3] <= "060"]


@pytest.mark.long
def test_random_files_are_mapped_as_a_walk_through_their_lines_maps_them(store, repetitions):
    rejected = defaultdict(int)
    for seed in range(repetitions(FILES)):
        lines = random_lines(random.Random(seed))
        expected = walk(lines)
        assert mapped(store, lines) == expected, f"seed {seed}"
        for reason in expected[1].values():
            rejected[reason] += 1
    assert all(rejected[reason] > 10 for reason in ("return_without_sale", "return_exceeds_sale"))


def random_lines(chance):
    """Lines of sales, cancellations and corrections in a file's order, which is not that of time."""
    lines = []
    for invoice in range(chance.randint(5, 25)):
        instant = datetime(2011, 5, 1) + timedelta(hours=chance.randint(0, 6))
        kind = chance.choice(["sale", "sale", "sale", "cancellation", "cancellation", "correction"])
        number, sign = {"sale": ("", 1), "cancellation": ("C", -1), "correction": ("", 0)}[kind]
        customer = None if kind == "correction" else chance.choice([11, 12, 12, None])
        for _ in range(chance.randint(1, 4)):
            quantity = sign * chance.randint(1, 6) or chance.choice([-3, -1, 2])
            price = 0 if kind == "correction" else chance.choice([1, 2])
            lines.append((f"{number}{invoice}", chance.choice("ab"), quantity, instant, price, customer))
    return [(line_no, *line) for line_no, line in enumerate(lines, start=1)]


def walk(lines):
    """What the mapping says, done one line after the other: units taken, reasons, stock."""
    in_time = sorted(lines, key=lambda line: (line[4], line[0]))
    sales = [line for line in in_time if line[1][0] != "C" and line[5] > 0]
    left = {line[0]: line[3] for line in sales}
    taken, rejected = {}, {}
    for line_no, _, code, quantity, instant, price, customer in in_time:
        if quantity > 0 or price == 0:
            continue
        candidates = [
            sale[0]
            for sale in reversed(sales)
            if customer is not None
            and (sale[2], sale[5], sale[6]) == (code, price, customer)
            and sale[4] <= instant
        ]
        wanted = -quantity
        if sum(left[sale] for sale in candidates) < wanted:
            rejected[line_no] = "return_exceeds_sale" if candidates else "return_without_sale"
            continue
        for sale in candidates:
            share = min(left[sale], wanted)
            if share > 0:
                taken[line_no, sale] = share
                left[sale] -= share
                wanted -= share
    balance, lowest = defaultdict(int), defaultdict(int)
    for line_no, _, code, quantity, _, price, _ in in_time:
        if line_no not in rejected:
            balance[code.upper()] += quantity if price == 0 else -quantity
            lowest[code.upper()] = min(lowest[code.upper()], balance[code.upper()])
    stock = {code: (-lowest[code], balance[code] - lowest[code]) for code in balance}
    return taken, rejected, stock


def mapped(store, lines):
    """The same, from the SQL files; the store itself is not touched."""
    with store.transaction(force_rollback=True):
        store.execute(BY_NAME[load.STAGING.name])
        with store.cursor() as cursor:
            cursor.executemany(
                """INSERT INTO source_lines
                (line_no, invoice_no, stock_code, quantity, invoice_ts, unit_price, customer_id, country)
                VALUES (%s, %s, %s, %s, %s, %s, %s, 'United Kingdom')""",
                lines,
            )
        for text in MAPPING:
            store.execute(text)
        taken = store.execute("SELECT cancellation_line_no, sale_line_no, quantity FROM taken_units")
        rejected = store.execute("SELECT line_no, rejected_as FROM mapped_lines WHERE rejected_as <> ''")
        stock = store.execute("SELECT sku, opening, closing FROM stock_balances")
        return (
            {(cancellation, sale): quantity for cancellation, sale, quantity in taken},
            dict(rejected.fetchall()),
            {sku: (opening, closing) for sku, opening, closing in stock},
        )
