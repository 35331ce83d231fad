"""What the stock functions must refuse, and those that take a limit; see refused_of_buyers.

Of product 1 there are 991 on the shelf, 11 of them reserved.
"""

from tests.procedures.bad_values import MOST, UNKNOWN_PRODUCTS, bad_amounts, bad_texts, bad_values, used_key

BAD_LIMITS = bad_values("p_limit", None, "0", "-1", str(-MOST - 1))


def short(requested, **arguments):
    return arguments, {"items": [{"product_id": 1, "requested": requested, "available": 980}]}


def overflowing(**arguments):
    return arguments, {"items": [{"product_id": 1, "on_hand": 991, "added": MOST}], "at_most": MOST}


def wrong_sign(reason, quantity):
    return {"p_quantity": quantity, "p_reason": reason}, {"argument": "p_quantity", "given": quantity}


REFUSED = {
    "receive_stock": (
        {"p_product_id": "1", "p_quantity": "1", "p_reference": "note 9"},
        {
            "ST002": UNKNOWN_PRODUCTS,
            "ST003": bad_texts("p_reference", 255)
            | bad_values("p_quantity", None, "0", "-1", str(-MOST - 1))
            | bad_amounts("p_unit_cost", may_be_zero=True, may_be_null=True)
            | bad_texts("p_idempotency_key", 255, may_be_null=True)
            | {"more than a counter holds": overflowing(p_quantity=str(MOST))},
            "ST004": used_key("receive_stock"),
        },
    ),
    "adjust_stock": (
        {"p_product_id": "1", "p_quantity": "-1", "p_reason": "loss"},
        {
            "ST001": {
                "what is reserved": short(981, p_quantity="-981"),
                "the most there is to take": short(MOST + 1, p_quantity=str(-MOST - 1), p_reason="damage"),
            },
            "ST002": UNKNOWN_PRODUCTS,
            "ST003": bad_texts("p_reference", 255, may_be_blank=True)
            | bad_values("p_reason", None, "", "theft", "Loss")
            | bad_values("p_quantity", None, "0", "1", str(MOST))
            | {
                f"{reason} of {quantity}": wrong_sign(reason, quantity)
                for reason, quantity in [("damage", "1"), ("receipt", "-1"), ("receipt", "0"), ("count", "0")]
            }
            | {"more than a counter holds": overflowing(p_quantity=str(MOST), p_reason="count")}
            | bad_texts("p_idempotency_key", 255, may_be_null=True),
            "ST004": used_key("adjust_stock"),
        },
    ),
    "count_stock": (
        {"p_product_id": "1", "p_counted": "991"},
        {
            "ST001": {
                "fewer than are reserved": short(981, p_counted="10"),
                "none": short(991, p_counted="0"),
            },
            "ST002": UNKNOWN_PRODUCTS,
            "ST003": bad_texts("p_reference", 255, may_be_blank=True)
            | bad_values("p_counted", None, "-1", str(-MOST - 1)),
        },
    ),
    "expire_unpaid_orders": ({}, {"ST003": BAD_LIMITS}),
    "issue_documents": ({}, {"ST003": BAD_LIMITS}),
    "read_order_events": ({"p_consumer": "the warehouse"}, {"ST003": bad_texts("p_consumer", 100) | BAD_LIMITS}),
    "acknowledge_order_events": (
        {"p_consumer": "the warehouse", "p_position": "1"},
        {
            "ST003": bad_texts("p_consumer", 100)
            | bad_values("p_position", None, "-1", "1000", str(2**63 - 1), str(-(2**63)))
        },
    ),
    "order_number": ({"p_order_id": "1"}, {"ST003": bad_values("p_order_id", "-1", str(-MOST - 1))}),
    "order_id_of": ({"p_order_number": "2222-2222"}, {}),
    "search_products": ({"p_query": "kettle"}, {"ST003": bad_texts("p_query", 1000) | BAD_LIMITS}),
}
