"""What the tests of who may do what have in common."""

from contextlib import ExitStack

import pytest

from tests.security.tokens import KEY_ID, SECRET


@pytest.fixture
def login(database):
    """Log in: `login("shop_customer", **{"app.customer_id": 1})` is an autocommit connection."""
    with ExitStack() as connections:
        yield lambda role, **settings: connections.enter_context(database.connect(role, **settings))


@pytest.fixture
def signed_store(seeded_store):
    """The owner's connection to a store whose customers need a signed token."""
    seeded_store.execute("SELECT set_signing_key(%s, %s)", [KEY_ID, SECRET])
    return seeded_store
