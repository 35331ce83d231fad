"""What becomes of every_rule.csv, worked out by hand: one case of each rule of the mapping."""

import json
from datetime import UTC, datetime
from decimal import Decimal


def at(month, day, hour, minute=0):
    """An instant of 2011 in UTC; London is an hour ahead of it from 27 March to 30 October."""
    return datetime(2011, month, day, hour, minute, tzinfo=UTC)


def rows(store, query):
    return store.execute(query).fetchall()


def test_the_store_is_set_to_where_the_file_comes_from(every_rule):
    query = "SELECT time_zone, currency, country_code, prices_include_tax FROM store_settings"
    assert rows(every_rule, query) == [("Europe/London", "GBP", "GB", False)]


def test_each_invoice_that_sold_something_is_an_order_at_its_earliest_timestamp(every_rule):
    query = """
        SELECT idempotency_key, status, payment_status, total, credited_amount, orders.created_at, email
        FROM orders INNER JOIN customers USING (customer_id) ORDER BY order_id"""
    eleven, thirteen = (f"customer-{number}@online-retail.invalid" for number in (11, 13))
    assert rows(every_rule, query) == [
        ("500001", "returned", "refunded", Decimal("27.50"), Decimal("27.50"), at(1, 10, 10), eleven),
        ("500002", "delivered", "paid", Decimal("4.00"), Decimal("0.00"), at(7, 1, 11), eleven),
        (
            *("500003", "delivered", "paid", Decimal("4.20"), Decimal("0.00"), at(7, 2, 8)),
            "guest-500003@online-retail.invalid",
        ),
        ("500005", "returned", "refunded", Decimal("10.00"), Decimal("10.00"), at(8, 2, 9), eleven),
        ("500015", "delivered", "paid", Decimal("3.75"), Decimal("0.00"), at(8, 10, 9), thirteen),
        # What cost nothing came back: nothing is kept of the order, and no money moved.
        ("500016", "returned", "paid", Decimal("0.00"), Decimal("0.00"), at(8, 11, 9), thirteen),
        (
            *("500018", "delivered", "partly_refunded", Decimal("6.00"), Decimal("3.00")),
            *(at(8, 12, 9), thirteen),
        ),
        # All its money is given back, but the free gift is kept.
        ("500019", "delivered", "refunded", Decimal("6.00"), Decimal("6.00"), at(8, 20, 9), thirteen),
    ]


def test_nobody_owes_anything_and_each_order_was_paid_as_it_was_placed(every_rule):
    query = """
        SELECT DISTINCT balance, paid_amount = total, refunded_amount = credited_amount,
            paid_at = created_at, ship_to_country, ship_to_region, num_nonnulls(ship_to, bill_to)
        FROM orders"""
    assert rows(every_rule, query) == [(Decimal("0.00"), True, True, True, "GB", "", 0)]


def test_each_line_stays_a_line_of_its_own_with_its_own_code_and_description(every_rule):
    query = """
        SELECT idempotency_key, line_no, sku, product_name, quantity, unit_price, returned_quantity
        FROM order_items INNER JOIN orders USING (order_id) ORDER BY order_id, line_no"""
    assert rows(every_rule, query) == [
        ("500001", 1, "10001A", "RED MUG", 5, Decimal("2.50"), 5),
        ("500001", 2, "10001A", "RED MUG", 5, Decimal("2.50"), 5),
        ("500001", 3, "10001A", 'MUG, 7" AND £1', 1, Decimal("2.50"), 1),
        ("500002", 1, "10002", "CUP BLUE", 2, Decimal("1.00"), 0),
        ("500002", 2, "10002", "BLUE CUP", 2, Decimal("1.00"), 0),
        ("500003", 1, "POST", "POSTAGE", 1, Decimal("4.20"), 0),
        ("500003", 2, "10003", "FREE GIFT", 1, Decimal("0.00"), 0),
        ("500005", 1, "10001A", "RED MUG", 4, Decimal("2.50"), 4),
        ("500015", 1, "10002", "CUP, BLUE", 3, Decimal("1.25"), 0),
        ("500016", 1, "10005", "SAMPLE", 1, Decimal("0.00"), 1),
        ("500018", 1, "22006", "LATE BOX", 2, Decimal("3.00"), 1),
        ("500019", 1, "22006", "LATE BOX", 2, Decimal("3.00"), 2),
        ("500019", 2, "10003", "FREE GIFT", 1, Decimal("0.00"), 0),
    ]


def test_a_cancellation_takes_the_newest_sales_first_and_one_too_large_takes_nothing(every_rule):
    query = """
        SELECT reason, idempotency_key, line_no, quantity, returns.created_at
        FROM returns INNER JOIN orders USING (order_id) INNER JOIN shipments USING (shipment_id, order_id)
        WHERE restocked
        ORDER BY reason, idempotency_key DESC, line_no DESC"""
    assert rows(every_rule, query) == [
        # Six: all four of August, then the last lines of January.
        ("C500008", "500005", 1, 4, at(8, 5, 9)),
        ("C500008", "500001", 3, 1, at(8, 5, 9)),
        ("C500008", "500001", 2, 1, at(8, 5, 9)),
        # C500009 wants ten of the nine that are left, and takes none; so this one finds nine.
        ("C500010", "500001", 2, 4, at(8, 7, 9)),
        ("C500010", "500001", 1, 5, at(8, 7, 9)),
        # At the very instant of the sale, and on an earlier line than it.
        ("C500017", "500018", 1, 1, at(8, 12, 9)),
        # Two lines of one cancellation, from the same line of an order; and one of what was free.
        ("C500020", "500019", 1, 1, at(8, 21, 9)),
        ("C500020", "500019", 1, 1, at(8, 21, 9)),
        ("C500020", "500016", 1, 1, at(8, 21, 9)),
    ]


def test_what_came_back_is_credited_once_a_cancellation_and_order_line(every_rule):
    query = """
        SELECT idempotency_key, credit_no, line_no, kind, quantity, net, credits.tax, is_supplied, reason,
            credits.created_at
        FROM credits INNER JOIN orders USING (order_id) ORDER BY idempotency_key, credit_no, line_no"""
    nothing, first, second = Decimal("0.00"), at(8, 5, 9), at(8, 7, 9)
    assert rows(every_rule, query) == [
        ("500001", 1, 2, "return", 1, Decimal("2.50"), nothing, True, "C500008", first),
        ("500001", 1, 3, "return", 1, Decimal("2.50"), nothing, True, "C500008", first),
        ("500001", 2, 1, "return", 5, Decimal("12.50"), nothing, True, "C500010", second),
        ("500001", 2, 2, "return", 4, Decimal("10.00"), nothing, True, "C500010", second),
        ("500005", 1, 1, "return", 4, Decimal("10.00"), nothing, True, "C500008", first),
        ("500018", 1, 1, "return", 1, Decimal("3.00"), nothing, True, "C500017", at(8, 12, 9)),
        ("500019", 1, 1, "return", 2, Decimal("6.00"), nothing, True, "C500020", at(8, 21, 9)),
    ]


def test_what_is_left_out_is_kept_with_its_reason_and_as_the_file_had_it(every_rule):
    query = "SELECT line_no, reason FROM import_rejects ORDER BY line_no"
    assert rows(every_rule, query) == [
        (8, "bad_debt"),
        (9, "price_below_cent"),
        (14, "return_exceeds_sale"),
        (16, "return_without_sale"),  # cancelled the day before it was sold
        (17, "return_without_sale"),  # at another price
        (18, "return_without_sale"),  # a guest's
        (19, "return_without_sale"),  # another customer's
    ]
    [(line,)] = rows(every_rule, "SELECT line::TEXT FROM import_rejects WHERE line_no = 18")
    assert json.loads(line) == {
        "line_no": 18,
        "invoice_no": "C500013",
        "stock_code": "POST",
        "description": "POSTAGE",
        "quantity": -1,
        "invoice_ts": "2011-08-08T11:00:00",
        "unit_price": 4.2,
        "customer_id": None,
        "country": "EIRE",
    }


def test_every_payment_is_a_charge_of_an_order_or_a_refund_of_an_order_by_a_cancellation(every_rule):
    query = "SELECT kind, provider, provider_reference, amount, occurred_at FROM payments ORDER BY payment_id"
    assert rows(every_rule, query) == [
        ("charge", "import", "500001", Decimal("27.50"), at(1, 10, 10)),
        ("charge", "import", "500002", Decimal("4.00"), at(7, 1, 11)),
        ("charge", "import", "500003", Decimal("4.20"), at(7, 2, 8)),
        ("charge", "import", "500005", Decimal("10.00"), at(8, 2, 9)),
        ("refund", "import", "C500008/500001", Decimal("5.00"), at(8, 5, 9)),
        ("refund", "import", "C500008/500005", Decimal("10.00"), at(8, 5, 9)),
        ("refund", "import", "C500010/500001", Decimal("22.50"), at(8, 7, 9)),
        ("charge", "import", "500015", Decimal("3.75"), at(8, 10, 9)),
        ("charge", "import", "500018", Decimal("6.00"), at(8, 12, 9)),
        ("refund", "import", "C500017/500018", Decimal("3.00"), at(8, 12, 9)),
        ("charge", "import", "500019", Decimal("6.00"), at(8, 20, 9)),
        ("refund", "import", "C500020/500019", Decimal("6.00"), at(8, 21, 9)),
    ]
    assert rows(every_rule, "SELECT count(*) FROM payments WHERE created_at <> occurred_at") == [(0,)]


def test_every_order_left_whole_in_one_parcel(every_rule):
    query = """
        SELECT carrier, tracking_number = idempotency_key, shipped_at = created_at,
            delivered_at = created_at, delivery_net + delivery_tax, count(*)
        FROM shipments INNER JOIN orders USING (order_id) GROUP BY 1, 2, 3, 4, 5"""
    assert rows(every_rule, query) == [("import", True, True, True, Decimal("0.00"), 8)]
    query = """
        SELECT count(*), bool_and(shipment_items.quantity = order_items.quantity),
            bool_and(shipped_quantity = order_items.quantity),
            bool_and(net = order_items.quantity * unit_price), sum(net), sum(shipment_items.tax)
        FROM shipment_items FULL JOIN order_items USING (order_id, line_no)"""
    # 27.50, 4.00, 4.20, 10.00, 3.75, 0.00, 6.00 and 6.00.
    assert rows(every_rule, query) == [(13, True, True, True, Decimal("61.45"), Decimal("0.00"))]


def test_customers_are_the_numbers_of_the_file_and_a_guest_for_each_order_without(every_rule):
    query = "SELECT email, first_name, last_name, created_at FROM customers ORDER BY customer_id"
    assert rows(every_rule, query) == [
        ("customer-11@online-retail.invalid", None, "11", at(1, 10, 10)),
        ("guest-500003@online-retail.invalid", None, None, at(7, 2, 8)),
        ("customer-12@online-retail.invalid", None, "12", at(8, 9, 9)),  # never ordered
        ("customer-13@online-retail.invalid", None, "13", at(8, 10, 9)),
    ]


def test_products_are_named_by_use_and_priced_as_last_sold(every_rule):
    query = """
        SELECT sku, products.name, price, is_active, parents.name, categories.name, products.created_at
        FROM products INNER JOIN categories USING (category_id)
        LEFT JOIN categories AS parents ON categories.parent_id = parents.category_id
        ORDER BY product_id"""
    assert rows(every_rule, query) == [
        ("10001A", "RED MUG", Decimal("2.50"), True, "Goods", "10", at(1, 10, 10)),
        # Three descriptions, once each on a loaded line at a price: the first wins.
        ("10002", "CUP BLUE", Decimal("1.25"), True, "Goods", "10", at(7, 1, 11)),
        ("POST", "POSTAGE", Decimal("4.20"), True, None, "Other", at(7, 2, 8)),
        ("10003", "10003", Decimal("0.00"), False, "Goods", "10", at(7, 2, 8)),
        ("10004", "10004", Decimal("0.00"), False, "Goods", "10", at(8, 4, 9)),
        ("10005", "10005", Decimal("0.00"), False, "Goods", "10", at(8, 11, 9)),
        ("22006", "LATE BOX", Decimal("3.00"), True, "Goods", "22", at(8, 12, 9)),
    ]


def test_stock_opens_with_the_least_that_never_runs_out(every_rule):
    query = """
        SELECT sku, quantity, reason, reference, stock_adjustments.created_at
        FROM stock_adjustments INNER JOIN products USING (product_id) ORDER BY stock_adjustment_id"""
    opening = datetime(2010, 12, 1, tzinfo=UTC)
    assert rows(every_rule, query) == [
        ("10001A", 18, "receipt", "opening", opening),  # -11, -4, -3, then +6, +9
        ("10002", 7, "receipt", "opening", opening),
        ("POST", 1, "receipt", "opening", opening),
        ("10003", 2, "receipt", "opening", opening),
        ("10005", 1, "receipt", "opening", opening),
        ("22006", 3, "receipt", "opening", opening),  # +1 on the line before -2, then -2, +1, +1
        ("10001A", -3, "loss", "500006", at(8, 3, 9)),
        ("10004", 7, "count", "500007", at(8, 4, 9)),
    ]
    query = """
        SELECT sku, on_hand FROM inventory INNER JOIN products USING (product_id)
        WHERE on_hand > 0 OR reserved > 0 ORDER BY sku"""
    assert rows(every_rule, query) == [("10001A", 15), ("10004", 7), ("10005", 1), ("22006", 2)]


def test_the_audit_trail_tells_each_life_in_order(every_rule):
    query = """
        SELECT order_audit.action, order_audit.performed_at
        FROM order_audit INNER JOIN orders USING (order_id) WHERE idempotency_key = '500001' ORDER BY id"""
    bought, returned_some, returned_all = at(1, 10, 10), at(8, 5, 9), at(8, 7, 9)
    assert rows(every_rule, query) == [
        ("placed", bought),
        ("payment", bought),
        ("paid", bought),
        ("shipped", bought),
        ("delivered", bought),
        ("returned", returned_some),
        ("refund", returned_some),
        ("returned", returned_all),
        ("refund", returned_all),
    ]
    query = """
        SELECT action, details FROM order_audit INNER JOIN orders USING (order_id)
        WHERE idempotency_key = '500016' ORDER BY id"""
    (placed, *later) = rows(every_rule, query)
    assert placed == ("placed", {"total": 0, "country": "France"})
    assert [action for action, _ in later] == ["paid", "shipped", "delivered", "returned"]  # no money moved
    returned = later[-1][1]
    assert returned.pop("shipment_id") == later[1][1]["shipment_id"]  # the parcel it had left in
    units = [{"line_no": 1, "quantity": 1}]
    assert returned == {"credit_no": None, "items": units, "amount": 0, "restocked": True}


def test_the_audit_trail_tells_what_left_and_what_came_back(every_rule):
    query = """
        SELECT action, details - 'shipment_id' - 'shipment_ids' - 'payment_id'
        FROM order_audit INNER JOIN orders USING (order_id) WHERE idempotency_key = '500019' ORDER BY id"""
    assert rows(every_rule, query) == [
        ("placed", {"total": 6.00, "country": "France"}),
        ("payment", {"amount": 6.00, "provider": "import"}),
        ("paid", {"total": 6.00}),
        (
            "shipped",
            {"items": [{"line_no": 1, "quantity": 2}, {"line_no": 2, "quantity": 1}], "complete": True},
        ),
        ("delivered", {}),
        (
            "returned",
            {"credit_no": 1, "items": [{"line_no": 1, "quantity": 2}], "amount": 6.00, "restocked": True},
        ),
        ("refund", {"amount": 6.00, "provider": "import"}),
    ]
    query = """
        SELECT count(*) FROM order_audit LEFT JOIN shipments ON order_audit.order_id = shipments.order_id
            AND coalesce(details -> 'shipment_id', details -> 'shipment_ids' -> 0) = to_jsonb(shipment_id)
        LEFT JOIN payments ON order_audit.order_id = payments.order_id
            AND details -> 'payment_id' = to_jsonb(payment_id)
        WHERE shipment_id IS NOT NULL OR payment_id IS NOT NULL"""
    assert rows(every_rule, query) == [(8 * 2 + 6 + 12,)]  # parcels twice, returns, payments
    assert rows(every_rule, "SELECT count(*) FROM order_audit WHERE customer_id IS NOT NULL") == [(0,)]


def test_the_books_balance(every_rule):
    assert rows(every_rule, "SELECT * FROM integrity_violations") == []
