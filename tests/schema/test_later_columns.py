"""A store that lives takes new columns: no rule is written so that its table cannot have one."""

TABLES = """
    SELECT oid::REGCLASS::TEXT FROM pg_class
    WHERE relnamespace = 'store'::REGNAMESPACE AND relkind IN ('r', 'p') AND NOT relispartition
"""


def test_every_table_can_have_a_column_with_a_default_later(store):
    """A constant is kept in the catalog, a clock's answer written to every row: neither is refused."""
    tables = [table for (table,) in store.execute(TABLES)]
    assert len(tables) > 30
    for table in tables:
        store.execute(f"ALTER TABLE {table} ADD COLUMN later INT NOT NULL DEFAULT 7")
        store.execute(f"ALTER TABLE {table} ADD COLUMN later_still TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()")
