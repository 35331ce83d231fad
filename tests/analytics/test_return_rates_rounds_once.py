"""What thirds and sixths of lines add up to is rounded once: half a cent up, a hair less down."""

from fractions import Fraction
from math import prod

import pytest

from tests.analytics.exact import rounded

PRIMES = [1_000_003, 1_000_033, 1_000_037, 1_000_039]


@pytest.fixture
def refund_value(store):
    """A function that sells lines of (quantity, price in cents, units returned), each a cent less
    than its units, and returns what the report makes of them.
    """
    store.execute(
        """INSERT INTO customers (email) VALUES ('only@store.example');
        INSERT INTO products (sku, name, price) VALUES ('SOLD', 'Sold', 1);
        INSERT INTO orders (customer_id, status, subtotal) VALUES (1, 'shipped', 0)"""
    )

    def sell(lines):
        with store.cursor() as cursor:
            cursor.executemany(
                """INSERT INTO order_items (order_id, line_no, product_id, sku, product_name, quantity,
                    unit_price, discount, shipped_quantity, returned_quantity)
                VALUES (1, %s, 1, 'SOLD', 'Sold', %s, %s::NUMERIC / 100, 0.01, %s, %s)""",
                [(place, units, price, units, returned) for place, (units, price, returned) in enumerate(lines, 1)],
            )
            return cursor.execute("SELECT refund_value FROM return_rates").fetchone()[0]

    return sell


def exact_value(lines):
    """What was returned, in money and without a rounding error."""
    return sum(Fraction((units * price - 1) * returned, 100 * units) for units, price, returned in lines)


def test_three_times_five_sixths_of_a_cent_are_half_a_cent(refund_value):
    lines = 3 * [(6, 2_000_000, 1)]  # a sixth of 119,999.99: 19,999.99 and 5/6 of a cent, three times
    assert exact_value(lines) == Fraction("59999.995")
    assert str(refund_value(lines)) == "60000.00"


def test_a_hair_less_than_half_a_cent_is_no_half(refund_value):
    """Remainders that add up to half a cent, but for one part in twice the product of the primes."""
    product = prod(PRIMES)
    remainders = [(product - 1) // 2 * pow(product // prime, -1, prime) % prime for prime in PRIMES]
    lines = [(prime, 1, prime - remainder) for prime, remainder in zip(PRIMES, remainders)]
    value = exact_value(lines)
    assert (100 * value) % 1 == Fraction(1, 2) - Fraction(1, 2 * product)
    assert refund_value(lines) == rounded(value) < value
