"""A store with a signing key, and what an application in front of it has: a login in shop_customer, and a token."""

import time

import jwt
import pytest
from psycopg.conninfo import conninfo_to_dict

from examples.shop.logins import make_ready

JO = 2


@pytest.fixture
def settings(seeded_store, dsn):
    return make_ready(seeded_store, dsn, "store")


@pytest.fixture
def token_of(settings):
    def token_of(customer_id, lifetime=600):
        claims = {"customer_id": customer_id, "exp": int(time.time()) + lifetime}
        return jwt.encode(claims, settings.signing_secret, "HS256", headers={"kid": settings.key_id})

    return token_of


@pytest.fixture
def shopper(settings):
    """libpq's words for the shopper's login: host, user, password, …"""
    return conninfo_to_dict(settings.logins["shopper"])
