"""The store in yen of store.sql, told as of noon on 20 March 2025 in Osaka."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
NOW = "2025-03-20T12:00+09"


@pytest.fixture
def yen_store(store):
    """The owner's connection, right after the last call."""
    store.execute((HERE / "store.sql").read_text())
    return store


@pytest.fixture
def yen_reports(yen_store, superuser, database):
    """A connection whose reports are of that day, and of pairs that two orders have."""
    with superuser.transaction():
        superuser.execute((HERE / "dates.sql").read_text())
    settings = {"app.report_now": NOW, "app.affinity_minimum": 2, "TimeZone": "Asia/Tokyo"}
    with database.connect(**settings) as connection:
        connection.execute("SELECT refresh_reports()")
        yield connection
