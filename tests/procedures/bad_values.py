"""Kinds of bad values, each with the detail it must be told with: what the argument types let in."""

from unittest.mock import ANY

from tests.procedures.conftest import CANCELLED, DELIVERED, PAID, PENDING, RELEASED, RETURNED, SHIPPED

MOST = 2**31 - 1  # an INT


def entry(key, item_key="1", quantity="1", more=""):
    """One item, its values as JSON text; None leaves the key out."""
    fields = [f'"{key}": {item_key}'] * (item_key is not None) + [f'"quantity": {quantity}'] * (quantity is not None)
    return "{" + ", ".join(fields + [more] * bool(more)) + "}"


def bad_items(key, most):
    """Malformed items by name: the JSON text, and what must be told of it."""

    def items(name, text, *problems):
        told = [{"index": index, "field": field, "problem": problem} for index, field, problem in problems]
        return name, (text, {"items": told})

    def shape(name, text, kind, length=None):
        return name, (text, {"items": kind, "length": length, "bytes": ANY})

    not_an_object = (0, None, "is not an object")
    of_key, of_quantity = f"is not from 1 to {MOST}", f"is not from 1 to {most}"
    numbers = {
        "null": ("null", "is not a number"),
        "a string": ('"1"', "is not a number"),
        "an empty string": ('""', "is not a number"),
        "true": ("true", "is not a number"),
        "an array": ("[1]", "is not a number"),
        "an object": ('{"a": 1}', "is not a number"),
        "one and a half": ("1.5", "is not a whole number"),
        "almost nothing": ("1e-400", "is not a whole number"),
        "zero": ("0", None),
        "minus zero": ("-0.0", None),
        "minus one": ("-1", None),
        "beyond INT": ("2147483648", None),
        "beyond BIGINT": ("9223372036854775808", None),
        "1e400": ("1e400", None),
        "-1e400": ("-1e400", None),
    }
    return dict(
        [
            shape("SQL NULL", None, "null"),
            shape("JSON null", "null", "null"),
            shape("a boolean", "true", "boolean"),
            shape("a number", "1", "number"),
            shape("a string", '"[]"', "string"),
            shape("an object", entry(key), "object"),
            shape("nothing", "[]", "array", 0),
            shape("501 entries", f"[{', '.join([entry(key)] * 501)}]", "array", 501),
            items("an entry null", "[null]", not_an_object),
            items("an entry a number", "[1]", not_an_object),
            items("an entry a string", '["1"]', not_an_object),
            items("an entry a boolean", "[false]", not_an_object),
            items("an entry an array", f"[[{entry(key)}]]", not_an_object),
            items("an empty entry", "[{}]", (0, key, "is missing"), (0, "quantity", "is missing")),
            items("no number of it", f"[{entry(key, None)}]", (0, key, "is missing")),
            items("no quantity", f"[{entry(key, quantity=None)}]", (0, "quantity", "is missing")),
            items("a price", "[" + entry(key, more='"price": 1') + "]", (0, "price", "is unknown")),
            items("an empty key", "[" + entry(key, more='"": 1') + "]", (0, "", "is unknown")),
            items(
                "a key in capitals",
                f"[{entry(key.upper())}]",
                (0, key.upper(), "is unknown"),
                (0, key, "is missing"),
            ),
            items(
                "one bad entry among good ones",
                f"[{entry(key)}, {entry(key, '2', '0')}, {entry(key, '3')}]",
                (1, "quantity", of_quantity),
            ),
            items(
                "every entry bad in its own way",
                f"[7, {entry(key, 'null', '1.5')}, "
                + entry(key, "1", None, '"x": 1')
                + ", "
                + entry(key, "-1", '"2"')
                + "]",
                not_an_object,
                (1, key, "is not a number"),
                (1, "quantity", "is not a whole number"),
                (2, "quantity", "is missing"),
                (2, "x", "is unknown"),
                (3, key, of_key),
                (3, "quantity", "is not a number"),
            ),
        ]
        + [
            items(f"its number {name}", f"[{entry(key, value)}]", (0, key, problem or of_key))
            for name, (value, problem) in numbers.items()
        ]
        + [
            items(f"quantity {name}", f"[{entry(key, '1', value)}]", (0, "quantity", problem or of_quantity))
            for name, (value, problem) in numbers.items()
        ]
    )


BAD_PRODUCT_ITEMS = bad_items("product_id", 10000) | {
    "10,001 units": (
        f"[{entry('product_id', '1', '10001')}]",
        {"items": [{"index": 0, "field": "quantity", "problem": "is not from 1 to 10000"}]},
    ),
    "10,001 units in two entries": (
        f"[{entry('product_id', '1', '5000')}, {entry('product_id', '1.0', '5001')}]",
        {"items": [{"index": 1, "field": "product_id", "problem": "adds up to more than 10000 units"}]},
    ),
}
BAD_LINE_ITEMS = bad_items("line_no", MOST) | {
    "a line named twice": (
        f"[{entry('line_no')}, {entry('line_no', '1.0')}]",
        {"items": [{"index": 1, "field": "line_no", "problem": "is repeated"}]},
    ),
}


BLANKS = {
    "empty": "",
    "blank": " \t ",
    "of nothing one can see": "\u00a0\u200b\ufeff\u2028",
    "of control characters": "\x01\x7f\u0085",
}


def bad_texts(argument, at_most, may_be_null=False, may_be_blank=False):
    """Missing and overlong texts: the value, and what must be told of it. One that may be blank may be NULL."""
    values = {"overlong": "x" * (at_most + 1), "of a megabyte": "x" * 2**20, "of a megabyte of blanks": " " * 2**20}
    values |= {} if may_be_blank else BLANKS
    values |= {} if may_be_null or may_be_blank else {"NULL": None}
    return {
        f"{argument} {name}": (
            {argument: value},
            {"argument": argument, "bytes": None if value is None else len(value.encode()), "at_most": at_most},
        )
        for name, value in values.items()
    }


def bad_amounts(argument, may_be_zero=False, may_be_null=False):
    """What is no amount of money."""
    values = ["NaN", "Infinity", "-Infinity", "-0.01", "0.001", "10000000000", str(10**400), str(-(10**400))]
    values += ["0"] * (not may_be_zero) + [None] * (not may_be_null)
    return {
        f"{argument} {value}"[:40]: (
            {argument: value},
            {"argument": argument, "given": value if is_short(value) else None},
        )
        for value in values
    }


def is_short(value):
    """Whether a number is told again: one of 400 digits is not."""
    return value is None or len(value) <= 50


def bad_values(argument, *values):
    """Values that are refused with nothing but themselves to tell."""
    return {f"{argument} {value}": ({argument: value}, {"argument": argument, "given": value}) for value in values}


def items_of(table, but=()):
    """The cases of a table of bad items, as the argument p_items."""
    return {f"items: {name}": ({"p_items": text}, told) for name, (text, told) in table.items() if name not in but}


UNKNOWN_ORDERS = {
    f"order {value}": ({"p_order_id": value}, {"order_id": value and int(value)})
    for value in [None, "0", "-1", "999999", str(MOST), str(-MOST - 1)]
}
UNKNOWN_PRODUCTS = {
    f"product {value}": ({"p_product_id": value}, {"product_id": value and int(value)})
    for value in [None, "0", "-1", "77"]
}
# Where each order stands: status, payment status, balance, and whether it is released.
STANDS = {
    PENDING: ("pending", "unpaid", 20.90, False),
    PAID: ("paid", "paid", 0, False),
    SHIPPED: ("shipped", "paid", 0, False),
    DELIVERED: ("delivered", "partly_refunded", 0, False),
    CANCELLED: ("cancelled", "unpaid", 0, False),
    RETURNED: ("returned", "refunded", 0, False),
    RELEASED: ("pending", "unpaid", 22.00, True),
}


def stands(order_id):
    """What is told of where an order stands."""
    status, payment_status, balance, is_released = STANDS[order_id]
    return {"order_id": order_id, "status": status, "payment_status": payment_status} | {
        "balance": balance,
        "is_released": is_released,
    }


def bad_standings(*allowed):
    """Every order but these."""
    return {
        f"a {STANDS[order_id][0]} order, {order_id}": ({"p_order_id": str(order_id)}, stands(order_id))
        for order_id in STANDS
        if order_id not in allowed
    }


def used_key(function, **other):
    """A key that stands for an allowance, or for this function's call with other arguments."""
    return {
        "another call's key": (
            {"p_idempotency_key": "call-key"} | other,
            {"idempotency_key": "call-key", "function": "grant_allowance"},
        )
    }
