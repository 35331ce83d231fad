"""The store serves its own country and is in a region where that country taxes by region, whoever races."""

TO_FRANCE = "UPDATE store_settings SET country_code = 'FR'"
NO_LONGER_FRANCE = "UPDATE countries SET is_served = FALSE WHERE country_code = 'FR'"
TO_NO_REGION = "UPDATE store_settings SET region_code = ''"
A_REGION_S_RATE = "INSERT INTO tax_rates VALUES ('standard', 'US', 'NY', '2020-01-01', 0.08)"


def test_moving_before_unserving(store, open_session):
    """Who would no longer serve the country waits, and then sees that the store is there."""
    store.execute("UPDATE countries SET is_served = TRUE WHERE country_code = 'FR'")
    mover, clerk = open_session(), open_session()
    mover.execute(TO_FRANCE)
    clerk.start(NO_LONGER_FRANCE)
    clerk.wait_until_blocked_by(mover)
    mover.commit()
    assert clerk.sqlstate() == "23514"


def test_unserving_before_moving(store, open_session):
    """Who moves waits, and then serves it again."""
    store.execute("UPDATE countries SET is_served = TRUE WHERE country_code = 'FR'")
    clerk, mover = open_session(), open_session()
    clerk.execute(NO_LONGER_FRANCE)
    mover.start(TO_FRANCE)
    mover.wait_until_blocked_by(clerk)
    clerk.commit()
    assert mover.sqlstate() == "00000"
    mover.commit()
    assert store.execute("SELECT is_served FROM countries WHERE country_code = 'FR'").fetchone() == (True,)


def test_leaving_the_region_before_its_country_has_rates_by_region(store, open_session):
    """The rate waits, and then finds no region named."""
    store.execute("UPDATE store_settings SET region_code = 'NY'")
    manager, clerk = open_session(), open_session()
    manager.execute(TO_NO_REGION)
    clerk.start(A_REGION_S_RATE)
    clerk.wait_until_blocked_by(manager)
    manager.commit()
    assert clerk.sqlstate() == "23514"


def test_a_rate_by_region_before_leaving_the_region(store, open_session):
    """The settings wait, and then find that they need it."""
    store.execute("UPDATE store_settings SET region_code = 'NY'")
    clerk, manager = open_session(), open_session()
    clerk.execute(A_REGION_S_RATE)
    manager.start(TO_NO_REGION)
    manager.wait_until_blocked_by(clerk)
    clerk.commit()
    assert manager.sqlstate() == "23514"


def test_two_who_change_rates_by_region_take_turns(store, open_session):
    """One deletes all there is of the store's region; another, who saw it, adds another region's: refused."""
    store.execute("UPDATE store_settings SET region_code = 'NY'")
    store.execute(A_REGION_S_RATE)
    first, second = open_session(), open_session()
    first.execute("DELETE FROM tax_rates WHERE region_code = 'NY'")
    second.start("INSERT INTO tax_rates VALUES ('standard', 'US', 'CA', '2020-01-01', 0.07)")
    second.wait_until_blocked_by(first)
    first.commit()
    assert second.sqlstate() == "23514"
