"""What a condition, an error or a plan might tell of rows one may not see."""

import psycopg
import pytest

LEAK = """
    CREATE FUNCTION pg_temp.leak(p_value TEXT) RETURNS BOOLEAN
    LANGUAGE plpgsql COST 0.0001
    AS 'BEGIN RAISE NOTICE ''%'', p_value; RETURN TRUE; END'
"""
OWN = 3

# Through a table or view, what the leaky function is shown, and what of it is the customer's own.
LEAKS = [
    ("customers", "email", "SELECT email FROM customers WHERE customer_id = 3"),
    ("addresses", "line1", "SELECT line1 FROM addresses WHERE customer_id = 3"),
    ("orders", "ship_to::TEXT", "SELECT ship_to::TEXT FROM orders WHERE customer_id = 3"),
    (
        "order_items",
        "order_id || product_name",
        "SELECT order_id || product_name FROM order_items JOIN orders USING (order_id) WHERE customer_id = 3",
    ),
    (
        "payments",
        "payment_id::TEXT",
        "SELECT payment_id::TEXT FROM payments JOIN orders USING (order_id) WHERE customer_id = 3",
    ),
    (
        "shipments",
        "tracking_number",
        "SELECT tracking_number FROM shipments JOIN orders USING (order_id) WHERE customer_id = 3",
    ),
    (
        "credits",
        "credit_id::TEXT",
        "SELECT credit_id::TEXT FROM credits JOIN orders USING (order_id) WHERE customer_id = 3",
    ),
    ("storefront_products", "sku", "SELECT sku FROM products WHERE is_active"),
    ("storefront_styles", "name", "SELECT name FROM styles"),
    ("styles", "name", "SELECT name FROM styles"),
    (
        "sale_prices",
        "price::TEXT",
        "SELECT price::TEXT FROM sale_prices WHERE valid_from <= now() AND valid_until > now()",
    ),
    ("products", "sku", "SELECT sku FROM products WHERE is_active"),
]


@pytest.mark.parametrize(("relation", "value", "own"), LEAKS)
def test_a_leaky_function_is_shown_no_row_of_another(seeded_store, login, relation, value, own):
    """However cheap it claims to be, and whatever it is joined to: policies are asked first."""
    session = login("shop_customer", **{"app.customer_id": OWN})
    session.execute(LEAK)
    told = []
    session.add_notice_handler(lambda notice: told.append(notice.message_primary))
    expected = {row[0] for row in seeded_store.execute(own)}
    assert expected
    for query in [
        f"SELECT 1 FROM {relation} WHERE pg_temp.leak({value})",
        f"SELECT 1 FROM {relation} WHERE pg_temp.leak({value}) OR {value} IS NULL",
        f"SELECT 1 FROM {relation} RIGHT JOIN generate_series(1, 3) ON pg_temp.leak({value})",
        f"SELECT max(CASE WHEN pg_temp.leak({value}) THEN 1 END) FROM {relation}",
    ]:
        session.execute(query)
    assert set(told) == expected


def test_an_error_a_condition_provokes_tells_nothing(seeded_store, login):
    """A division by zero or a cast that fails only on another's row does not happen."""
    session = login("shop_customer", **{"app.customer_id": OWN})
    for condition in [
        "1 / (customer_id - 2) < 9",
        "CASE WHEN customer_id = 2 THEN 1 / (customer_id - 2) ELSE 1 END > 0",
        "(CASE customer_id WHEN 2 THEN 'x' ELSE '1' END)::INT = 1",
    ]:
        for relation in ("customers", "orders", "addresses"):
            session.execute(f"SELECT 1 FROM {relation} WHERE {condition}")


def test_row_security_cannot_be_switched_off(seeded_store, login):
    """Switched off, a policy becomes an error, not a row."""
    session = login("shop_customer", **{"app.customer_id": OWN})
    session.execute("SET row_security = off")
    for relation in ("customers", "orders", "order_items", "payments"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(f"SELECT 1 FROM {relation}")


def test_an_address_of_another_is_as_unknown_as_none(seeded_store, login):
    """place_order and quote_order say of both the same, but for the number that was given."""
    session = login("shop_customer", **{"app.customer_id": OWN})
    items = '[{"product_id": 5, "quantity": 1}]'
    for call in [
        "SELECT place_order(3, %s, p_address_id => %s)",
        "SELECT * FROM quote_order(%s, p_customer_id => 3, p_address_id => %s)",
    ]:
        assert told(session, call, items, 1) == told(session, call, items, 9999)


def test_that_another_was_erased_is_not_told(seeded_store, login):
    """An address for an erased customer, for a living one and for nobody is refused in the same words."""
    session = login("shop_customer", **{"app.customer_id": OWN})
    insert = """
        INSERT INTO addresses (customer_id, recipient, line1, city, country_code)
        VALUES (%s, 'A', 'B', 'C', 'US')
    """
    [[erased]] = seeded_store.execute("SELECT customer_id FROM customers WHERE erased_at IS NOT NULL").fetchall()
    errors = set()
    for customer in (erased, 1, 9999):
        with pytest.raises(psycopg.errors.InsufficientPrivilege) as caught:
            session.execute(insert, [customer])
        errors.add((caught.value.diag.message_primary, caught.value.diag.message_detail))
    assert errors == {('new row violates row-level security policy for table "addresses"', None)}


def test_statistics_tell_no_value(seeded_store, login):
    """The most common e-mails of pg_stats are for those who may read every e-mail."""
    seeded_store.execute("ANALYZE")
    for role in ("shop_customer", "shop_analyst", "shop_auditor"):
        query = """
            SELECT tablename, attname FROM pg_stats
            WHERE schemaname = 'store' AND tablename IN ('customers', 'addresses', 'signing_keys')
            AND attname NOT IN ('customer_id')
        """
        assert login(role, **{"app.customer_id": OWN}).execute(query).fetchall() == [], role


def told(session, query, items, address):
    """All an error says, with the address's number left out."""
    with pytest.raises(psycopg.Error) as caught:
        session.execute(query, [items, address])
    diagnostics = caught.value.diag
    words = (
        diagnostics.sqlstate,
        diagnostics.message_primary,
        diagnostics.message_detail,
        diagnostics.message_hint,
    )
    return tuple(word.replace(str(address), "…") for word in words)
