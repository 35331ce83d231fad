"""An order number is its order's alone, says nothing of it, and tells what was mistyped."""

import hashlib
import random
from itertools import combinations

import pytest

from tests.database import copy_of

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
HIGHEST = 2**31 - 1
ENDS = [0, 1, 2, 2**18 - 1, 2**18, 2**30, HIGHEST - 1, HIGHEST]


def number_of(order_id: int, key: bytes) -> str:
    """The number, from its description: ten Feistel rounds of 17 and 18 bits, and the sum over GF(32) zero."""
    upper, lower = divmod(order_id, 2**18)
    for i in range(10):
        source = lower if i % 2 else upper
        bits = int.from_bytes(
            hashlib.sha256(key + i.to_bytes(4, "big") + source.to_bytes(4, "big")).digest()[:3], "big"
        )
        if i % 2:
            upper ^= bits % 2**17
        else:
            lower ^= bits % 2**18
    code = upper * 2**18 + lower
    digits = [code // 32**place % 32 for place in range(6, -1, -1)]
    # Found by trying, so that nothing is shared with the way the store goes.
    check = next(last for last in range(32) if checksum([*digits, last]) == 0)
    text = "".join(ALPHABET[digit] for digit in [*digits, check])
    return f"{text[:4]}-{text[4:]}"


def checksum(digits: list[int]) -> int:
    """The sum of the digits times a^7, a^6, … 1 in GF(32), by schoolbook multiplication."""
    total = 0
    for power, digit in enumerate(reversed(digits)):
        for _ in range(power):
            digit *= 2
            if digit >= 32:
                digit ^= 0b100101
        total ^= digit
    return total


@pytest.fixture(scope="module")
def books(deployed):
    """A store's owner; nothing here changes it."""
    with copy_of(deployed) as database, database.connect() as owner:
        yield owner


def test_the_numbers_are_those_of_the_description(books):
    """Computed a second time, with the store's key."""
    key = books.execute("SELECT key FROM order_number_key").fetchone()[0]
    ids = [*ENDS, *random.Random(1).sample(range(HIGHEST), 2000)]
    numbers = dict(books.execute("SELECT id, order_number(id) FROM unnest(%s::INT[]) AS id", [ids]).fetchall())
    assert numbers == {order_id: number_of(order_id, key) for order_id in ids}


@pytest.mark.any_server
def test_numbers_are_distinct_and_lead_back(books):
    """The first hundred thousand, as many from all over, and both ends."""
    ids = [*range(100_000), *random.Random(2).sample(range(100_000, HIGHEST - 1), 100_000), *ENDS[4:]]
    rows = books.execute(
        """
        WITH numbered AS MATERIALIZED (SELECT id, order_number(id) AS number FROM unnest(%s::INT[]) AS id)
        SELECT
            count(DISTINCT id), count(DISTINCT number), count(*) FILTER (WHERE order_id_of(number) = id),
            count(DISTINCT id) FILTER (WHERE number ~ '^[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}$')
        FROM numbered""",
        [ids],
    ).fetchone()
    assert rows == (len(set(ids)), len(set(ids)), len(ids), len(set(ids)))


def test_every_mistyped_number_is_told(books):
    """Each other character in each place, and each two exchanged, next to each other or not."""
    ids = [*ENDS, *random.Random(3).sample(range(HIGHEST), 60)]
    wrong = []
    for (number,) in books.execute("SELECT order_number(id) FROM unnest(%s::INT[]) AS id", [ids]):
        plain = number.replace("-", "")
        for place in range(8):
            wrong += [plain[:place] + other + plain[place + 1 :] for other in ALPHABET if other != plain[place]]
        for one, other in combinations(range(8), 2):
            if plain[one] != plain[other]:
                swapped = list(plain)
                swapped[one], swapped[other] = swapped[other], swapped[one]
                wrong.append("".join(swapped))
        wrong += [plain[:place] + plain[place + 1 :] for place in range(8)]
    found = books.execute("SELECT array_agg(w) FROM unnest(%s::TEXT[]) AS w WHERE order_id_of(w) IS NOT NULL", [wrong])
    assert len(wrong) > 68 * (8 * 31 + 8)
    assert found.fetchone() == (None,)


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1}", "{2}", "{3}", "{4}", "#{0}", "{0}.", "\u200b{0}"])
def test_a_number_is_read_however_it_is_typed(books, typed):
    """Small letters, no dash, blanks, another dash, full-width, and as pasted out of a sentence or a page."""
    number = books.execute("SELECT order_number(12345)").fetchone()[0]
    plain = number.replace("-", "")
    wide = "".join(chr(ord(c) + 0xFEE0) for c in plain)
    forms = [number, plain.lower(), " ".join(plain), f"{plain[:3]}\u2013{plain[3:]}", wide]
    assert books.execute("SELECT order_id_of(%s)", [typed.format(*forms)]).fetchone() == (12345,)


@pytest.mark.parametrize(
    "text", ["", " ", "-", "12345", "0000-0000", "A" * 8, "K7QM-3XRPÉ", "é" * 8, "%_", "7" * 10**7]
)
def test_anything_else_is_no_number(books, text):
    """Of any size: NULL, and no error."""
    assert books.execute("SELECT order_id_of(%s)", [text]).fetchone() == (None,)


def test_another_key_numbers_otherwise(books):
    """What one store's numbers are tells nothing of another's."""
    with books.transaction(force_rollback=True):
        before = books.execute("SELECT order_number(1)").fetchone()
        books.execute("ALTER TABLE order_number_key DISABLE TRIGGER USER")
        books.execute("UPDATE order_number_key SET key = sha256(key)")
        assert books.execute("SELECT order_number(1)").fetchone() != before


def test_numbers_in_a_row_do_not_look_it(books):
    """Of 20,000 in a row half rise, half fall, and each first character is as frequent as another."""
    rows = books.execute("SELECT order_number(id) FROM generate_series(1, 20000) AS id ORDER BY id").fetchall()
    numbers = [number for (number,) in rows]
    rising = sum(one < other for one, other in zip(numbers, numbers[1:]))
    assert 9_700 < rising < 10_300
    for place in (0, 1, 2, 3, 5, 6, 7, 8):
        counts = [sum(number[place] == symbol for number in numbers) for symbol in ALPHABET]
        assert min(counts) > 500 and max(counts) < 750
