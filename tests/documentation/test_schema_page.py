"""docs/schema.md says what the deployed store's catalog says."""

import difflib

import pytest

from docs.schema.catalog import CatalogError, read_catalog
from docs.schema.generate import OUT_OF_DATE, PAGE
from docs.schema.page import page


def page_of(connection):
    return page(read_catalog(connection))


def test_the_page_is_up_to_date(store):
    wanted = page_of(store).splitlines(keepends=True)
    found = PAGE.read_text().splitlines(keepends=True)
    difference = list(difflib.unified_diff(found, wanted, "docs/schema.md", "the schema", n=0))
    if difference:
        pytest.fail(OUT_OF_DATE + "\n" + "".join(difference[:60]), pytrace=False)


@pytest.mark.parametrize(
    "change",
    [
        "COMMENT ON COLUMN payments.kind IS 'changed'",
        "ALTER TABLE payments ADD COLUMN added INT",
        "ALTER TABLE payments ALTER COLUMN kind SET DEFAULT 'charge'",
        "ALTER TABLE payments RENAME CONSTRAINT payments_kind_is_known TO renamed",
        "ALTER TABLE payments ALTER COLUMN provider DROP NOT NULL",
        "CREATE UNIQUE INDEX added ON payments (payment_id) WHERE kind = 'refund'",
        "DROP TRIGGER payments_are_append_only ON payments",
        "GRANT DELETE ON payments TO shop_analyst",
        "COMMENT ON DOMAIN amount IS 'changed'",
        "COMMENT ON VIEW refunds_due IS 'changed'",
        "COMMENT ON COLUMN refunds_due.amount_due IS 'changed'",
        "COMMENT ON FUNCTION cancel_order(INT, TEXT, JSONB, TEXT) IS 'changed'",
        "GRANT EXECUTE ON FUNCTION run_maintenance() TO shop_staff",
    ],
)
def test_what_changes_in_the_store_changes_the_page(change, store):
    before = page_of(store)
    store.execute(change)
    assert page_of(store) != before


@pytest.mark.parametrize("change", ["CREATE TABLE parcels ()", "ALTER TABLE payments RENAME kind TO sort"])
def test_a_table_or_column_that_areas_py_does_not_know_is_refused(change, store):
    store.execute(change)
    with pytest.raises(CatalogError, match="docs/schema/areas.py"):
        page_of(store)


def test_a_database_without_a_store_is_refused(empty_database):
    with empty_database.connect() as connection, pytest.raises(CatalogError, match="deploy.py"):
        read_catalog(connection)


def test_every_table_view_and_column_is_on_the_page(store):
    text = PAGE.read_text()
    catalog = read_catalog(store)
    for relation in catalog.relations.values():
        _, _, rest = text.partition(f"\n#### {relation.name}\n")
        entry, _, _ = rest.partition("\n#### ")
        missing = [column.name for column in relation.columns if f"| `{column.name}` |" not in entry]
        assert entry and not missing, relation.name
