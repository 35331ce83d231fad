"""A shop with an order in every state, for tests that change nothing in it: made once a file."""

import pytest

from tests.database import copy_of

SHOP = """
UPDATE store_settings SET max_pending_orders = 2;
INSERT INTO tax_rates (tax_class, country_code, valid_from, rate) VALUES ('standard', 'US', '2020-01-01', 0.1);
-- Canada is served, and taxes by province; France is not served.
UPDATE countries SET is_served = TRUE WHERE country_code = 'CA';
INSERT INTO tax_rates (tax_class, country_code, region_code, valid_from, rate) VALUES
('standard', 'CA', 'QC', '2020-01-01', 0.14975), ('reduced', 'CA', 'AB', '2020-01-01', 0.05);

INSERT INTO customers (email) VALUES ('ada@example.com'), ('bob@example.com');
INSERT INTO customers (email, erased_at) VALUES ('erased-3@erased.invalid', now());
INSERT INTO customers (email) VALUES ('eve@example.com');
INSERT INTO addresses (customer_id, recipient, line1, city, country_code) VALUES
(1, 'Ada', '1 Street', 'Town', 'US'),
(2, 'Bob', '2 Street', 'Town', 'US'),
(1, 'Ada', '3 Rue', 'Paris', 'FR'),
(1, 'Ada', '4 Street', 'Montreal', 'CA');
INSERT INTO addresses (customer_id, recipient, line1, city, region_code, country_code) VALUES
(1, 'Ada', '5 Street', 'Calgary', 'AB', 'CA'),
(1, 'Ada', '6 Street', 'Montreal', 'QC', 'CA');

INSERT INTO products (sku, name, price, is_active) VALUES
('KETTLE', 'Kettle', 10, TRUE),
('TEAPOT', 'Teapot', 20, FALSE),
('CROWN', 'Crown', 9999999999.99, TRUE),
('LAST', 'The last one', 5, TRUE),
('PAIL', 'Pail', 5, TRUE);
SELECT receive_stock(1, 1000, 'note 1'), receive_stock(3, 10, 'note 2'), receive_stock(4, 1, 'note 3');
SELECT receive_stock(5, 5, 'note 4');

INSERT INTO coupons (coupon_code, kind, value, valid_from, valid_until) VALUES
('SOON', 'fixed', 1, current_date + 2, NULL),
('OVER', 'fixed', 1, '2020-01-01', '2020-02-01');
INSERT INTO coupons (coupon_code, kind, value, minimum_subtotal) VALUES ('RICH', 'fixed', 1, 1000.01);
INSERT INTO coupons (coupon_code, kind, value, usage_limit) VALUES ('SPENT', 'fixed', 1, 1);
INSERT INTO coupons (coupon_code, kind, value, per_customer_limit) VALUES ('ONCE', 'fixed', 1, 1);
"""

# Two kettles each: 22.00 with tax; 1.00 less with a coupon. Their numbers are the order in which they are placed here.
PENDING, PAID, PARTLY_SHIPPED, SHIPPED, DELIVERED, CANCELLED, RETURNED, EVES_FIRST, EVES_SECOND, RELEASED = range(1, 11)
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
SELECT record_payment({RETURNED}, 'bank', 'charge-{RETURNED}', {TOTAL});
SELECT ship_order({RETURNED}, 'Post', NULL);
SELECT return_items({RETURNED}, '[{{"line_no": 1, "quantity": 2}}]', FALSE);
SELECT refund_order({RETURNED}, 'bank', 'refund-{RETURNED}', {TOTAL});
SELECT place_order(4, '{TWO_KETTLES}', NULL, 'spent');
SELECT place_order(4, '{TWO_KETTLES}');
SELECT place_order(2, '{TWO_KETTLES}');
SELECT release_order({RELEASED}, 'on account');
SELECT grant_allowance({DELIVERED}, 1, 'scratched', NULL, 'call-key');
SELECT refund_order({DELIVERED}, 'bank', 'refund-{DELIVERED}', 1);
SELECT place_order(2, '{TWO_KETTLES}');
SELECT release_order(11, 'on account');
SELECT ship_order(11, 'Post', NULL);
SELECT write_off(11, 'moved away');
SELECT record_payment({EVES_FIRST}, 'bank', 'wrong', 1);
SELECT reverse_payment(8, 'another order''s', NULL);
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
