"""Who the caller of a function is: the role that is SET, else the login, and nobody else."""

import pytest

from tests.security.refusals import sqlstate

ORDER_FOR = """SELECT place_order(%s, '[{"product_id": 5, "quantity": 1}]')"""
AS_CUSTOMER = {"app.customer_id": 3}


@pytest.fixture
def let_groups_in(superuser):
    """Let whoever has become a group role into the schema; the store lets in logins only."""
    superuser.execute("GRANT USAGE ON SCHEMA store TO shop_customer, shop_staff")


@pytest.fixture
def both(superuser, let_groups_in):
    """A login that is a member of both shop_customer and shop_staff."""
    superuser.execute("GRANT shop_staff TO test_customer")
    yield
    superuser.execute("REVOKE shop_staff FROM test_customer")
    superuser.execute("ALTER ROLE test_customer INHERIT")


def test_a_role_that_is_set_is_all_the_caller_is(seeded_store, login, both):
    """A member of staff who becomes a customer orders for that customer only."""
    session = login("shop_customer", **AS_CUSTOMER)
    session.execute(ORDER_FOR, [2])
    session.execute("SET ROLE shop_customer")
    session.execute(ORDER_FOR, [3])
    assert sqlstate(session, ORDER_FOR, 2) == "42501"
    assert performers(seeded_store) == ["test_customer", "shop_customer"]
    session.execute("RESET ROLE")
    session.execute(ORDER_FOR, [2])


def test_a_right_that_would_first_have_to_be_taken_is_none(seeded_store, superuser, login, both):
    """A login that does not inherit shop_staff may SET ROLE to it, and is none of it until then."""
    version = superuser.info.server_version
    if version >= 160000:
        superuser.execute("GRANT shop_staff TO test_customer WITH INHERIT FALSE, SET TRUE")
    else:
        superuser.execute("ALTER ROLE test_customer NOINHERIT")
    session = login("shop_customer", **AS_CUSTOMER)
    assert sqlstate(session, ORDER_FOR, 2) == "42501"
    session.execute("SET ROLE shop_staff")
    session.execute(ORDER_FOR, [2])


def test_nobody_becomes_what_they_are_not(seeded_store, login):
    """Neither by SET ROLE, nor through its setting, nor as another session."""
    for role in ("shop_customer", "shop_staff", "shop_analyst", "shop_auditor"):
        session = login(role, **AS_CUSTOMER)
        for other in {"shop_staff", "shop_customer", "store_owner", "postgres", "test_staff"} - {role}:
            if other == f"test_{role[5:]}":
                continue
            for statement in [
                f"SET ROLE {other}",
                f"SELECT set_config('role', '{other}', FALSE)",
                f"SET SESSION AUTHORIZATION {other}",
                f"SELECT set_config('session_authorization', '{other}', FALSE)",
            ]:
                assert sqlstate(session, statement) == "42501", statement
        assert session.execute("SELECT current_user::TEXT").fetchone() == (f"test_{role[5:]}",)


def test_a_setting_that_only_looks_like_the_role_counts_for_nothing(seeded_store, login):
    """What a session may set at will does not make it staff."""
    session = login("shop_customer", **AS_CUSTOMER)
    for name in ("app.role", "store.role", "request.jwt.claim.role", "app.is_staff"):
        session.execute("SELECT set_config(%s, 'shop_staff', FALSE)", [name])
    assert sqlstate(session, ORDER_FOR, 2) == "42501"


def test_the_owner_of_a_function_in_between_lends_the_caller_nothing(seeded_store, superuser, login):
    """Staff who wrap a call in a definer function of theirs do not make its callers staff."""
    superuser.execute("CREATE SCHEMA wrapped AUTHORIZATION test_staff")
    superuser.execute("GRANT USAGE ON SCHEMA wrapped TO PUBLIC")
    login("shop_staff").execute("""
        CREATE FUNCTION wrapped.place_order(INT) RETURNS INT LANGUAGE sql SECURITY DEFINER
        AS 'SELECT store.place_order($1, ''[{"product_id": 5, "quantity": 1}]'')'
    """)
    session = login("shop_customer", **AS_CUSTOMER)
    assert sqlstate(session, "SELECT wrapped.place_order(2)") == "42501"
    session.execute("SELECT wrapped.place_order(3)")
    assert performers(seeded_store) == ["test_customer"]


def test_the_owner_and_superusers_act_for_anybody(seeded_store, superuser, let_groups_in):
    """Logged in, or having become the owner; as a customer the owner is a customer."""
    seeded_store.execute(ORDER_FOR, [2])
    superuser.execute(ORDER_FOR, [2])
    superuser.execute("SET ROLE store_owner")
    superuser.execute(ORDER_FOR, [2])
    seeded_store.execute("SET ROLE shop_customer")
    assert sqlstate(seeded_store, ORDER_FOR, 2) == "42501"
    seeded_store.execute("RESET ROLE")
    assert performers(seeded_store) == ["store_owner", "postgres", "store_owner"]


def test_a_login_granted_one_function_may_do_that_alone(seeded_store, superuser, login):
    """The scheduler's: run_maintenance() and seal_audit() work, and act for nobody else."""
    seeded_store.execute("GRANT EXECUTE ON FUNCTION run_maintenance(), seal_audit() TO test_nobody")
    seeded_store.execute(
        "GRANT EXECUTE ON FUNCTION place_order(INT, JSONB, TEXT, TEXT, INT, NUMERIC, INT) TO test_nobody"
    )
    session = login("public", **AS_CUSTOMER)
    query = "SELECT run_maintenance() ? 'sealed', seal_audit() IS NOT NULL"
    assert session.execute(query).fetchone() == (True, True)
    for customer in (2, 3):  # not shop_customer, so not even for the one the setting names
        assert sqlstate(session, ORDER_FOR, customer) == "42501"


def performers(owner):
    """Whom the orders placed in the test are put down to, in their order."""
    query = "SELECT performed_by FROM order_audit WHERE order_id > 45 AND action = 'placed' ORDER BY id"
    return [performer for (performer,) in owner.execute(query)]
