"""Inputs of every type a function may be given, from the smallest to 10 MB: what a client could send."""

SIZES = {"small": 1, "1 KB": 2**10, "10 MB": 10 * 2**20}
MOST_DIGITS = 131_072  # of a NUMERIC, before the point
DEEPEST = 1_000  # levels of JSON; PostgreSQL refuses to read some thousand more


def repeated(text, size):
    """The text over and over, about so many bytes."""
    return text * max(1, size // len(text.encode()))


def texts(size):
    return {
        "letters": repeated("x", size),
        "blanks": repeated(" ", size),
        "words": repeated("ab ", size),
        "lines": repeated("\n", size),
        "accents": repeated("e\u0301", size),
        "nothing one can see": repeated("\u200b", size),
        "quotes": repeated("""-"'(""", size),
        "a token": f"{repeated('x', size)}.{repeated('x', size)}.{'x' * 43}",
        "digits": repeated("1", size),
    }


def array_of(entry, size, at_most=None):
    count = max(1, size // (len(entry) + 1))
    return f"[{','.join([entry] * min(count, at_most or count))}]"


def json_texts(size):
    """JSON of one kind each; an entry is as a function's items are, or nearly."""
    good = '{"product_id":1,"line_no":1,"quantity":1}'
    digits = "9" * min(max(1, size // 500), MOST_DIGITS)
    return {
        "a text": f'"{repeated("x", size)}"',
        "a list of numbers": array_of("0", size),
        "a list of entries": array_of(good.replace('"line_no":1,', ""), size),
        "a list of lines": array_of(good.replace('"product_id":1,', ""), size),
        "depth": array_of("[" * DEEPEST + "]" * DEEPEST, size),
        "depth in an entry": array_of('{"product_id":1,"quantity":' + "[" * DEEPEST + "]" * DEEPEST + "}", size, 500),
        "keys": "[{" + ",".join(f'"{number}":1' for number in range(max(1, size // 12))) + "}]",
        "keys outside a list": "{" + ",".join(f'"{number}":1' for number in range(max(1, size // 12))) + "}",
        "long keys": f'[{{"{repeated("k", size)}":1}}]',
        "long texts for numbers": array_of(good.replace("1}", f'"{repeated("x", size // 500)}"}}'), size, 500),
        "digits": array_of(good.replace("1}", digits + "}"), size, 500),
        "decimals": array_of(good.replace("1}", f"1.{digits[:16_000]}}}"), size, 500),
        "exponents": array_of(good.replace("1}", "1e130000}"), size, 500),
    }


def numbers(size):
    digits = "9" * min(size, MOST_DIGITS)
    return {"digits": digits, "minus": "-" + digits, "decimals": "0." + digits[:16_000], "exponent": "1e131071"} | {
        name: name for name in ("NaN", "Infinity", "-Infinity")
    }


# By type, and for each size: the inputs by name, as texts. A type of one size has no bigger ones.
INPUTS = {
    "text": texts,
    "jsonb": json_texts,
    "numeric": numbers,
    "bytea": lambda size: {"bytes": "\\x" + "00" * size},
    "integer": lambda size: {name: name for name in ("0", "1", "2147483647", "-2147483648")},
    "bigint": lambda size: {name: name for name in ("0", "1", "9223372036854775807", "-9223372036854775808")},
    "boolean": lambda size: {name: name for name in ("true", "false")},
    "timestamp with time zone": lambda size: {
        name: name
        for name in ("infinity", "-infinity", "294276-12-31 23:59Z", "4714-11-24 00:00Z BC", "2026-02-28 00:00Z")
    },
    "timestamp without time zone": lambda size: {
        name: name for name in ("infinity", "-infinity", "294276-12-31 23:59", "4714-11-24 00:00 BC")
    },
    "text[]": lambda size: {"many": "{" + repeated("ab,", size) + "ab}", "long": "{" + repeated("x", size) + "}"},
    "interval": lambda size: {name: name for name in ("1 day", "178000000 years", "-178000000 years")},
    "date": lambda size: {name: name for name in ("infinity", "-infinity", "2026-01-01")},
    "character varying": texts,
    "character": texts,
}
