"""Every view and the oracle agree to the cent, in stores nobody thought of.

A store is made from its number, so that a failure can be had again:

    pytest -m long tests/analytics/test_differential.py
"""

import pytest

from tests.analytics import oracle
from tests.analytics.comparison import differences, settle
from tests.analytics.random_store import RandomStore

SESSION_ZONES = ["Pacific/Kiritimati", "America/St_Johns", "UTC", "Pacific/Pago_Pago"]
# Refreshed, or, every other time, daily_sales must find the days that changed since.
REFRESHES = ["SELECT refresh_reports()", "REFRESH MATERIALIZED VIEW product_affinity"]


@pytest.mark.long
def test_views_and_oracle_agree_on_any_store(store, repetitions):
    for seed in range(repetitions(200)):
        made_up = RandomStore(seed)
        with store.transaction(force_rollback=True):
            made_up.insert_into(store)
            session_zone = SESSION_ZONES[seed % len(SESSION_ZONES)]
            settle(store, made_up.now, session_zone, REFRESHES[seed // 2 % 2])
            wrong = differences(store, made_up.now, oracle.REPORTS | oracle.DESK)
        assert not wrong, "\n".join([f"store {seed}, {made_up.zone}, seen from {session_zone}", *wrong])
