"""A customer sees and changes the own rows: not another's, and none without being signed in."""

import psycopg
import pytest

from tests.security.refusals import sqlstate
from tests.security.rights import listed
from tests.security.tokens import token

RELATIONS, _ = listed()
OWN = sorted(name for name, relation in RELATIONS.items() if relation.whose_rows("shop_customer") == "own")
OF_CUSTOMER = {name: "customer_id = %s" for name in ("addresses", "customers", "orders")}
OF_ORDER = "order_id IN (SELECT order_id FROM orders WHERE customer_id = %s)"
OF_DOCUMENT = f"document_id IN (SELECT document_id FROM documents WHERE {OF_ORDER})"
CONDITIONS = OF_CUSTOMER | {name: OF_DOCUMENT for name in ("document_corrections", "document_lines")}
KEYS = {OF_ORDER: "order_id", OF_DOCUMENT: "document_id"}
ONE, OTHER = 3, 2  # Anne and Jo have something in each of the tables; no other has what they have

ITEMS = '[{"product_id": 5, "quantity": 1}]'


@pytest.mark.parametrize("relation", OWN)
def test_a_customer_sees_the_own_rows_and_no_others(seeded_store, login, relation):
    """All of the own, however they are asked for; none signed out; none of a customer there is not."""
    session = login("shop_customer")
    columns = readable(seeded_store, relation)
    for customer in (ONE, OTHER):
        sign_in(session, customer)
        expected = own_rows(seeded_store, relation, columns, customer)
        assert expected != []
        assert everything(session, relation, columns) == expected
    for nobody in ("", "999", "10"):  # the tenth was erased: the books have the row, and no address
        sign_in(session, nobody)
        expected = own_rows(seeded_store, relation, columns, nobody or 0)
        assert everything(session, relation, columns) == expected
        assert nobody == "10" or expected == []


@pytest.mark.parametrize("relation", OWN)
def test_a_condition_of_ones_own_shows_no_row_more(seeded_store, login, relation):
    """Asking for another's rows by name, by OR TRUE, by a join or a sub-select."""
    session = login("shop_customer")
    sign_in(session, ONE)
    columns = readable(seeded_store, relation)
    key = KEYS.get(condition_of(relation), "customer_id")
    others = own_rows(seeded_store, relation, [key], OTHER)
    keys = ", ".join(sorted({value.strip("(,)") for value in others}))
    of_another = f"SELECT 1 FROM {relation} WHERE {key} IN ({keys})"
    assert session.execute(of_another).fetchall() == []
    assert session.execute(f"SELECT EXISTS ({of_another})").fetchone() == (False,)
    expected = own_rows(seeded_store, relation, columns, ONE)
    assert everything(session, f"{relation} WHERE {key} IN ({keys}) OR TRUE", columns) == expected
    joined = f"{relation} AS a FULL JOIN {relation} AS b USING ({key})"
    assert session.execute(f"SELECT DISTINCT {key} FROM {joined} WHERE {key} IN ({keys})").fetchall() == []


def test_a_token_opens_what_the_setting_opened(signed_store, login):
    """The same rows, whichever way the session says whom it acts for."""
    session = login("shop_customer", **{"app.customer_id": OTHER})
    session.execute("SELECT set_config('app.session_token', %s, FALSE)", [token(claims={"customer_id": ONE})])
    for relation in OWN:
        columns = readable(signed_store, relation)
        assert everything(session, relation, columns) == own_rows(signed_store, relation, columns, ONE)


def test_a_customer_changes_the_own_row_alone(seeded_store, login):
    """An UPDATE or DELETE without a condition meets the own rows only; signed out it meets none."""
    session = login("shop_customer")
    changes = {
        "UPDATE customers SET phone = '1'": "SELECT customer_id FROM customers WHERE phone = '1'",
        "UPDATE addresses SET city = 'X'": "SELECT customer_id FROM addresses WHERE city = 'X'",
    }
    for change, changed in changes.items():
        sign_in(session, "")
        assert session.execute(change).rowcount == 0
        sign_in(session, ONE)
        session.execute(change)
        assert {owner for (owner,) in seeded_store.execute(changed)} == {ONE}
    count = "SELECT count(*) FROM addresses WHERE customer_id <> 3"
    before = seeded_store.execute(count).fetchone()
    assert session.execute("DELETE FROM addresses").rowcount == 2
    assert seeded_store.execute(count).fetchone() == before


def test_an_address_is_added_to_the_own_ones_alone(seeded_store, login):
    """Not to another's, and not to an erased customer's, whoever asks."""
    session = login("shop_customer")
    insert = """
        INSERT INTO addresses (customer_id, recipient, line1, city, country_code)
        VALUES (%s, 'A', 'B', 'C', 'US')
    """
    for acting, customer, expected in [
        (ONE, ONE, None),
        (ONE, OTHER, "42501"),
        ("", ONE, "42501"),
        (10, 10, "ST002"),
    ]:
        sign_in(session, acting)
        assert sqlstate(session, insert, customer) == expected
    assert sqlstate(login("shop_staff"), insert, ONE) is None
    assert sqlstate(login("shop_staff"), insert, 10) == "ST002"


def test_a_default_address_is_one_of_the_own(seeded_store, login):
    """Another's is refused as one that there is not; that there is one is not told."""
    session = login("shop_customer", **{"app.customer_id": ONE})
    change = "UPDATE customers SET default_address_id = %s"
    told = {refusal(session, change, address)[:2] for address in (1, 999)}
    assert {sqlstate for sqlstate, _ in told} == {"23503"}
    assert len(told) == 1, "the refusals differ, and so tell something"
    assert refusal(session, change, 4) is None
    assert refusal(session, change, None) is None


@pytest.mark.parametrize(
    ("call", "own", "others"),
    [
        ("SELECT place_order(%s, '" + ITEMS + "')", 1, 2),
        ("SELECT * FROM quote_order('" + ITEMS + "', NULL, %s)", 1, 2),
        ("SELECT export_customer(%s)", 1, 2),
        ("SELECT cancel_order(%s, 'changed my mind')", 43, 45),
    ],
)
def test_a_function_acts_for_the_caller_alone(seeded_store, login, call, own, others):
    """A customer's own; another's, nobody's and what there is not are refused alike. Staff: anyone's."""
    customer = seeded_store.execute("SELECT customer_id FROM orders WHERE order_id = 43").fetchone()[0]
    session = login("shop_customer", **{"app.customer_id": customer if own == 43 else own})
    signed_out = login("shop_customer")
    refusals = {refusal(session, call, others), refusal(session, call, 999), refusal(session, call, None)}
    refusals |= {refusal(signed_out, call, each) for each in (own, others, 999, None)}
    if "quote_order" in call:  # a price is no secret, and nobody need be signed in to ask for one
        refusals.discard(None)
    assert {sqlstate for sqlstate, *_ in refusals} == {"42501"}
    assert len(refusals) == 1, "the refusals differ, and so tell something"
    assert refusal(session, call, own) is None
    assert refusal(login("shop_staff"), call, others) is None


def readable(owner, relation):
    """The columns of a relation that a customer may read, by the list."""
    query = """
        SELECT attname FROM pg_attribute
        WHERE attrelid = %s::REGCLASS AND attnum > 0 AND NOT attisdropped ORDER BY attnum
    """
    columns = [column for (column,) in owner.execute(query, [relation])]
    return [column for column in columns if RELATIONS[relation].may("shop_customer", "r", column)]


def condition_of(relation):
    """What makes a row of the relation a customer's, by the owner's look."""
    return CONDITIONS.get(relation, OF_ORDER)


def own_rows(owner, relation, columns, customer):
    """The rows of a customer, by an owner's query that no policy touches."""
    query = f"SELECT {', '.join(columns)} FROM {relation} WHERE {condition_of(relation)}"
    return sorted(map(repr, owner.execute(query, [customer]).fetchall()))


def everything(session, relation, columns):
    """Whatever rows a session is shown."""
    return sorted(map(repr, session.execute(f"SELECT {', '.join(columns)} FROM {relation}").fetchall()))


def sign_in(session, customer):
    """Say whom the session acts for."""
    session.execute("SELECT set_config('app.customer_id', %s, FALSE)", [str(customer)])


def refusal(session, query, *parameters):
    """All a refused caller is told, None where the statement is not refused."""
    try:
        with session.transaction(force_rollback=False):
            session.execute(query, parameters)
    except psycopg.Error as error:
        told = error.diag
        return error.sqlstate, told.message_primary, told.message_detail, told.message_hint
    return None
