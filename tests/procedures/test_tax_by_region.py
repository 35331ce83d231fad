"""Tax by region: a store in New York that also sells to other states, to Canada and to a country taxed as a whole.

A lamp of 100.00 is of class standard, a book of 40.00 of class reduced, and postage of 10.00 is standard. Every tax here
is worked out by hand.
"""

import json

import pytest

from tests.security.refusals import refusal

SHOP = """
UPDATE store_settings SET region_code = 'NY', shipping_fee = 10;
UPDATE countries SET is_served = TRUE WHERE country_code IN ('CA', 'DE', 'GB');
INSERT INTO tax_rates (tax_class, country_code, region_code, valid_from, rate) VALUES
-- Of the states Oregon has no sales tax, and books are free of it in New York. What else is reduced is so everywhere.
('standard', 'US', 'NY', '2020-01-01', 0.08875), ('reduced', 'US', 'NY', '2020-01-01', 0),
('standard', 'US', 'CA', '2020-01-01', 0.08), ('standard', 'US', 'CA', '2021-01-01', 0.0725),
('standard', 'US', 'CA', '2999-01-01', 0.5), ('reduced', 'US', '', '2020-01-01', 0.02),
('standard', 'US', 'OR', '2020-01-01', 0), ('reduced', 'US', 'OR', '2020-01-01', 0),
-- A region of books alone is none, and one whose day is to come is not there yet.
('reduced', 'US', 'TX', '2020-01-01', 0), ('standard', 'US', 'WA', '2999-01-01', 0.065),
-- Canada: the federal tax and the province's in one rate; Quebec's is not harmonised and has five digits.
('standard', 'CA', '', '2020-01-01', 0.05),
('standard', 'CA', 'QC', '2020-01-01', 0.14975), ('reduced', 'CA', 'QC', '2020-01-01', 0.05),
('standard', 'CA', 'ON', '2020-01-01', 0.13), ('standard', 'CA', 'AB', '2020-01-01', 0.05),
('standard', 'DE', '', '2020-01-01', 0.19), ('reduced', 'DE', '', '2020-01-01', 0.07);
INSERT INTO products (sku, name, tax_class, price) VALUES
('LAMP', 'Lamp', 'standard', 100), ('BOOK', 'Book', 'reduced', 40);
SELECT receive_stock(product_id, 100, 'note 1') FROM products;
INSERT INTO customers (email) VALUES ('ada@example.com');
INSERT INTO addresses (customer_id, recipient, line1, city, country_code, region_code) VALUES
(1, 'Ada', '1 Broadway', 'New York', 'US', 'NY'), (1, 'Ada', '2 Canal Street', 'New York', 'US', 'NY'),
(1, 'Ada', '3 Pine Street', 'Portland', 'US', 'OR'), (1, 'Ada', '4 Rue', 'Montreal', 'CA', 'QC'),
(1, 'Ada', '5 Street', 'Nowhere', 'US', NULL), (1, 'Ada', '6 Street', 'Nowhere', 'US', 'NX'),
(1, 'Ada', '7 Gasse', 'Munich', 'DE', 'BY');
"""
NEW_YORK, NEW_YORK_TOO, PORTLAND, MONTREAL, NO_STATE, NO_SUCH_STATE, MUNICH = range(1, 8)
LAMP_AND_BOOK = '[{"product_id": 1, "quantity": 1}, {"product_id": 2, "quantity": 1}]'


@pytest.fixture
def shop(store):
    store.execute(SHOP)
    return store


def test_a_place_is_taxed_by_its_region_else_by_its_country(shop):
    quote = (
        "SELECT array_agg(tax::TEXT ORDER BY line_no), min(order_tax)::TEXT FROM quote_order(%s, %s, %s, %s, %s, %s)"
    )
    places = {
        # 8.875, and 0.8875 on the postage; the book is free.
        ("US", "NY"): (["8.88", "0.00"], "9.77"),
        # The latest rate that has begun, and what is reduced as in all the country: 7.25 + 0.80 + 0.725.
        ("US", "CA"): (["7.25", "0.80"], "8.78"),
        ("US", "OR"): (["0.00", "0.00"], "0.00"),
        # 14.975 + 2.00 + 1.4975.
        ("CA", "QC"): (["14.98", "2.00"], "18.48"),
        # Ontario has no reduced rate, and Canada none: not taxed.
        ("CA", "ON"): (["13.00", "0.00"], "14.30"),
        ("CA", "AB"): (["5.00", "0.00"], "5.50"),
        # A country taxed as a whole, wherever in it: 19.00 + 2.80 + 1.90.
        ("DE", "BY"): (["19.00", "2.80"], "23.70"),
        ("DE", None): (["19.00", "2.80"], "23.70"),
        # One without any rate.
        ("GB", None): (["0.00", "0.00"], "0.00"),
        # Nowhere in particular: where the store is.
        (None, None): (["8.88", "0.00"], "9.77"),
    }
    told = {place: shop.execute(quote, [LAMP_AND_BOOK, None, None, None, *place]).fetchone() for place in places}
    assert told == places


def test_a_place_that_is_none_is_not_taxed_otherwise_but_refused(shop):
    quote = "SELECT * FROM quote_order(%s, p_country_code => %s, p_region_code => %s)"
    problems = {
        ("US", None): "needs a region",
        ("US", ""): "needs a region",
        ("US", "NX"): "has no such region",
        ("US", "TX"): "has no such region",
        ("US", "WA"): "has no such region",
        ("CA", None): "needs a region",
        ("CA", "NY"): "has no such region",
        ("FR", None): "is not served",
        ("ZZ", None): "is no country",
        ("UK", None): "is no country",
    }
    told = {place: refusal(shop, quote, LAMP_AND_BOOK, *place) for place in problems}
    assert {place: (of.sqlstate, json.loads(of.message_detail)["problem"]) for place, of in told.items()} == {
        place: ("ST002", problem) for place, problem in problems.items()
    }


@pytest.mark.parametrize("address", [NO_STATE, NO_SUCH_STATE])
def test_a_saved_address_may_be_incomplete_an_order_s_may_not(shop, address):
    placing = "SELECT place_order(1, %s, p_address_id => %s)"
    assert refusal(shop, placing, LAMP_AND_BOOK, address).sqlstate == "ST002"
    shop.execute("UPDATE addresses SET region_code = 'OR' WHERE address_id = %s", [address])
    shop.execute(placing, [LAMP_AND_BOOK, address])
    assert places_and_taxes(shop) == [("US", "OR", "0.00")]


def test_orders_keep_where_they_were_taxed(shop):
    for address in (NEW_YORK, PORTLAND, MONTREAL, MUNICH, None):
        shop.execute("SELECT place_order(1, %s, p_address_id => %s)", [LAMP_AND_BOOK, address])
    taxed = [
        ("US", "NY", "9.77"), ("US", "OR", "0.00"), ("CA", "QC", "18.48"), ("DE", "BY", "23.70"), ("US", "NY", "9.77"),
    ]  # fmt: skip
    assert places_and_taxes(shop) == taxed
    # A rate, and the store, may change; what was placed stays.
    shop.execute("UPDATE tax_rates SET rate = 0.2 WHERE country_code = 'CA'")
    shop.execute("UPDATE store_settings SET country_code = 'DE', region_code = ''")
    assert places_and_taxes(shop) == taxed
    assert shop.execute("SELECT * FROM integrity_violations").fetchall() == []


def test_an_order_is_redirected_within_its_taxes(shop):
    shop.execute("SELECT place_order(1, %s, p_address_id => %s)", [LAMP_AND_BOOK, NEW_YORK])
    redirecting = "SELECT redirect_order(1, %s)"
    assert refusal(shop, redirecting, PORTLAND).sqlstate == "ST007"
    assert refusal(shop, redirecting, MUNICH).sqlstate == "ST007"
    assert refusal(shop, redirecting, NO_STATE).sqlstate == "ST002"
    assert refusal(shop, redirecting, NO_SUCH_STATE).sqlstate == "ST002"
    shop.execute(redirecting, [NEW_YORK_TOO])
    assert shop.execute("SELECT ship_to ->> 'line1', ship_to_region FROM orders").fetchone() == ("2 Canal Street", "NY")


def test_the_region_outlives_the_customer_in_the_tax_summary(shop):
    """By country and region, class and rate; what comes back is taken off where it was sold."""
    for address in (NEW_YORK, MONTREAL):
        shop.execute("SELECT place_order(1, %s, p_address_id => %s)", [LAMP_AND_BOOK, address])
    for order, total in ((1, "159.77"), (2, "168.48")):
        shop.execute("SELECT record_payment(%s, 'bank', %s, %s)", [order, f"charge {order}", total])
        shop.execute("SELECT ship_order(%s, 'Post', NULL), deliver_order(%s)", [order, order])
    shop.execute('SELECT return_items(2, \'[{"line_no": 2, "quantity": 1}]\')')
    shop.execute("SELECT refund_order(2, 'bank', 'refund 2', 42)")
    summary = """
        SELECT country_code::TEXT, region_code::TEXT, tax_class::TEXT, tax_rate::TEXT, order_count,
            taxable_amount::TEXT, tax::TEXT, credited_net::TEXT, credited_tax::TEXT, net_tax::TEXT
        FROM tax_summary ORDER BY 1, 2, 3
    """
    expected = [
        ("CA", "QC", "reduced", "0.05000", 1, "40.00", "2.00", "40.00", "2.00", "0.00"),
        ("CA", "QC", "standard", "0.14975", 1, "110.00", "16.48", "0.00", "0.00", "16.48"),
        ("US", "NY", "reduced", "0.00000", 1, "40.00", "0.00", "0.00", "0.00", "0.00"),
        ("US", "NY", "standard", "0.08875", 1, "110.00", "9.77", "0.00", "0.00", "9.77"),
    ]
    assert shop.execute(summary).fetchall() == expected
    shop.execute("SELECT erase_customer(1)")
    assert shop.execute("SELECT count(ship_to) FROM orders").fetchone() == (0,)
    assert shop.execute(summary).fetchall() == expected
    assert places_and_taxes(shop) == [("US", "NY", "9.77"), ("CA", "QC", "18.48")]


def places_and_taxes(shop):
    """Where each order is taxed, and how much."""
    query = "SELECT ship_to_country::TEXT, ship_to_region::TEXT, tax::TEXT FROM orders ORDER BY order_id"
    return shop.execute(query).fetchall()
