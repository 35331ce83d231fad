"""Whatever a session sets, and in whatever collation its texts come, a call does the same."""

from tests.deploy.test_frame import SETTINGS

# What a session is meant to feel.
FELT = {
    "client_encoding",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "restrict_nonsystem_relation_kind",
    "row_security",
    "search_path",
}
# A text that none of them writes its own way.
CALLS = [
    """
    INSERT INTO products (sku, name, price, description)
    VALUES ('CAFÉ-500ML', 'Café Crème 500ml', 12.50, 'Tasty, in a t-shirt of its own')
    RETURNING search_vector::TEXT
    """,
    "SELECT jsonb_agg(sku) FROM search_products('Cafe 500 ml')",
    "SELECT jsonb_agg(sku) FROM search_products('fe-500m')",
    "SELECT jsonb_agg(sku) FROM search_products('-oil t-shirt')",
    "SELECT jsonb_agg(sku) FROM search_products('lanter')",
    """SELECT place_order(3, '[{"product_id": 1, "quantity": 1}, {"product_id": 5, "quantity": 2}]', 'k') > 0""",
    "SELECT record_payment(max(order_id), ' Stripe', 'ch 1', 1000, 'usd') > 0 FROM orders",
    "SELECT ship_order(max(order_id), 'dhl', 'x') > 0 FROM orders",
    'SELECT return_items(max(order_id), \'[{"line_no": 1, "quantity": 1}]\') FROM orders',
    "UPDATE store_settings SET order_hold = INTERVAL '1 month 2 days' RETURNING NULL",
    "SELECT new_row FROM audit_log ORDER BY id DESC LIMIT 1",
    "SELECT jsonb_agg(details - '{payment_id,shipment_id}'::TEXT[] ORDER BY id) FROM order_audit WHERE order_id > 45",
    "SELECT export_customer(2)",
    "SELECT refresh_reports()",
    "SELECT run_maintenance() -> 'failed'",
    "SELECT count(*) FROM integrity_violations",
    "SELECT count(*) FROM verify_audit()",
]


def answers(database, **settings):
    """What each call says in a session of its own, and the transaction that leaves nothing behind."""
    with database.connect() as session:
        for name, value in settings.items():
            session.execute("SELECT set_config(%s, %s, FALSE)", [name, value])
        session.autocommit = False
        told = [(call, session.execute(call).fetchone()) for call in CALLS]
        session.rollback()
        return told


def test_no_setting_changes_what_is_done(seeded_store, database):
    """Sixty of them at once, as a role or its database may carry them."""
    known = {name for (name,) in seeded_store.execute("SELECT name FROM pg_settings WHERE context = 'user'")}
    odd = {name: value for name, value in SETTINGS.items() if name in known - FELT and "timeout" not in name}
    assert {"standard_conforming_strings", "quote_all_identifiers"} < odd.keys()
    assert answers(database, **odd) == answers(database)


def test_the_collation_of_a_text_changes_nothing(store):
    """As of a column of type name, or of one that an import made: letters fold as they do in the store."""
    store.execute("""SELECT register_customer(' Änne@example.ORG' COLLATE "C", 'Änne' COLLATE "C", NULL)""")
    assert store.execute("SELECT email FROM customers").fetchone() == ("änne@example.org",)
    store.execute("INSERT INTO products (sku, name, price) VALUES ('ÉTÉ', 'Summer', 1), ('SUMMER', 'Été', 1)")
    for query, found in [("été", "ÉTÉ"), ("summer", "SUMMER"), ("ÉT", "SUMMER")]:
        search = f"""SELECT sku FROM search_products('{query}' COLLATE "C")"""
        assert store.execute(search).fetchone() == (found,), query


def test_an_order_is_held_as_long_wherever_the_session_is(seeded_store):
    """Half a year is past a change of the clock in one of these zones; in all it ends at one moment."""
    seeded_store.execute("UPDATE store_settings SET order_hold = INTERVAL '6 months'")
    order = """SELECT place_order(3, '[{"product_id": 5, "quantity": 1}]')"""
    with seeded_store.transaction():
        for zone in ("UTC", "America/New_York", "Australia/Sydney"):
            seeded_store.execute("SELECT set_config('timezone', %s, TRUE)", [zone])
            seeded_store.execute(order)
    held = "SELECT DISTINCT expires_at = (created_at AT TIME ZONE 'UTC' + INTERVAL '6 months') AT TIME ZONE 'UTC'"
    assert seeded_store.execute(f"{held} FROM orders WHERE order_id > 45").fetchall() == [(True,)]
