"""A change of language misses no product, and stops neither readers nor orders."""

import pytest

GERMAN = "UPDATE store_settings SET search_language = 'german'"
ADD = "INSERT INTO products (sku, name, price) VALUES ('H1', 'Häuser', 1)"
FIND = "SELECT sku FROM search_products('haus')"
AT_ONE_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"


@pytest.fixture
def sessions(seeded_store, open_session):
    """One of staff's who changes the language, and one who changes the catalogue."""
    return open_session(), open_session()


def test_a_product_added_meanwhile_is_indexed_in_the_new_language(seeded_store, sessions):
    staff, importer = sessions
    staff.execute(GERMAN)
    importer.start(ADD)
    importer.wait_until_blocked_by(staff)
    staff.commit()
    importer.result()
    importer.commit()
    assert seeded_store.execute(FIND).fetchall() == [("H1",)]


def test_who_is_writing_products_is_waited_for_a_moment_only(seeded_store, sessions):
    """Then nothing has changed, and the next try succeeds."""
    staff, importer = sessions
    importer.execute(ADD)
    staff.start(GERMAN)
    staff.wait_until_blocked_by(importer)
    assert staff.sqlstate() == "55P03"
    staff.rollback()
    importer.commit()
    staff.execute(GERMAN)
    staff.commit()
    assert seeded_store.execute(FIND).fetchall() == [("H1",)]


def test_readers_and_orders_go_on_meanwhile(seeded_store, sessions):
    staff, _ = sessions
    staff.execute(GERMAN)
    seeded_store.execute("SET lock_timeout = '1s'")
    assert seeded_store.execute("SELECT sku FROM search_products('lanterns')").fetchall()[0] == ("LANTERN",)
    seeded_store.execute("""SELECT place_order(1, '[{"product_id": 5, "quantity": 1}]')""")
    staff.commit()


def test_an_old_snapshot_indexes_nothing_in_the_old_language(sessions, seeded_store):
    _, importer = sessions
    importer.execute(AT_ONE_SNAPSHOT)
    importer.execute("SELECT search_language FROM store_settings")
    seeded_store.execute(GERMAN)
    importer.start(ADD)
    assert importer.sqlstate() == "40001"


def test_the_language_changes_at_read_committed_only(sessions):
    staff, _ = sessions
    staff.execute(AT_ONE_SNAPSHOT)
    staff.start(GERMAN)
    assert staff.sqlstate() == "25000"
