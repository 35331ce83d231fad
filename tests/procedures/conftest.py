"""A shop with an order in every state, for tests that change nothing in it: made once a file."""

import pytest

from tests.database import copy_of

SHOP = """
UPDATE store_settings SET max_pending_orders = 2;
INSERT INTO tax_rates VALUES ('standard', 'US', '2020-01-01', 0.1);

INSERT INTO customers (email) VALUES ('ada@example.com'), ('bob@example.com');
INSERT INTO customers (email, erased_at) VALUES ('erased-3@erased.invalid', now());
INSERT INTO customers (email) VALUES ('eve@example.com');
INSERT INTO addresses (customer_id, recipient, line1, city, country_code) VALUES
(1, 'Ada', '1 Street', 'Town', 'US'),
(2, 'Bob', '2 Street', 'Town', 'US');

INSERT INTO products (sku, name, price, is_active) VALUES
('KETTLE', 'Kettle', 10, TRUE),
('TEAPOT', 'Teapot', 20, FALSE),
('CROWN', 'Crown', 9999999999.99, TRUE),
('LAST', 'The last one', 5, TRUE),
('PAIL', 'Pail', 5, TRUE);
SELECT receive_stock(1, 1000, 'note 1'), receive_stock(3, 10, 'note 2'), receive_stock(4, 1, 'note 3');
SELECT receive_stock(5, 5, 'note 4');

INSERT INTO coupons (coupon_code, kind, value, valid_from, valid_until) VALUES
('SOON', 'fixed', 1, now() + INTERVAL '1 day', NULL),
('OVER', 'fixed', 1, '2020-01-01', '2020-02-01');
INSERT INTO coupons (coupon_code, kind, value, minimum_subtotal) VALUES ('RICH', 'fixed', 1, 1000.01);
INSERT INTO coupons (coupon_code, kind, value, usage_limit) VALUES ('SPENT', 'fixed', 1, 1);
INSERT INTO coupons (coupon_code, kind, value, per_customer_limit) VALUES ('ONCE', 'fixed', 1, 1);
"""

# Two kettles each: 22.00 with tax; 1.00 less with a coupon. Their numbers are the order in which they are placed here.
PENDING, PAID, PARTLY_SHIPPED, SHIPPED, DELIVERED, CANCELLED, REFUNDED, EVES_FIRST, EVES_SECOND = range(1, 10)
TOTAL = "22.00"
TWO_KETTLES = '[{"product_id": 1, "quantity": 2}]'

ORDERS = f"""
SELECT place_order(1, '{TWO_KETTLES}', 'the-key', 'once');
SELECT place_order(2, '{TWO_KETTLES}');
SELECT record_payment({PAID}, 'bank', 'charge-{PAID}', {TOTAL});
SELECT place_order(2, '{TWO_KETTLES}');
SELECT record_payment({PARTLY_SHIPPED}, 'bank', 'charge-{PARTLY_SHIPPED}', {TOTAL});
SELECT ship_order({PARTLY_SHIPPED}, 'Post', NULL, '[{{"line_no": 1, "quantity": 1}}]');
SELECT place_order(2, '{TWO_KETTLES}');
SELECT record_payment({SHIPPED}, 'bank', 'charge-{SHIPPED}', {TOTAL});
SELECT ship_order({SHIPPED}, 'Post', NULL);
SELECT place_order(2, '{TWO_KETTLES}');
SELECT record_payment({DELIVERED}, 'bank', 'charge-{DELIVERED}', {TOTAL});
SELECT ship_order({DELIVERED}, 'Post', NULL);
SELECT deliver_order({DELIVERED});
SELECT place_order(2, '{TWO_KETTLES}');
SELECT cancel_order({CANCELLED}, 'changed my mind');
SELECT place_order(2, '{TWO_KETTLES}');
SELECT record_payment({REFUNDED}, 'bank', 'charge-{REFUNDED}', {TOTAL});
SELECT ship_order({REFUNDED}, 'Post', NULL);
SELECT refund_order({REFUNDED}, 'bank', 'refund-{REFUNDED}', {TOTAL});
SELECT place_order(4, '{TWO_KETTLES}', NULL, 'spent');
SELECT place_order(4, '{TWO_KETTLES}');
SELECT read_order_events('the warehouse');
"""


@pytest.fixture(scope="module")
def shop_database(deployed):
    """The shop's database, the same one for every test of a file."""
    with copy_of(deployed) as database:
        with database.connect() as owner:
            owner.execute(SHOP + ORDERS)
        yield database


@pytest.fixture(scope="module")
def shop(shop_database):
    """The owner's connection to it."""
    with shop_database.connect() as owner:
        yield owner
