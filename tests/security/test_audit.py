"""Every change of an audited table leaves its row, with the changed columns and nobody's data."""

import pytest

# By hand: of each audited table which columns may be read in the log, and which stay hidden.
READABLE = {
    "customers": {"customer_id", "is_vip", "default_address_id", "created_at", "erased_at"},
    "addresses": {"address_id", "customer_id", "region_code", "country_code"},
    "categories": {"category_id", "name", "parent_id"},
    "styles": {"style_id", "name", "description", "category_id", "option_names"},
    "sale_prices": {"sale_price_id", "product_id", "price", "valid_from", "valid_until"},
    "products": {
        *("product_id", "sku", "name", "description", "category_id", "tax_class", "price", "cost"),
        *("is_active", "created_at", "style_id", "options"),
    },
    "inventory": {"product_id", "on_hand", "reserved", "reorder_point", "reorder_quantity", "lead_time_days"},
    "coupons": {
        *("coupon_code", "kind", "value", "minimum_subtotal", "valid_from", "valid_until"),
        *("usage_limit", "per_customer_limit", "times_used"),
    },
    "tax_classes": {"tax_class"},
    "tax_rates": {"tax_class", "country_code", "region_code", "valid_from", "rate"},
    "countries": {"country_code", "name", "is_served"},
    "store_settings": {
        *("is_only_row", "store_name", "currency", "country_code", "region_code", "time_zone"),
        *("prices_include_tax", "shipping_fee", "shipping_tax_class", "free_shipping_from", "order_hold"),
        *("max_pending_orders", "shown_stock", "delivery_back_on_full_return", "search_language"),
        *("legal_name", "legal_address", "vat_id", "documents_from", "invoice_series"),
        *("credit_note_series", "document_retention"),
    },
}
HIDDEN = {
    "customers": {"email", "first_name", "last_name", "phone"},
    "addresses": {"recipient", "company", "vat_id", "line1", "line2", "city", "region", "postal_code"},
}
DERIVED = {
    "styles": {"option_set"},
    "products": {"option_set", "search_vector"},
    "inventory": {"available", "is_available"},
    "store_settings": {"currency_decimals"},
}

# A row of each table, its key in the log, and a value for each column that may be given another.
ROWS = {
    "customers": ("customer_id = 7", {"customer_id": 7}),
    "addresses": ("address_id = 4", {"address_id": 4}),
    "categories": ("category_id = 9", {"category_id": 9}),
    "styles": ("style_id = 1", {"style_id": 1}),
    "products": ("product_id = 20", {"product_id": 20}),
    "sale_prices": ("product_id = 16", {"sale_price_id": 2}),
    "inventory": ("product_id = 17", {"product_id": 17}),
    "coupons": ("coupon_code = 'DUTCHMAN'", {"coupon_code": "DUTCHMAN"}),
    "tax_rates": (
        "tax_class = 'reduced'",
        {"tax_class": "reduced", "country_code": "US", "region_code": "", "valid_from": "2024-01-01"},
    ),
    "countries": ("country_code = 'NO'", {"country_code": "NO"}),
    "store_settings": ("is_only_row", {"is_only_row": True}),
}
CHANGES = {
    "customers": {"email": "'i@a.example'", "first_name": "'I'", "last_name": "'C'", "phone": "'1'",
                  "is_vip": "TRUE", "default_address_id": "NULL", "created_at": "'2025-01-01 00:00Z'"},
    "addresses": {"recipient": "'A'", "company": "'G'", "vat_id": "'H'", "line1": "'B'", "line2": "'C'",
                  "city": "'D'", "region": "'E'", "region_code": "'ON'", "postal_code": "'F'",
                  "country_code": "'US'", "customer_id": "2"},
    "categories": {"name": "'Relics'", "parent_id": "1"},
    "styles": {"name": "'Hat'", "description": "NULL", "category_id": "4"},
    "sale_prices": {"valid_until": "'2099-01-01 00:00Z'"},
    "products": {"sku": "'PEN'", "name": "'Pen'", "description": "'To write with'", "category_id": "6",
                 "tax_class": "'reduced'", "price": "2", "cost": "1", "is_active": "FALSE",
                 "options": """'{"Size": "S", "Colour": "Red"}'""", "created_at": "'2025-01-01 00:00Z'"},
    "inventory": {"reorder_point": "7", "reorder_quantity": "8", "lead_time_days": "9"},
    "coupons": {"kind": "'fixed'", "value": "1", "minimum_subtotal": "1", "valid_from": "'2025-02-01'",
                "valid_until": "'2026-02-01'", "usage_limit": "9", "per_customer_limit": "9",
                "times_used": "1", "coupon_code": "'HOLLANDER'"},
    "tax_rates": {"rate": "0.05", "country_code": "'MX'", "valid_from": "'2025-01-01'",
                  "tax_class": "'zero'"},
    "countries": {"is_served": "TRUE"},
    "store_settings": {"store_name": "'X'", "country_code": "'CA'", "region_code": "'ON'",
                       "time_zone": "'UTC'", "prices_include_tax": "TRUE", "shipping_fee": "6",
                       "shipping_tax_class": "'reduced'", "free_shipping_from": "99",
                       "order_hold": "'1 hour'", "max_pending_orders": "4", "shown_stock": "7",
                       "delivery_back_on_full_return": "FALSE", "search_language": "'german'", "legal_name": "'Coffin Ltd'",
                       "legal_address": """'{"line1": "A", "city": "Nantucket", "country_code": "US"}'""",
                       "vat_id": "'XX1'", "invoice_series": "'I'", "credit_note_series": "'C'",
                       "document_retention": "'7 years'"},
}  # fmt: skip
REDACTED = "[redacted]"
LOGGED = """
    SELECT table_name, operation, row_key, old_row, new_row, changed_by
    FROM audit_log WHERE id > %s ORDER BY id
"""


@pytest.mark.parametrize("table", CHANGES)
def test_a_changed_column_leaves_its_row(seeded_store, table):
    """Column by column: the key, that column before and after or "[redacted]", who did it; no more."""
    where, key = ROWS[table]
    read = f"SELECT to_jsonb(%s) FROM {table} WHERE {where}"
    change = f"UPDATE {table} SET %s = %s WHERE {where} RETURNING to_jsonb(%s)"
    for column, value in CHANGES[table].items():
        with seeded_store.transaction(force_rollback=True):
            last = last_id(seeded_store)
            old = seeded_store.execute(read % column).fetchone()[0]
            new = seeded_store.execute(change % (column, value, column)).fetchone()[0]
            logged = logged_since(seeded_store, last)
        if column in HIDDEN.get(table, ()):
            old, new = (None if each is None else REDACTED for each in (old, new))
        assert logged == [(table, "UPDATE", key, {column: old}, {column: new}, "store_owner")]


@pytest.mark.parametrize("table", CHANGES)
def test_a_change_of_nothing_leaves_none(seeded_store, table):
    """Nor does one that is rolled back."""
    where, _ = ROWS[table]
    column, value = next(iter(CHANGES[table].items()))
    last = last_id(seeded_store)
    seeded_store.execute(f"UPDATE {table} SET {column} = {column}")
    with seeded_store.transaction(force_rollback=True):
        seeded_store.execute(f"UPDATE {table} SET {column} = {value} WHERE {where}")
    assert logged_since(seeded_store, last) == []


def test_what_was_emptied_and_what_only_compares_as_equal_shows(seeded_store):
    """That a personal column is empty is no secret; a month is not thirty days, though PostgreSQL has them equal."""
    seeded_store.execute("UPDATE store_settings SET order_hold = '30 days'")
    for change, old, new in [
        ("UPDATE customers SET phone = NULL WHERE customer_id = 2", {"phone": REDACTED}, {"phone": None}),
        ("UPDATE store_settings SET order_hold = '1 month'", {"order_hold": "30 days"}, {"order_hold": "1 mon"}),
    ]:
        ((*_, was, became, _),) = log_of(seeded_store, change)
        assert (was, became) == (old, new)


def test_the_counters_of_stock_leave_none(seeded_store):
    """Their ledger is another; reserved and on hand change with every order."""
    order = """SELECT place_order(1, '[{"product_id": 5, "quantity": 1}]')"""
    assert log_of(seeded_store, order) == []


def test_new_and_deleted_rows_are_logged_whole(seeded_store):
    """All columns but derived ones, personal ones hidden where they hold something."""
    register = "SELECT register_customer('new@a.example', 'Queequeg', NULL, NULL)"
    ((*_, row, _performer),) = log_of(seeded_store, register)
    assert row | {"created_at": 0} == {
        "customer_id": 14, "email": REDACTED, "first_name": REDACTED, "last_name": None, "phone": None,
        "is_vip": False, "default_address_id": None, "created_at": 0, "erased_at": None,
    }  # fmt: skip
    delete = "DELETE FROM addresses WHERE address_id = 4"
    ((table, operation, key, old, new, _),) = log_of(seeded_store, delete)
    assert (table, operation, key, new) == ("addresses", "DELETE", {"address_id": 4}, None)
    assert old == {
        "address_id": 4, "customer_id": 3, "country_code": "CA", "region_code": "PE",
        **dict.fromkeys(["company", "vat_id", "line2"]),
        **dict.fromkeys(["recipient", "line1", "city", "region", "postal_code"], REDACTED),
    }  # fmt: skip


def test_a_new_tax_class_leaves_its_row(seeded_store):
    """It is never changed afterwards."""
    logged = log_of(seeded_store, "INSERT INTO tax_classes VALUES ('super-reduced')")
    row = {"tax_class": "super-reduced"}
    assert logged == [("tax_classes", "INSERT", row, None, row, "store_owner")]


def test_an_emptied_table_leaves_a_row(seeded_store):
    """TRUNCATE, where it is possible at all, is one row without a key."""
    logged = log_of(seeded_store, "TRUNCATE tax_rates")
    assert logged == [("tax_rates", "TRUNCATE", None, None, None, "store_owner")]


def test_a_default_gone_with_its_address_leaves_a_row(seeded_store):
    """Which the foreign key sees to, and nobody's statement."""
    logged = log_of(seeded_store, "DELETE FROM addresses WHERE address_id = 3")
    assert [(table, operation, new) for table, operation, _, _, new, _ in logged] == [
        ("addresses", "DELETE", None),
        ("customers", "UPDATE", {"default_address_id": None}),
    ]


def test_every_column_is_decided_upon(seeded_store):
    """Readable, hidden or derived: a new column of an audited table has to be one of them here."""
    query = "SELECT attname FROM pg_attribute WHERE attrelid = %s::REGCLASS AND attnum > 0"
    for table, readable in READABLE.items():
        columns = {name for (name,) in seeded_store.execute(query, [table])}
        assert columns == readable | HIDDEN.get(table, set()) | DERIVED.get(table, set())


def test_a_column_nobody_decided_upon_is_hidden(seeded_store):
    """Until then the log shows that it changed, and not what it holds."""
    seeded_store.execute("ALTER TABLE customers ADD COLUMN nickname TEXT")
    update_it = "UPDATE customers SET nickname = 'Quohog' WHERE customer_id = 1"
    ((*_, old, new, _),) = log_of(seeded_store, update_it)
    assert (old, new) == ({"nickname": None}, {"nickname": REDACTED})


def test_the_log_names_the_role_that_did_it(seeded_store, login, superuser):
    """The login, or the role it has set, and not the owner whose trigger writes the row."""
    superuser.execute("GRANT USAGE ON SCHEMA store TO shop_staff")
    staff = login("shop_staff")
    change = "UPDATE customers SET is_vip = NOT is_vip WHERE customer_id = 1"
    assert log_of(staff, change, seeded_store)[0][-1] == "test_staff"
    staff.execute("SET ROLE shop_staff")
    assert log_of(staff, change, seeded_store)[0][-1] == "shop_staff"


def test_no_setting_of_the_session_changes_what_is_logged(seeded_store):
    """Time zone and the styles of dates and intervals are the log's own."""
    for setting in ["timezone = 'Asia/Tokyo'", "datestyle = 'German'", "intervalstyle = 'iso_8601'"]:
        seeded_store.execute(f"SET {setting}")
    for change, logged in [
        (
            "UPDATE customers SET created_at = '2025-01-01 00:00Z' WHERE customer_id = 1",
            {"created_at": "2025-01-01T00:00:00+00:00"},
        ),
        ("UPDATE store_settings SET order_hold = '90 minutes'", {"order_hold": "01:30:00"}),
    ]:
        ((*_, new, _),) = log_of(seeded_store, change)
        assert new == logged


def test_personal_data_is_nowhere_in_the_log(seeded_store):
    """Not after all of it was written, changed and deleted. No word is digits alone: instants hold any four."""
    seeded_store.execute("SELECT register_customer('ozy@desert.example', 'Ozymandias', 'Rex', '555 Q4711')")
    seeded_store.execute("""
        INSERT INTO addresses (customer_id, recipient, line1, line2, city, region, postal_code, country_code)
        VALUES (14, 'Ozymandias', 'Trunkless Leg', 'Pedestal', 'Thebes', 'Antique', 'Q4711', 'US')
    """)
    seeded_store.execute("UPDATE customers SET first_name = 'Ramesses' WHERE customer_id = 14")
    seeded_store.execute("UPDATE addresses SET city = 'Luxor', recipient = 'Ramesses'")
    seeded_store.execute("DELETE FROM addresses")
    log = " ".join(row[0] for row in seeded_store.execute("SELECT audit_log::TEXT FROM audit_log"))
    words = {"ozy@", "mandias", "Rex", "Q4711", "Leg", "Pedestal", "Thebes", "Antique", "Luxor", "Rames"}
    people = "SELECT email, first_name, last_name, phone FROM customers WHERE customer_id < 14"
    words |= {word for row in seeded_store.execute(people) for word in row if word}
    assert {word for word in words if word in log} == set()


def log_of(session, change, owner=None):
    """The rows a statement leaves in the log."""
    last = last_id(owner or session)
    session.execute(change)
    return logged_since(owner or session, last)


def last_id(owner):
    """The highest id in the log."""
    return owner.execute("SELECT coalesce(max(id), 0) FROM audit_log").fetchone()[0]


def logged_since(owner, last):
    """What was logged after that id."""
    return owner.execute(LOGGED, [last]).fetchall()
