"""What never reaches a function, because its argument types refuse it: PostgreSQL's own codes, listed once."""

import psycopg
import pytest

INVALID_TEXT, OUT_OF_RANGE, INVALID_INSTANT = "22P02", "22003", "22007"


@pytest.mark.parametrize(
    ("type_name", "text", "code"),
    [
        ("INT", "", INVALID_TEXT),
        ("INT", "1.0", INVALID_TEXT),
        ("INT", "NaN", INVALID_TEXT),
        ("INT", "2147483648", OUT_OF_RANGE),
        ("INT", "-2147483649", OUT_OF_RANGE),
        ("BIGINT", "9223372036854775808", OUT_OF_RANGE),
        ("NUMERIC", "", INVALID_TEXT),
        ("NUMERIC", "ten", INVALID_TEXT),
        ("NUMERIC", "1,50", INVALID_TEXT),
        ("NUMERIC", "1e131072", OUT_OF_RANGE),
        ("BOOLEAN", "maybe", INVALID_TEXT),
        ("TIMESTAMPTZ", "soon", INVALID_INSTANT),
        ("TIMESTAMPTZ", "2026-02-30", "22008"),
        ("JSONB", "", INVALID_TEXT),
        ("JSONB", "{", INVALID_TEXT),
        ("JSONB", "[NaN]", INVALID_TEXT),
        ("JSONB", "[Infinity]", INVALID_TEXT),
        ("JSONB", "[1,]", INVALID_TEXT),
        ("JSONB", "[01]", INVALID_TEXT),
        ("JSONB", "[1e131072]", OUT_OF_RANGE),
        ("JSONB", '["\\u0000"]', "22P05"),
    ],
)
def test_a_type_refuses_what_it_cannot_hold(shop, type_name, text, code):
    with pytest.raises(psycopg.Error) as refused:
        shop.execute(f"SELECT CAST(%s::TEXT AS {type_name})", [text])
    assert refused.value.sqlstate == code


@pytest.mark.parametrize("call", ["place_order(1, '[]'::TEXT)", "place_order('1')", "ship_order(1, 'Post')"])
def test_a_call_that_fits_no_function_is_refused(shop, call):
    with pytest.raises(psycopg.errors.UndefinedFunction):
        shop.execute(f"SELECT {call}")


def test_of_a_key_that_stands_twice_the_last_one_counts(shop):
    """JSONB keeps one value a key before any function sees it."""
    (items,) = shop.execute("""SELECT '[{"product_id": 1, "quantity": 1, "quantity": 2}]'::JSONB""").fetchone()
    assert items == [{"product_id": 1, "quantity": 2}]
