"""Two mailboxes, SKUs or coupons that look alike are one: nothing in them goes unseen."""

import unicodedata

import psycopg
import pytest

# Signs that Unicode calls formats and that are seen, around the number they stand before.
SEEN = {"ARABIC", "SYRIAC", "KAITHI"}
# What is seen as nothing, by the names Unicode gives it, though it counts as a letter, mark or symbol.
FILLERS = (
    "HANGUL FILLER",
    "HANGUL CHOSEONG FILLER",
    "HANGUL JUNGSEONG FILLER",
    "VARIATION SELECTOR",
    "GRAPHEME JOINER",
    "INHERENT",
    "BRAILLE PATTERN BLANK",
)


def unseen():
    """Every character that nobody sees inside a word, but the plain blank, as Python knows Unicode."""
    for character in map(chr, range(0x80, 0x110000)):
        category, name = unicodedata.category(character), unicodedata.name(character, "")
        if (
            category == "Zs"
            or category == "Cf"
            and (name.split(" ")[0] not in SEEN or name == "ARABIC LETTER MARK")
            or any(filler in name for filler in FILLERS)
        ):
            yield character


UNSEEN = "".join(unseen())
TABLES = [
    "INSERT INTO customers (email) VALUES (lower(%s) || '@example.org')",
    "INSERT INTO products (sku, name, price) VALUES (%s, 'Tea', 1)",
    "INSERT INTO coupons (coupon_code, kind, value) VALUES (%s, 'percent', 10)",
]


def test_a_code_holds_nothing_unseen(store):
    """Each by itself; blanks become plain ones, all else goes, and letters stay."""
    query = """
        SELECT sign FROM regexp_split_to_table(%s, '') AS sign
        WHERE clean_code('A' || sign || 'B') NOT IN ('AB', 'A B')
    """
    assert len(UNSEEN) > 400
    assert store.execute(query, [UNSEEN]).fetchall() == []
    for code in ("ÄÖ-1", "靴-1", "Ё №5", "กาแฟ", "हिन्दी", "A B", "\N{ARABIC NUMBER SIGN}7"):
        assert store.execute("SELECT clean_code(%s)", [code]).fetchone() == (code,)


@pytest.mark.parametrize("insert", TABLES)
def test_no_table_takes_one_that_looks_like_another(store, insert):
    for code in (
        "TE\N{ZERO WIDTH SPACE}A",
        "TE\N{VARIATION SELECTOR-16}A",
        "T\N{NO-BREAK SPACE}EA",
        "TE\N{TAG SPACE}A",
    ):
        with pytest.raises(psycopg.errors.CheckViolation):
            store.execute(insert, [code])


def test_a_coupon_pasted_with_what_nobody_sees_is_found(seeded_store, database):
    """As out of a mail, where a no-break space stands for a blank and a word may be broken anywhere."""
    seeded_store.execute("INSERT INTO coupons (coupon_code, kind, value) VALUES ('SPRING SALE', 'percent', 10)")
    quote = """SELECT DISTINCT order_discount FROM quote_order('[{"product_id": 1, "quantity": 1}]', %s)"""
    with database.connect("shop_customer") as shopper:
        for pasted in (
            "Spring Sale",
            "\N{BYTE ORDER MARK}spring\N{NO-BREAK SPACE}sale",
            "spr\N{SOFT HYPHEN}ing sale\u200b",
        ):
            assert shopper.execute(quote, [pasted]).fetchall() == [(12,)], pasted


def test_a_sku_pasted_so_is_found_first(store):
    store.execute("INSERT INTO products (sku, name, price) VALUES ('TEA 1', 'Zebra', 1), ('ZEBRA', 'Tea 1', 1)")
    found = store.execute("SELECT sku FROM search_products(%s)", ["tea\N{NO-BREAK SPACE}1\N{WORD JOINER}"]).fetchall()
    assert found == [("TEA 1",), ("ZEBRA",)]
