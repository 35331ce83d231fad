"""What people reported of their shops, and how it ends here: goodwill that blocked a parcel or ate a return, a bank that
took back what was refunded, a missing cent that held the stock, cancelled units that counted as sold.

Dorothy (6) buys a lantern for 45.00, sometimes a rope for 18.00, at 12 % tax and 5.00 postage: gross 50.40, 20.16 and
5.60, so 56.00 or 76.16 in all.
"""

from decimal import Decimal

import pytest
from psycopg.errors import DatabaseError

LANTERN, ROPE, SCRIMSHAW = 2, 3, 19
THIS_MONTH = "month = (SELECT date_trunc('month', today)::DATE FROM store_clock())"


class Shop:
    """The demo store; its orders by number."""

    def __init__(self, connection):
        self.run = connection.execute

    def ask(self, query, *values):
        """The one row of an answer, or None; the one value, if it has but one."""
        row = self.run(query, values).fetchone()
        return row[0] if row and len(row) == 1 else row

    def refused(self, query, *values):
        with pytest.raises(DatabaseError) as refusal:
            self.run(query, values)
        return refusal.value.sqlstate

    def bought(self, *products, quantity=1, missing=0):
        """A new order, paid but for what is missing."""
        items = ", ".join(f'{{"product_id": {product}, "quantity": {quantity}}}' for product in products)
        order = self.ask("SELECT place_order(6, %s)", f"[{items}]")
        total = self.ask("SELECT total FROM orders WHERE order_id = %s", order)
        self.ask("SELECT record_payment(%s, 'bank', %s, %s)", order, f"charge {order}", total - missing)
        return order

    def ship(self, order, line_no=None):
        items = line_no and f'[{{"line_no": {line_no}, "quantity": 1}}]'
        return self.ask("SELECT ship_order(%s, 'Nantucket Post', NULL, %s)", order, items)

    def give_back(self, order, reference, amount, allowance=False):
        return self.ask(
            "SELECT refund_order(%s, 'bank', %s, %s, p_allowance => %s)", order, reference, amount, allowance
        )

    def state(self, order):
        return self.ask("SELECT status, payment_status, balance FROM orders WHERE order_id = %s", order)

    def due(self, order):
        return self.ask("SELECT amount_due FROM refunds_due WHERE order_id = %s", order)

    def owed(self, order):
        return self.ask("SELECT amount_owed FROM receivables WHERE order_id = %s", order)


@pytest.fixture
def shop(seeded_store):
    yield Shop(seeded_store)
    assert seeded_store.execute("TABLE integrity_violations").fetchall() == []


def test_goodwill_between_two_parcels_stops_neither(shop):
    order = shop.bought(LANTERN, ROPE)
    # Nothing is owed yet, so giving money back is giving up worth, and has to be said.
    assert shop.refused("SELECT refund_order(%s, 'bank', 'late 1', 5.60)", order) == "ST008"
    shop.give_back(order, "late 1", "5.60", allowance=True)
    shop.ship(order, line_no=1)
    shop.give_back(order, "late 2", "5.60", allowance=True)
    shop.ship(order)
    assert shop.state(order) == ("shipped", "partly_refunded", Decimal("0.00"))
    # 76.16 less twice 5.60; the parcels carry the worth that was left as they went: of 5.60 the rope bore 1.48, with
    # 0.16 of tax in it, each time.
    parcels = shop.run(
        """SELECT net + tax FROM shipment_items WHERE order_id = %s ORDER BY shipment_id""", [order]
    ).fetchall()
    assert parcels == [(Decimal("46.69"),), (Decimal("17.20"),)]


def test_after_a_cent_of_goodwill_what_never_left_is_due_in_full(shop):
    order = shop.bought(LANTERN, ROPE)
    shop.ship(order, line_no=1)
    shop.give_back(order, "sorry", "0.01", allowance=True)  # borne by the lantern: 0.01 x 50.40 / 76.16 rounds to it
    shop.ask("""SELECT cancel_order(%s, 'sold out', '[{"line_no": 2, "quantity": 1}]')""", order)
    assert (shop.due(order), shop.state(order)[0]) == (Decimal("20.16"), "shipped")


def test_a_bank_takes_back_what_was_refunded_already(shop):
    order = shop.bought(LANTERN)
    shop.ship(order)
    shop.ask("""SELECT return_items(%s, '[{"line_no": 1, "quantity": 1}]')""", order)
    shop.give_back(order, "back", "56.00")
    assert shop.state(order) == ("returned", "refunded", Decimal("0.00"))
    # A fact, and the store is 56.00 the poorer.
    shop.ask("SELECT record_chargeback(%s, 'bank', 'dispute', 56.00)", order)
    assert shop.state(order) == ("returned", "charged_back", Decimal("56.00"))
    assert shop.owed(order) == Decimal("56.00")
    shop.ask("SELECT write_off(%s, 'the bank will not hear of it')", order)
    assert shop.owed(order) is None


def test_nothing_is_on_its_way_once_all_of_a_line_came_back(shop):
    """Whichever of two parcels it was said to have been in; the other one arrives and ends the order."""
    order = shop.bought(LANTERN, ROPE)
    lantern, rope = shop.ship(order, line_no=1), shop.ship(order)
    shop.ask("""SELECT return_items(%s, '[{"line_no": 1, "quantity": 1}]')""", order)
    shop.ask("SELECT deliver_order(%s, %s)", order, rope)
    assert shop.state(order)[0] == "delivered"
    assert shop.ask("SELECT waiting_for FROM order_backlog WHERE order_id = %s", order) is None
    assert shop.refused("SELECT deliver_order(%s, %s)", order, lantern) == "ST005"


def test_a_bank_cannot_take_back_more_than_came(shop):
    order = shop.bought(LANTERN)
    assert shop.refused("SELECT record_chargeback(%s, 'bank', 'with its fee', 71.00)", order) == "ST008"


def test_a_missing_cent_waits_until_staff_let_it_go(shop):
    order = shop.bought(LANTERN, missing=Decimal("0.01"))
    shop.run("UPDATE orders SET expires_at = now() - INTERVAL '1 day' WHERE order_id = %s", [order])
    shop.ask("SELECT expire_unpaid_orders()")  # money is on it, so it is not thrown away
    assert shop.state(order) == ("pending", "partly_paid", Decimal("0.01"))
    assert shop.ask("SELECT waiting_for FROM order_backlog WHERE order_id = %s", order) == "payment"
    assert shop.refused("SELECT ship_order(%s, 'Nantucket Post', NULL)", order) == "ST005"
    shop.ask("SELECT grant_allowance(%s, 0.01, 'the bank kept it')", order)
    assert shop.state(order) == ("paid", "paid", Decimal("0.00"))
    assert shop.ship(order)


def test_a_missing_cent_may_stay_owed(shop):
    order = shop.bought(LANTERN, missing=Decimal("0.01"))
    shop.ask("SELECT release_order(%s, 'it is but a cent')", order)
    assert shop.ship(order) and shop.owed(order) == Decimal("0.01")


def test_cancelled_units_were_never_sold(shop):
    shop.ask("SELECT receive_stock(%s, 10, 'note 5')", SCRIMSHAW)
    order = shop.bought(SCRIMSHAW, quantity=6)  # 480.00, no postage, 57.60 tax
    shop.ask("""SELECT cancel_order(%s, 'too many', '[{"line_no": 1, "quantity": 5}]')""", order)
    assert shop.due(order) == Decimal("448.00")
    shop.give_back(order, "five of six", "448.00")
    shop.ship(order)

    def ask(columns, view, condition, *values):
        return shop.ask(f"SELECT {columns} FROM {view} WHERE {condition}", *values)

    this = "product_id = %s"
    assert ask("units_sold, revenue, gross_margin", "product_rankings", this, SCRIMSHAW) == (
        1, Decimal("80.00"), Decimal("45.00"),
    )  # fmt: skip
    assert ask("units_sold, units_returned, return_rate_pct", "return_rates", this, SCRIMSHAW) == (1, 0, 0)
    assert ask("revenue, credits, net_revenue", "monthly_revenue", THIS_MONTH) == (
        Decimal("537.60"), Decimal("448.00"), Decimal("89.60"),
    )  # fmt: skip
    assert ask("net_taxable, net_tax", "tax_summary", THIS_MONTH) == (Decimal("80.00"), Decimal("9.60"))
    # Ten are left at one in thirty days: three hundred days of supply, where six would be fifty.
    shop.run("UPDATE inventory SET reorder_point = 0, lead_time_days = 55 WHERE product_id = %s", [SCRIMSHAW])
    assert ask("alert_level", "inventory_alerts", this, SCRIMSHAW) is None
    shop.run("UPDATE inventory SET lead_time_days = 301 WHERE product_id = %s", [SCRIMSHAW])
    assert ask("alert_level, units_sold_30d, days_of_supply", "inventory_alerts", this, SCRIMSHAW) == (
        "critical", 1, 300,
    )  # fmt: skip

    shop.ask("""SELECT return_items(%s, '[{"line_no": 1, "quantity": 1}]')""", order)
    assert ask("units_sold, units_returned, return_rate_pct", "return_rates", this, SCRIMSHAW) == (1, 1, 100)
    assert ask("net_revenue", "monthly_revenue", THIS_MONTH) == 0


@pytest.fixture
def disputed(shop):
    """An order whose money the bank took back before anything left."""
    order = shop.bought(LANTERN)
    shop.ask("SELECT record_chargeback(%s, 'bank', 'dispute', 56.00)", order)
    return order


def test_a_disputed_order_is_not_packed(shop, disputed):
    assert shop.state(disputed) == ("paid", "charged_back", Decimal("56.00"))
    assert shop.ask("SELECT waiting_for FROM order_backlog WHERE order_id = %s", disputed) == "payment"
    assert shop.refused("SELECT ship_order(%s, 'Nantucket Post', NULL)", disputed) == "ST005"
    shop.run("UPDATE orders SET expires_at = now() - INTERVAL '1 day' WHERE order_id = %s", [disputed])
    shop.ask("SELECT expire_unpaid_orders()")
    assert shop.state(disputed)[0] == "paid"
    # A sale it is still: what the bank does is money.
    assert shop.ask(f"SELECT revenue, net_revenue FROM monthly_revenue WHERE {THIS_MONTH}") == (56, 56)


def test_a_dispute_won_is_a_new_charge_and_the_order_leaves(shop, disputed):
    shop.ask("SELECT record_payment(%s, 'bank', 'won', 56.00)", disputed)
    assert shop.state(disputed) == ("paid", "paid", Decimal("0.00"))
    assert shop.ship(disputed)


def test_a_dispute_lost_is_cancelled_and_nobody_owes(shop, disputed):
    shop.ask("SELECT cancel_order(%s, 'the dispute is lost')", disputed)
    assert shop.state(disputed) == ("cancelled", "refunded", Decimal("0.00"))
    assert (shop.due(disputed), shop.owed(disputed)) == (None, None)


def test_goodwill_on_one_line_leaves_the_other_its_worth(shop):
    order = shop.bought(LANTERN, ROPE)
    shop.ship(order)
    shop.ask("SELECT grant_allowance(%s, 10.00, 'a scratch, kept', 1)", order)
    shop.give_back(order, "scratch", "10.00")
    shop.ask("""SELECT return_items(%s, '[{"line_no": 2, "quantity": 1}]')""", order)
    assert shop.due(order) == Decimal("20.16")
    told = "SELECT details -> 'amount' FROM order_audit WHERE order_id = %s AND action = 'returned'"
    assert Decimal(str(shop.ask(told, order))) == Decimal("20.16")


def test_postage_given_back_is_not_given_back_again(shop):
    order = shop.bought(LANTERN, ROPE)
    shop.ship(order)
    shop.give_back(order, "late", "5.60", allowance=True)
    shop.ask("""SELECT return_items(%s, '[{"line_no": 1, "quantity": 1}, {"line_no": 2, "quantity": 1}]')""", order)
    # All of 76.16 is given up, 5.60 of it was paid out.
    assert (shop.due(order), shop.state(order)[0]) == (Decimal("70.56"), "returned")
