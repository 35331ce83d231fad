"""The lowest price of thirty days, and the price of any instant, beside a look at every instant a price could change.

Random histories of prices and sales, on the clocks of five cities, around the hours in which these change.
"""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest

# In Havana clocks change at midnight, on Lord Howe by half an hour, in Kathmandu never.
ZONES = ["America/New_York", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"]
# In one of the zones each, clocks go forward or back.
CHANGES = [
    datetime(2025, 3, 9, 5, tzinfo=UTC),  # Havana
    datetime(2025, 3, 9, 7, tzinfo=UTC),  # New York
    datetime(2025, 3, 30, 1, tzinfo=UTC),  # Berlin
    datetime(2025, 4, 5, 15, tzinfo=UTC),  # Lord Howe
    datetime(2025, 10, 4, 15, 30, tzinfo=UTC),
    datetime(2025, 10, 26, 1, tzinfo=UTC),
    datetime(2025, 11, 2, 5, tzinfo=UTC),
    datetime(2025, 11, 2, 6, tzinfo=UTC),
]
MONTH = timedelta(days=30)
A_BATCH = 200
ASKED = 5  # instants of each history


class History:
    """A product's prices and sales, as (from, price) and (from, until, price)."""

    def __init__(self, random, product_id):
        self.product_id = product_id
        centre = random.choice(CHANGES) + random.choice([timedelta(), MONTH])

        def instant():
            """Near the change of clocks, a month away from it to the minute, or somewhere."""
            near = timedelta(minutes=30 * random.randint(-4, 4), seconds=random.choice([-1, 0, 0, 1]))
            anywhere = timedelta(minutes=random.randint(-90 * 1440, 30 * 1440))
            return centre + random.choice([near, near - MONTH, anywhere])

        def price():
            return Decimal(random.randint(0, 12))

        starts = sorted({instant() for _ in range(random.randint(1, 6))})
        self.prices = [(start, price()) for start in starts]
        edges = sorted({instant() for _ in range(2 * random.randint(0, 4))})
        # Some follow each other at once: the end of one is the beginning of the next.
        pairs = (
            zip(edges, edges[1:], strict=False) if random.random() < 0.3 else zip(edges[::2], edges[1::2], strict=False)
        )
        self.sales = [(start, until, price()) for start, until in pairs]
        self.asked = [random.choice([instant(), random.choice(starts), *edges]) for _ in range(ASKED)]

    def at(self, instant):
        """The price that applied, None before the first."""
        place = bisect_right([start for start, _ in self.prices], instant)
        if place == 0:
            return None
        on_sale = [price for start, until, price in self.sales if start <= instant < until]
        return min([self.prices[place - 1][1], *on_sale])

    def lowest_before(self, instant, zone):
        """The least there was from the same time thirty days before, asked whenever it could have changed."""
        start = thirty_days_before(instant, zone)
        edges = [start, *(edge for edge, _ in self.prices), *(edge for sale in self.sales for edge in sale[:2])]
        prices = {self.at(edge) for edge in edges if start <= edge < instant} - {None}
        return min(prices, default=None)


def thirty_days_before(instant, zone):
    """What is shown twice is the later time; what is skipped is read by the clock before the skip."""
    wall_clock = (instant.astimezone(zone).replace(tzinfo=None) - MONTH).replace(tzinfo=zone)
    return max(wall_clock.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


@pytest.mark.long
def test_prices_are_those_of_a_look_at_every_instant(store, superuser, repetitions):
    random = Random(98)
    hours_off = 0
    superuser.execute("SET search_path = store; SET TimeZone = 'Asia/Tokyo'")
    for batch in range(repetitions(50)):
        zone = ZoneInfo(ZONES[batch % len(ZONES)])
        histories = [History(random, batch * A_BATCH + number + 1) for number in range(A_BATCH)]
        write(superuser, histories, zone)
        asked = [(history, instant) for history in histories for instant in history.asked]
        answers = superuser.execute(
            """SELECT price_at(product_id, instant), prior_price(product_id, instant)
            FROM unnest(%s::INT[], %s::TIMESTAMPTZ[]) WITH ORDINALITY AS asked (product_id, instant, place) ORDER BY place""",
            [[history.product_id for history, _ in asked], [instant for _, instant in asked]],
        ).fetchall()
        expected = []
        for history, instant in asked:
            now = history.at(instant)
            expected.append((history.prices[-1][1] if now is None else now, history.lowest_before(instant, zone)))
            hours_off += instant - thirty_days_before(instant, zone) != MONTH
        wrong = [
            (zone.key, history.prices, history.sales, instant, answer, right)
            for (history, instant), answer, right in zip(asked, answers, expected, strict=True)
            if answer != right
        ]
        assert wrong == []
        assert None in {lowest for _, lowest in expected}
    assert hours_off > 0, "no thirty days had a change of clocks in them"


def write(superuser, histories, zone):
    """The histories' rows, without the guards that allow nothing to be made up."""
    with superuser.transaction(), superuser.cursor() as cursor:
        cursor.execute("UPDATE store_settings SET time_zone = %s", [zone.key])
        cursor.executemany(
            "INSERT INTO products (product_id, sku, name, price) OVERRIDING SYSTEM VALUE VALUES (%s, %s, 'P', %s)",
            [(history.product_id, f"P{history.product_id}", history.prices[-1][1]) for history in histories],
        )
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM price_history WHERE product_id >= %s", [histories[0].product_id])
        cursor.executemany(
            "INSERT INTO price_history (product_id, valid_from, price) VALUES (%s, %s, %s)",
            [(history.product_id, *row) for history in histories for row in history.prices],
        )
        cursor.executemany(
            "INSERT INTO sale_prices (product_id, valid_from, valid_until, price) VALUES (%s, %s, %s, %s)",
            [(history.product_id, *row) for history in histories for row in history.sales],
        )
