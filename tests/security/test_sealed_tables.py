"""The owner switches off every guard there is and changes what is sealed: each column of each table is tried.

Tables and columns are found in the catalog. What erasing may empty is left out of the seals, and nothing else.
"""

import pytest

from tests.security.trail import seal, seal_three_times

EMPTIED_BY_ERASING = {("payments", "reason"), ("credits", "reason"), ("documents", "buyer")}
TABLES = ["audit_log", "audit_seals", "credits", "documents", "order_audit", "payments"]
# In the words of the owner, who is no superuser: triggers off, keys, checks and identities gone.
UNGUARD = """
    DO $$
    DECLARE
        v_guard TEXT;
    BEGIN
        FOR v_guard IN
            SELECT format('ALTER TABLE %I DISABLE TRIGGER USER', relname) FROM pg_class
            WHERE relname = ANY ('{{{tables}}}') AND relnamespace = 'store'::REGNAMESPACE
            UNION ALL
            SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::REGCLASS, conname) FROM pg_constraint
            WHERE contype IN ('f', 'c') AND coninhcount = 0 AND conparentid = 0 AND conrelid <> 0
                AND connamespace = 'store'::REGNAMESPACE
            UNION ALL
            SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::REGCLASS, conname) FROM pg_constraint
            WHERE contype = 'u' AND conrelid::REGCLASS::TEXT = ANY ('{{{tables}}}')
            UNION ALL
            SELECT format('ALTER TABLE %s ALTER %I DROP IDENTITY', attrelid::REGCLASS, attname) FROM pg_attribute
            WHERE attidentity <> '' AND attrelid::REGCLASS::TEXT = ANY ('{{{tables}}}')
        LOOP
            EXECUTE v_guard;
        END LOOP;
    END
    $$
""".format(tables=",".join(TABLES))
COLUMNS = """
    SELECT relname, attname, CASE typname WHEN 'region_code' THEN typname ELSE
        coalesce(nullif(typbasetype, 0), atttypid)::REGTYPE::TEXT END, NOT attnotnull
    FROM pg_attribute
    INNER JOIN pg_class ON attrelid = pg_class.oid
    INNER JOIN pg_type ON atttypid = pg_type.oid
    WHERE relname = ANY (%s) AND relnamespace = 'store'::REGNAMESPACE
        AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY relname, attnum
"""
# Of each type another value than the column holds, one that a closer look would have to tell apart.
OTHER = {
    "integer": "{column} + 1", "bigint": "{column} + 1000000", "numeric": "{column} + 0.01", "boolean": "NOT {column}",
    "text": "{column} || 'x'", "character varying": "left({column}, 19) || 'x'",
    "character": "CASE {column} WHEN 'US' THEN 'CA' ELSE 'US' END",
    "region_code": "CASE {column} WHEN 'QC' THEN 'ON' ELSE 'QC' END",
    "jsonb": "{column} || '{{\"x\": \"1\"}}'", "timestamp with time zone": "{column} - INTERVAL '1 us'", "date": "{column} - 1",
    "xid8": "'3'", "pg_snapshot": "'3:3:'", "int8multirange": "'{{}}'", "bytea": "sha256({column})",
}  # fmt: skip
KEYS = {"order_audit": "id", "audit_log": "id", "audit_seals": "batch", "payments": "payment_id"} | {
    "credits": "credit_id", "documents": "document_id"
}  # fmt: skip


@pytest.fixture
def unguarded(seeded_store):
    """Four seals, the last of what a customer did, and an owner whom nothing holds back."""
    seal_three_times(seeded_store)
    seeded_store.execute("SET app.customer_id = 1")
    seeded_store.execute("UPDATE customers SET is_vip = NOT is_vip WHERE customer_id = 1")
    (order,) = seeded_store.execute("""SELECT place_order(1, '[{"product_id": 5, "quantity": 1}]')""").fetchone()
    (mistaken,) = seeded_store.execute("SELECT record_payment(%s, 'card', 'mistaken', 1)", [order]).fetchone()
    seeded_store.execute("SELECT reverse_payment(%s, 'another order''s')", [mistaken])
    seal(seeded_store)
    seeded_store.execute(UNGUARD)
    return seeded_store


def told(owner, change):
    """What verify_audit() says after the change, which must change something."""
    with owner.transaction(force_rollback=True):
        assert owner.execute(change).rowcount > 0, change
        return [table for (table,) in owner.execute("SELECT table_name FROM verify_audit()")]


def test_every_table_that_is_sealed_is_tried(unguarded):
    """A digest of each stands in the seals, and they themselves are chained."""
    query = "SELECT DISTINCT split_part(jsonb_object_keys(digests), ' ', 1) FROM audit_seals"
    assert sorted({name for (name,) in unguarded.execute(query)} | {"audit_seals"}) == TABLES
    assert unguarded.execute("SELECT * FROM verify_audit()").fetchall() == []


def test_no_column_changes_unnoticed(unguarded):
    """To another value, to nothing and from nothing."""
    columns = unguarded.execute(COLUMNS, [TABLES]).fetchall()
    assert len(columns) > 60
    unnoticed = set()
    for table, column, kind, may_be_null in columns:
        change = (
            f"UPDATE {table} SET {column} = {{}} WHERE {KEYS[table]} = (SELECT min({KEYS[table]}) FROM {table} {{}})"
        )
        others = [OTHER[kind].format(column=column)] + ["NULL"] * may_be_null
        for other in others:
            if table not in told(unguarded, change.format(other, f"WHERE {column} IS NOT NULL")):
                unnoticed.add((table, column))
    assert unnoticed == EMPTIED_BY_ERASING


@pytest.mark.parametrize("table", TABLES)
def test_no_row_comes_or_goes_unnoticed(unguarded, table):
    """The first, the last, all of them; a copy of one under a number of its own."""
    key = KEYS[table]
    columns = [column for name, column, *_ in unguarded.execute(COLUMNS, [[table]]).fetchall() if column != key]
    for which in ("min", "max"):
        assert table in told_or_after(
            unguarded, f"DELETE FROM {table} WHERE {key} = (SELECT {which}({key}) FROM {table})"
        )
        copy = f"""
            INSERT INTO {table} ({key}, {", ".join(columns)})
            SELECT {key} + 1000000, {", ".join(columns)} FROM {table} WHERE {key} = (SELECT {which}({key}) FROM {table})
        """
        assert table in told(unguarded, copy)
    if table != "audit_seals":
        assert table in told(unguarded, f"DELETE FROM {table}")


def told_or_after(owner, change):
    """The last seal cut off is told by the head that was kept, and only so."""
    (head,) = owner.execute("SELECT encode(head, 'hex') FROM audit_seals ORDER BY batch DESC LIMIT 1").fetchone()
    with owner.transaction(force_rollback=True):
        assert owner.execute(change).rowcount > 0, change
        return [table for (table,) in owner.execute("SELECT table_name FROM verify_audit(%s)", [head])]
