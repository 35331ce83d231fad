"""One e-mail is one customer, also when two sessions register it at the same moment."""

import pytest

REGISTERING = "register_customer('%s', 'Eve', NULL)"


@pytest.mark.parametrize(
    ("first", "second"),
    [("eve@example.com", "Eve@Example.com"), ("EVE@example.com", " eve@example.com ")],
)
def test_the_second_is_told_that_it_is_known(shop, race, first, second):
    assert race(REGISTERING % first, REGISTERING % second) == "ST004"
    assert shop.execute("SELECT count(*) FROM customers WHERE email = 'eve@example.com'").fetchone() == (1,)


def test_the_second_is_registered_where_the_first_failed(shop, open_session):
    first, second = open_session(), open_session()
    first.execute("SELECT " + REGISTERING % "eve@example.com")
    second.start("SELECT " + REGISTERING % "eve@example.com")
    second.wait_until_blocked_by(first)
    first.rollback()
    assert second.sqlstate() == "00000"
    second.commit()
