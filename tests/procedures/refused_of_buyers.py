"""What register_customer, place_order and quote_order must refuse.

By function: its arguments when nothing is wrong with them, then by code what may be wrong: the
arguments that differ, and the detail that must be told.
"""

from tests.procedures.bad_values import BAD_PRODUCT_ITEMS, MOST, bad_amounts, bad_texts, entry, items_of
from tests.procedures.conftest import PENDING, TWO_KETTLES


def products(*items):
    return "[" + ", ".join(entry("product_id", str(item), str(units)) for item, units in items) + "]"


BY_BOTH = {
    "ST002": {
        "an unknown product": ({"p_items": products((1, 1), (77, 1))}, {"product_ids": [77]}),
        "an inactive product": ({"p_items": products((2, 1))}, {"product_ids": [2]}),
        "several of both": (
            {"p_items": products((MOST, 1), (1, 1), (2, 1), (55, 1))},
            {"product_ids": [MOST, 2, 55]},
        ),
        "an unknown address": ({"p_address_id": "99"}, {"address_id": 99}),
        "address 0": ({"p_address_id": "0"}, {"address_id": 0}),
        "another customer's address": ({"p_address_id": "2"}, {"address_id": 2}),
        "an unknown customer": ({"p_customer_id": "77"}, {"customer_id": 77}),
        "customer 0": ({"p_customer_id": "0"}, {"customer_id": 0}),
        "customer -1": ({"p_customer_id": "-1"}, {"customer_id": -1}),
        "an erased customer": ({"p_customer_id": "3"}, {"customer_id": 3}),
        "a country that is not served": (
            {"p_address_id": "3"},
            {"country_code": "FR", "region_code": "", "problem": "is not served"},
        ),
        "no region where regions tax differently": (
            {"p_address_id": "4"},
            {"country_code": "CA", "region_code": "", "problem": "needs a region"},
        ),
        "a region without a rate of class standard": (
            {"p_address_id": "5"},
            {"country_code": "CA", "region_code": "AB", "problem": "has no such region"},
        ),
    },
    "ST003": items_of(BAD_PRODUCT_ITEMS)
    | {
        "a coupon of a megabyte": (
            {"p_coupon_code": "x" * 2**20},
            {"argument": "p_coupon_code", "bytes": 2**20, "at_most": 50},
        ),
        "a total that does not fit": (
            {"p_items": products((3, 2))},
            {"subtotal": 19999999999.98, "total": 21999999999.98, "at_most": 9999999999.99},
        ),
        "a total that does not fit with its tax": (
            {"p_items": products((3, 1))},
            {"subtotal": 9999999999.99, "total": 10999999999.99, "at_most": 9999999999.99},
        ),
    },
    "ST006": {
        f"coupon {code[:9]!r}": ({"p_coupon_code": code}, {"coupon_code": code.upper(), "problem": problem})
        for code, problem in [
            ("none", "is unknown"),
            ("x" * 400, "is unknown"),
            ("soon", "is not valid yet"),
            ("over", "is no longer valid"),
            ("rich", "needs a subtotal of 1000.01"),
            ("SPENT", "is exhausted"),
        ]
    }
    | {
        "a coupon used up by this customer": (
            {"p_coupon_code": "Once"},
            {"coupon_code": "ONCE", "problem": "is exhausted for this customer"},
        ),
    },
    "ST009": {
        "a third pending order": ({"p_customer_id": "4"}, {"customer_id": 4, "pending": 2, "at_most": 2}),
    },
}
BY_PLACING = {
    "ST001": {
        "a short product": (
            {"p_items": products((4, 2))},
            {"items": [{"product_id": 4, "requested": 2, "available": 1}]},
        ),
        "two short products beside one that is there": (
            {"p_items": products((4, 2), (5, 1), (1, 981))},
            {
                "items": [
                    {"product_id": 4, "requested": 2, "available": 1},
                    {"product_id": 1, "requested": 981, "available": 980},
                ]
            },
        ),
    },
    "ST002": BY_BOTH["ST002"]
    | {
        "no customer": ({"p_customer_id": None}, {"customer_id": None}),
        "an unknown billing address": ({"p_billing_address_id": "99"}, {"address_id": 99}),
        "another customer's billing address": ({"p_billing_address_id": "2"}, {"address_id": 2}),
    },
    "ST003": BY_BOTH["ST003"]
    | bad_texts("p_idempotency_key", 255, may_be_null=True)
    | bad_amounts("p_expected_total", may_be_zero=True, may_be_null=True),
    "ST004": {
        f"the key with {what}": (
            {"p_idempotency_key": "the-key"} | other,
            {"idempotency_key": "the-key", "order_id": PENDING},
        )
        for what, other in {
            "another quantity": {"p_items": products((1, 1))},
            "another product": {"p_items": products((4, 2))},
            "a coupon": {"p_coupon_code": "x"},
            "an address": {"p_address_id": "1"},
            "another invoice": {"p_billing_address_id": "1"},
        }.items()
    },
    "ST007": {
        f"expected total {total}": ({"p_expected_total": total}, {"total": 22.00, "expected": float(total)})
        for total in ["0", "21.99", "22.01", "20.00", "9999999999.99"]
    },
}
BY_QUOTING = {
    "ST002": BY_BOTH["ST002"]
    | {
        f"the place {country} {region}": (
            {"p_country_code": country, "p_region_code": region},
            {"country_code": country.upper(), "region_code": region.upper(), "problem": problem},
        )
        for country, region, problem in [
            ("ZZ", "", "is no country"),
            ("uk", "", "is no country"),
            ("FR", "", "is not served"),
            ("CA", "", "needs a region"),
            ("CA", "ab", "has no such region"),
            ("ca", "ZZZ", "has no such region"),
        ]
    },
    "ST003": BY_BOTH["ST003"]
    | bad_texts("p_country_code", 2, may_be_null=True)
    | {
        "an address and a country": (
            {"p_address_id": "1", "p_country_code": "US"},
            {"argument": "p_country_code", "given": "US"},
        ),
        "a region of no country": ({"p_region_code": "QC"}, {"argument": "p_country_code", "given": None}),
    },
}
REFUSED = {
    "register_customer": (
        {"p_email": "new@example.com", "p_first_name": "New", "p_last_name": "One", "p_phone": "1"},
        {
            "ST003": bad_texts("p_email", 255)
            | bad_texts("p_first_name", 100, may_be_blank=True)
            | bad_texts("p_last_name", 100, may_be_blank=True)
            | bad_texts("p_phone", 40, may_be_blank=True)
            | {
                f"e-mail {email!r}": ({"p_email": email}, {"argument": "p_email"})
                for email in [
                    "ada",
                    "@",
                    "a@",
                    "@b",
                    "a@b@c",
                    "a b@c",
                    "a@b c",
                    "a@b\u2003c",
                    "a\u00a0b@c",
                    "a\u200bb@c",
                    "a@b\u00adc",
                    "a@\u202ec",
                    "Erased-9@erased.invalid",
                ]
            },
            "ST004": {
                f"e-mail {email!r}": ({"p_email": email}, {"argument": "p_email", "customer_id": 1})
                for email in [
                    "ada@example.com",
                    "ADA@Example.COM",
                    "  ada@example.com\n",
                    "\u200bada@example.com\u00a0",
                ]
            },
        },
    ),
    "place_order": ({"p_customer_id": "1", "p_items": TWO_KETTLES}, BY_BOTH | BY_PLACING),
    "quote_order": ({"p_customer_id": "1", "p_items": TWO_KETTLES}, BY_BOTH | BY_QUOTING),
}
