"""What people reported of their shops, and how it ends here: an invented country that was tax-free, prices of three
decimals that became others, and a stranger who read the stock by asking for 10,000 of everything.
"""

import json

import pytest

from tests.security.refusals import refusal

DOROTHY = 6
ONE_HARPOON = '[{"product_id": 1, "quantity": 1}]'
ADDRESS = """
    INSERT INTO addresses (customer_id, recipient, line1, city, postal_code, country_code)
    VALUES (6, 'Dorothy', %s, 'New York', '10004', %s) RETURNING address_id
"""
EVERYTHING = json.dumps([{"product_id": product_id, "quantity": 10000} for product_id in (1, 2, 5, 12)])


@pytest.fixture
def dorothy(seeded_store, database):
    """The shop's connection for Dorothy, a customer."""
    with database.connect("shop_customer", **{"app.customer_id": DOROTHY}) as connection:
        yield connection


@pytest.fixture
def staff(seeded_store, database):
    """A clerk's connection."""
    with database.connect("shop_staff") as connection:
        yield connection


@pytest.mark.parametrize("country", ["ZZ", "UK", "us", "U", ""])
def test_no_address_is_in_an_invented_country(dorothy, country):
    """Nor in the popular wrong code of one; what is no code at all is told as such."""
    assert refusal(dorothy, ADDRESS, "1 Broadway", country).sqlstate == (
        "23503" if country in ("ZZ", "UK") else "23514"
    )


def test_no_address_is_blank(dorothy):
    told = refusal(dorothy, ADDRESS, " ", "US")
    assert (told.sqlstate, told.constraint_name) == ("23514", "label_is_clean_text")


def test_an_address_abroad_is_taxed_there_and_served_once_somebody_says_so(dorothy, seeded_store):
    """The harpoon is 120.00, and postage is free from 100.00."""
    seeded_store.execute("UPDATE countries SET is_served = FALSE WHERE country_code = 'GB'")
    [(london,)] = dorothy.execute(ADDRESS, ["1 Strand", "GB"]).fetchall()
    quote = "SELECT tax_rate::TEXT, tax::TEXT FROM quote_order(%s, NULL, 6, %s)"
    assert refusal(dorothy, quote, ONE_HARPOON, london).sqlstate == "ST002"
    seeded_store.execute("UPDATE countries SET is_served = TRUE WHERE country_code = 'GB'")
    seeded_store.execute("INSERT INTO tax_rates VALUES ('standard', 'GB', '', '2024-01-01', 0.2)")
    assert [(float(rate), tax) for rate, tax in dorothy.execute(quote, [ONE_HARPOON, london])] == [(0.2, "24.00")]
    # And without an address, by what is said of the place, in any case.
    there = "SELECT tax::TEXT FROM quote_order(%s, p_country_code => 'gb')"
    assert dorothy.execute(there, [ONE_HARPOON]).fetchall() == [("24.00",)]


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("INSERT INTO products (sku, name, price, cost) VALUES ('DATES', 'Dates', 1.255, 0.99)", "amount"),
        ("INSERT INTO products (sku, name, price, cost) VALUES ('DATES', 'Dates', 1.25, 0.995)", "amount"),
        ("INSERT INTO products (sku, name, price) VALUES ('SCREW', 'Screw', 0.004)", "amount"),
        ("UPDATE products SET price = 19.995 WHERE sku = 'LANTERN'", "amount"),
        ("INSERT INTO coupons (coupon_code, kind, value) VALUES ('THIRD', 'percent', 33.335)", "amount"),
        ("UPDATE store_settings SET shipping_fee = 4.995", "amount"),
        ("UPDATE store_settings SET free_shipping_from = 49.999", "amount"),
        ("INSERT INTO tax_rates VALUES ('standard', 'KW', '', '2024-01-01', 0.081875)", "share"),
        ("UPDATE store_settings SET currency = 'KWD'", "currency_code"),
        ("UPDATE store_settings SET currency = 'TND'", "currency_code"),
    ],
)
def test_nothing_staff_give_is_rounded(staff, statement, rule):
    told = refusal(staff, statement)
    assert (told.sqlstate, told.datatype_name) == ("23514", rule)


def test_nothing_a_provider_tells_is_rounded(staff):
    assert refusal(staff, "SELECT record_payment(1, 'stripe', 'kw1', 1.255)").sqlstate == "ST003"


def test_a_shopper_reads_no_stock(dorothy):
    """Neither in a quote nor in what a refusal tells nor in the table: ten, or what there is of less."""
    quote = "SELECT product_id, available FROM quote_order(%s) ORDER BY product_id"
    assert dorothy.execute(quote, [EVERYTHING]).fetchall() == [(1, 4), (2, 6), (5, 10), (12, 10)]
    told = refusal(dorothy, "SELECT place_order(6, %s)", EVERYTHING)
    assert told.sqlstate == "ST001"
    assert [short["available"] for short in json.loads(told.message_detail)["items"]] == [4, 6, 10, 10]
    assert refusal(dorothy, "SELECT on_hand FROM inventory").sqlstate == "42501"


def test_the_store_says_how_much_a_shopper_is_told(dorothy, staff):
    quote = "SELECT available FROM quote_order(%s) ORDER BY product_id"
    staff.execute("UPDATE store_settings SET shown_stock = 0")
    assert dorothy.execute(quote, [EVERYTHING]).fetchall() == [(0,)] * 4
    # An order that can be placed is not told otherwise.
    assert dorothy.execute("SELECT place_order(6, %s) IS NOT NULL", [ONE_HARPOON]).fetchone() == (True,)


def test_staff_are_told_what_there_is(staff):
    """Of what was asked for: five of the hardtack's sixty."""
    quote = "SELECT product_id, available FROM quote_order(%s) ORDER BY product_id"
    assert staff.execute(quote, [EVERYTHING]).fetchall() == [(1, 4), (2, 6), (5, 60), (12, 40)]
    assert staff.execute(quote, ['[{"product_id": 5, "quantity": 5}]']).fetchall() == [(5, 5)]


def test_a_shopper_hoards_no_more_than_so_many_orders(store, database):
    """Ten, where the store says nothing else."""
    store.execute("INSERT INTO products (sku, name, price) VALUES ('CUP', 'Cup', 10)")
    store.execute("SELECT receive_stock(1, 100, 'note 1')")
    store.execute("INSERT INTO customers (email) VALUES ('ada@example.com')")
    with database.connect("shop_customer", **{"app.customer_id": 1}) as ada:
        for _ in range(10):
            ada.execute("SELECT place_order(1, %s)", [ONE_HARPOON])
        assert refusal(ada, "SELECT place_order(1, %s)", ONE_HARPOON).sqlstate == "ST009"
