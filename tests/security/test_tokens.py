"""Whom a session acts for: app.customer_id until the first signing key, then a signed token only."""

import string
from time import time

import psycopg
import pytest

from tests.security.refusals import sqlstate
from tests.security.tokens import KEY_ID, SECRET, base64url, padded_block, token

OTHER_KEY_ID = "2026-01"
OTHER_SECRET = b"another secret of the very store"
REFUSED = "28000"

JSON_OBJECTS = [
    "{}",
    '{"a":1}',
    ' {"a" : [1,2,{"b":null}], "c":"x\\"y\\\\", "d":-1.5e+10, "e":1e99999}\n',
    '{"a":"\\ud83d\\ude00"}',
    '{"a":{"b":{"c":[[],[[]],{}]}}}',
    '{"":"", "t":true, "f":false}',
    '{"name":"M\N{LATIN SMALL LETTER U WITH DIAERESIS}ller"}',
]
NO_JSON_OBJECTS = [
    *("", "[]", "1", '"x"', "null", "{", "}", '{":1}', "{a:1}", "{0:1}", '{"a":01}', '{"a":1.}', '{"a":.5}'),
    *('{"a":1 2}', '{"a" 1}', '{"a":1,}', '{"a":[1,]}', '{"a":tru}', '{"a":truefalse}', '{"a":+1}', '{"a":--1}'),
    *('{"a":1}{}', '{"a":1}x', '{"a":NaN}', "{'a':1}", '{"a":"\n"}', '{"a":\\}', '{"a":"\\x"}', "{\x01:1}"),
    *('{"a":"\\u0000"}', '{"a":"\\ud800"}', '{"a":"\\udc00\\ud800"}', '{"a":"\x01"}', '{"a":1e999999}'),
]


def test_without_a_key_the_setting_is_the_customer(seeded_store, login):
    """Digits that are an INT; whatever else the setting holds is nobody."""
    session = login("shop_customer")
    assert customer_of(session) is None
    assert customer_of(session, setting="7") == 7
    assert customer_of(session, setting="2147483647") == 2147483647
    for nobody in ["", "0", "-1", "+1", "01", "1.0", " 1", "1 ", "x", "2147483648", "9" * 30, "١"]:
        assert customer_of(session, setting=nobody) is None, nobody


def test_with_a_key_the_token_is_the_customer(signed_store, login):
    """Any JSON integer, any number that is later than now, with or without the claims of others."""
    session = login("shop_customer")
    soon = time() + 60.5
    for claims in [
        {},
        {"exp": soon},
        {"exp": 4e9, "nbf": 0, "iat": 0, "iss": "shop"},
        '{"exp":4.0E+9, "customer_id" :\n1}',
        '{"customer_id":1,"exp":4e9,"name":"M\N{LATIN SMALL LETTER U WITH DIAERESIS}ller \N{WHALE}","roles":[{"a":[]}]}',
    ]:
        assert customer_of(session, token(claims=claims)) == 1, claims
    assert customer_of(session, token(claims={"customer_id": 2147483647})) == 2147483647


@pytest.mark.parametrize("length", [32, 63, 64, 65, 200])
def test_a_secret_of_any_length_signs_as_hmac_says(signed_store, login, length):
    """Python's HMAC and the store's agree, also where a secret is longer than HMAC's block."""
    secret = bytes(byte % 251 for byte in range(length))
    signed_store.execute("SELECT set_signing_key('long', %s)", [secret])
    assert customer_of(login("shop_customer"), token(secret, header={"kid": "long"})) == 1


def test_after_the_first_key_the_setting_never_counts_again(signed_store, login):
    """Not beside a token, not without one, and not once every key is retired."""
    session = login("shop_customer", **{"app.customer_id": 1})
    assert customer_of(session) is None
    assert customer_of(session, token(claims={"customer_id": 2})) == 2
    signed_store.execute("SELECT retire_signing_key(%s)", [KEY_ID])
    assert customer_of(session) is None
    assert customer_of(session, token()) == REFUSED


def test_keys_are_rotated_without_signing_anybody_out(signed_store, login):
    """Old and new count together until the old one is retired, which works at once."""
    session = login("shop_customer")
    new = token(OTHER_SECRET, header={"kid": OTHER_KEY_ID})
    assert customer_of(session, new) == REFUSED
    signed_store.execute("SELECT set_signing_key(%s, %s)", [OTHER_KEY_ID, OTHER_SECRET])
    assert customer_of(session, token()) == customer_of(session, new) == 1
    signed_store.execute("SELECT retire_signing_key(%s)", [KEY_ID])
    assert customer_of(session, token()) == REFUSED
    assert customer_of(session, new) == 1


def test_a_key_is_set_and_retired_once(signed_store):
    """The same again changes nothing; another secret, a short one, an odd or unknown id is refused."""
    signed_store.execute("SELECT set_signing_key(%s, %s)", [KEY_ID, SECRET])
    assert refusal(signed_store, "SELECT set_signing_key(%s, %s)", KEY_ID, OTHER_SECRET) == "ST004"
    for key_id, secret in [
        ("short", SECRET[1:]),
        ("none", None),
        (None, SECRET),
        ("", SECRET),
        ("a b", SECRET),
        ('a"b', SECRET),
        ("a" * 65, SECRET),
    ]:
        assert refusal(signed_store, "SELECT set_signing_key(%s, %s)", key_id, secret) == "ST003"
    assert refusal(signed_store, "SELECT retire_signing_key('unknown')") == "ST003"
    signed_store.execute("SELECT retire_signing_key(%s)", [KEY_ID])
    signed_store.execute("SELECT retire_signing_key(%s)", [KEY_ID])
    assert refusal(signed_store, "SELECT set_signing_key(%s, %s)", KEY_ID, SECRET) == "ST004"


def test_no_forged_token_is_anybody(signed_store, login):
    """Each of these is an error, whoever sends it, and in all of them the same one."""
    signed_store.execute("SELECT set_signing_key(%s, %s)", [OTHER_KEY_ID, OTHER_SECRET])
    signed_store.execute("SELECT set_signing_key('retired', %s)", [bytes(32)])
    signed_store.execute("SELECT retire_signing_key('retired')")
    session = login("shop_customer", **{"app.customer_id": 1})
    assert customer_of(session, token()) == 1
    assert {name: found for name, forged in forgeries() if (found := customer_of(session, forged)) != REFUSED} == {}


def test_a_refusal_says_what_to_do_and_not_why(signed_store, login):
    """Expired, forged and no token at all are told alike; the token is not repeated."""
    session = login("shop_customer")
    told = set()
    for forged in [token(claims={"exp": 1}), token(OTHER_SECRET), "no token"]:
        session.execute("SELECT set_config('app.session_token', %s, FALSE)", [forged])
        with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification) as caught:
            session.execute("SELECT current_customer_id()")
        error = caught.value.diag
        told.add((error.message_primary, error.message_detail, error.message_hint))
    assert told == {
        (
            "the session token does not hold",
            '{"setting": "app.session_token"}',
            "It may have expired: sign the customer in again.",
        )
    }


def test_where_a_token_does_not_hold_nothing_is_done(signed_store, login):
    """Not an empty list of orders, but an error, for whatever depends on whom the session acts for."""
    session = login("shop_customer", **{"app.session_token": token(claims={"exp": 1})})
    for statement in [
        "SELECT FROM orders",
        "SELECT FROM order_items",
        "UPDATE customers SET first_name = 'X'",
        "SELECT export_customer(1)",
        """SELECT place_order(1, '[{"product_id": 5, "quantity": 1}]')""",
    ]:
        assert sqlstate(session, statement) == REFUSED, statement
    assert session.execute("SELECT count(*) > 0 FROM storefront_products").fetchone() == (True,)


def test_staff_need_no_token(signed_store, login):
    """Whom they act for is asked of nobody; the audit notes nobody, and does not fail over it."""
    session = login("shop_staff", **{"app.session_token": token(claims={"exp": 1})})
    order = session.execute("""SELECT place_order(1, '[{"product_id": 5, "quantity": 1}]')""").fetchone()[0]
    session.execute("UPDATE customers SET is_vip = NOT is_vip WHERE customer_id = 1")
    noted = """
        SELECT customer_id FROM order_audit WHERE order_id = %s
        UNION ALL SELECT customer_id FROM audit_log WHERE id = (SELECT max(id) FROM audit_log)
    """
    assert signed_store.execute(noted, [order]).fetchall() == [(None,), (None,)]


@pytest.mark.parametrize("signed", [True, False])
def test_the_audit_notes_whom_the_session_acted_for(seeded_store, login, signed):
    """By token or by setting: the customer for whom the order was placed, the address changed."""
    if signed:
        seeded_store.execute("SELECT set_signing_key(%s, %s)", [KEY_ID, SECRET])
        session = login("shop_customer", **{"app.session_token": token(claims={"customer_id": 3})})
    else:
        session = login("shop_customer", **{"app.customer_id": 3})
    order = session.execute("""SELECT place_order(3, '[{"product_id": 5, "quantity": 1}]')""").fetchone()[0]
    session.execute("UPDATE customers SET phone = '555 0103'")
    noted = """
        SELECT customer_id, performed_by FROM order_audit WHERE order_id = %s
        UNION ALL
        SELECT customer_id, changed_by FROM audit_log WHERE id = (SELECT max(id) FROM audit_log)
    """
    assert seeded_store.execute(noted, [order]).fetchall() == [(3, "test_customer")] * 2


@pytest.mark.parametrize("text", [*JSON_OBJECTS, *NO_JSON_OBJECTS])
def test_what_is_json_is_known_without_an_error(store, text):
    """What is taken for a JSON object becomes JSONB; what is not is refused in silence."""
    part = base64url(text.encode())
    query = "SELECT jsonb_typeof(_token_part(%s)::JSONB)"
    assert store.execute(query, [part]).fetchone() == ("object" if text in JSON_OBJECTS else None,)


def test_no_token_with_one_character_changed_is_anybody(signed_store, login):
    """Every place, every other character of the alphabet and some that are not of it."""
    session = login("shop_customer")
    genuine = token()
    characters = string.ascii_letters + string.digits + "-_.=+/ \n"
    forged = [
        genuine[:place] + character + genuine[place + 1 :]
        for place in range(len(genuine))
        for character in characters[place % 4 :: 4]
        if character != genuine[place]
    ]
    query = """
        SELECT forged FROM unnest(%s::TEXT[]) AS forged
        WHERE _customer_id_of_token(forged) IS NOT NULL
    """
    assert customer_of(session, genuine) == 1
    assert signed_store.execute(query, [forged]).fetchall() == []


def test_how_a_session_reads_backslashes_changes_nothing(signed_store, database, login):
    """A pattern with one in it would take any character for the dot."""
    with database.connect(standard_conforming_strings="off") as owner:
        owner.execute("SELECT set_signing_key(%s, %s)", [OTHER_KEY_ID, OTHER_SECRET])
    session = login("shop_customer", standard_conforming_strings="off")
    genuine = token(OTHER_SECRET, header={"kid": OTHER_KEY_ID})
    assert customer_of(session, genuine) == 1
    for other in "-_~ ":
        assert customer_of(session, f"{genuine[:-44]}{other}{genuine[-43:]}") == REFUSED, other


def test_the_secret_is_nowhere_but_in_its_table(signed_store):
    """Nor are the blocks made of it, which are worth as much: in no other row, as text or as bytes."""
    signed_store.execute("SELECT run_maintenance()")
    worth_it = [SECRET, padded_block(SECRET, 0x36), padded_block(SECRET, 0x5C)]
    relations = signed_store.execute("""
        SELECT oid::REGCLASS::TEXT FROM pg_class
        WHERE relnamespace = 'store'::REGNAMESPACE AND relkind IN ('r', 'p', 'v', 'm')
    """).fetchall()
    holding = {
        name
        for (name,) in relations
        for secret in worth_it
        if signed_store.execute(
            f"SELECT EXISTS (SELECT FROM {name} AS held WHERE held::TEXT LIKE %s)", [f"%{secret.hex()}%"]
        ).fetchone()[0]
    }
    assert holding == {"signing_keys"}
    signed_store.execute("SELECT retire_signing_key(%s)", [KEY_ID])
    assert signed_store.execute("SELECT num_nonnulls(inner_pad, outer_pad) FROM signing_keys").fetchone() == (0,)


def forgeries():
    """Tokens nobody may be taken for, each with what is wrong with it."""
    genuine = token()
    header, payload, signature = genuine.split(".")
    for algorithm in ["none", "None", "", "hs256", "HS384", "HS512", "RS256", "ES256", None]:
        yield f"alg {algorithm}", token(header={"alg": algorithm})
    yield "alg escaped", token(header=f'{{"alg":"HS\\u003256","kid":"{KEY_ID}"}}')
    yield "alg none, unsigned", token(header={"alg": "none"}).rsplit(".", 1)[0] + "."
    yield "signed with SHA-384", token(hash_name="sha384")
    yield "signed with SHA-512", token(hash_name="sha512")
    for kid in [OTHER_KEY_ID, "retired", "unknown", "", 1, [KEY_ID], "' OR TRUE --", None]:
        yield f"kid {kid}", token(header={"kid": kid})
    yield "retired key", token(bytes(32), header={"kid": "retired"})
    yield "no secret", token(b"")
    yield "the key id as the secret", token(KEY_ID.encode())
    yield "another secret", token(OTHER_SECRET)
    yield "the inner pad as the secret", token(padded_block(SECRET, 0x36))
    yield "the outer pad as the secret", token(padded_block(SECRET, 0x5C))
    yield "extension to be understood", token(header={"crit": ["exp"], "exp": 1})
    yield "alg twice", token(header=f'{{"alg":"none","alg":"HS256","kid":"{KEY_ID}"}}')
    yield "kid twice", token(header=f'{{"alg":"HS256","kid":"x","kid":"{KEY_ID}"}}')
    for claims in ["[]", "1", '"x"', "null", "{", "", "not JSON", "\x00", "\udcff"]:
        yield f"claims {claims!r}", token(claims=claims.encode("utf-8", "replace").decode())
    for claims in ['{"a":1', '{"customer_id":1,"exp":4e9,"a":"\\u0000"}', '{"customer_id":1,"exp":4e9,"a":1e999999}']:
        yield f"claims {claims!r}", token(claims=claims)
    exp = int(time()) + 3600
    yield "customer twice", token(claims=f'{{"customer_id":2,"customer_id":1,"exp":{exp}}}')
    yield "customer twice, escaped", token(claims=f'{{"customer_id":2,"customer\\u005fid":1,"exp":{exp}}}')
    yield "exp twice", token(claims=f'{{"customer_id":1,"exp":1,"exp":{exp}}}')
    yield "other claim twice", token(claims=f'{{"customer_id":1,"exp":{exp},"a":1,"a":1}}')
    for customer in ["1", 1.0, 0, -1, 2**31, 2**70, True, [1], {"id": 1}, "", None]:
        yield f"customer {customer!r}", token(claims={"customer_id": customer})
    yield "customer 1e0", token(claims=f'{{"customer_id":1e0,"exp":{exp}}}')
    yield "customer null", token(claims=f'{{"customer_id":null,"exp":{exp}}}')
    for late in [0, -1, exp - 7200, exp - 3601.5, str(exp), "never", True, [exp], None]:
        yield f"exp {late!r}", token(claims={"exp": late})
    for endless in ["1e999", "1e-999", "9" * 400, "null", "Infinity", "NaN"]:
        yield f"exp {endless}", token(claims=f'{{"customer_id":1,"exp":{endless}}}')
    for early in [exp, str(exp), True]:
        yield f"nbf {early!r}", token(claims={"nbf": early})
    yield "too long", token(claims={"padding": "x" * 2000})
    yield "truncated", genuine[:-1]
    yield "lengthened", genuine + "A"
    yield "padded", genuine + "="
    yield "padded parts", f"{header}=.{payload}=.{signature}"
    yield "another spelling of the signature", genuine[:-1] + another_spelling(genuine[-1])
    yield "signature backwards", f"{header}.{payload}.{signature[::-1]}"
    yield "header of another token", f"{token(header={'typ': 'x'}).split('.')[0]}.{payload}.{signature}"
    yield "claims of another", f"{header}.{token(claims={'customer_id': 2}).split('.')[1]}.{signature}"
    for white in [" ", "\t", "\n", "\r\n", "\N{NO-BREAK SPACE}"]:
        yield f"{white!r} before", white + genuine
        yield f"{white!r} after", genuine + white
        yield f"{white!r} within", f"{header}.{white}{payload}.{signature}"
    for odd in [".", "..", "a.b.c", header, f"{header}.{payload}", f"{genuine}.{signature}"]:
        yield f"parts of {odd[:5]!r}", odd
    yield "Bearer", f"Bearer {genuine}"
    yield "unsigned number", "1"


def another_spelling(character: str) -> str:
    """The last character of 32 bytes in base64 carries 4 bits; one that differs in the other 2."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    return alphabet[alphabet.index(character) ^ 1]


def customer_of(session, session_token="", setting=None):
    """Whom the session acts for, with this token and setting; the code where the token is an error."""
    session.execute("SELECT set_config('app.session_token', %s, FALSE)", [session_token])
    if setting is not None:
        session.execute("SELECT set_config('app.customer_id', %s, FALSE)", [setting])
    try:
        return session.execute("SELECT current_customer_id()").fetchone()[0]
    except psycopg.errors.InvalidAuthorizationSpecification as error:
        return error.sqlstate


def refusal(session, query, *parameters):
    """The SQLSTATE a statement is refused with; what it says must not tell the secret."""
    with pytest.raises(psycopg.Error) as caught:
        session.execute(query, parameters)
    told = str(caught.value) + str(caught.value.diag.message_detail)
    assert SECRET.hex() not in told and OTHER_SECRET.hex() not in told
    return caught.value.sqlstate
