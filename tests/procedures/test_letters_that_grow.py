"""Where letters fold in full, a text may be longer in the other case, and no longer be composed."""

import psycopg
import pytest

from tests.database import Database
from tests.templates import run_deploy

# Each major version's way to fold as Unicode's SpecialCasing says.
IN_FULL = "LOCALE_PROVIDER icu ICU_LOCALE 'und'"
IN_FULL_SINCE_18 = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST'"
DOTTED, IOTA = "\u0130", "\u0390"  # two characters in lower case; three in upper case, of which NFC makes two

SHOP = f"""
INSERT INTO customers (email) VALUES ('ada@example.com');
INSERT INTO products (sku, name, price) VALUES ('KETTLE', 'Kettle', 10);
INSERT INTO coupons (coupon_code, kind, value) VALUES (normalize(upper('{IOTA}')), 'percent', 10);
SELECT receive_stock(1, 1, 'note');
"""


@pytest.fixture
def shop(database, superuser):
    """A store in a database that folds letters in full."""
    in_full = IN_FULL_SINCE_18 if superuser.info.server_version >= 180000 else IN_FULL
    superuser.execute(
        f"CREATE DATABASE folding OWNER store_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8' {in_full}"
    )
    folding = Database(database.server, "folding")
    try:
        run_deploy("--dsn", folding.dsn(search_path="pg_catalog"))
        with folding.connect() as owner:
            owner.execute(SHOP)
            yield owner
    finally:
        superuser.execute("DROP DATABASE folding WITH (FORCE)")


def test_what_is_too_long_in_the_other_case_is_told_so(shop):
    order_id = shop.execute(
        'SELECT place_order(1, \'[{"product_id": 1, "quantity": 1}]\', p_coupon_code => %s)', [IOTA]
    ).fetchone()[0]
    assert shop.execute("SELECT discount FROM orders").fetchone() == (1,)
    for call, given in [
        ("register_customer(%s, NULL, NULL)", DOTTED * 250 + "@x.co"),
        (f"record_payment({order_id}, %s, 'charge', 9)", DOTTED * 50),
    ]:
        with pytest.raises(psycopg.Error) as caught:
            shop.execute(f"SELECT {call}", [given])
        assert caught.value.sqlstate == "ST003"
