"""What the functions that move goods, or let them move, must refuse; see refused_of_buyers."""

from unittest.mock import ANY

from tests.procedures.bad_values import (
    BAD_LINE_ITEMS,
    MOST,
    UNKNOWN_ORDERS,
    bad_standings,
    bad_texts,
    bad_values,
    items_of,
    stands,
    used_key,
)
from tests.procedures.conftest import CANCELLED, DELIVERED, PAID, PARTLY_SHIPPED, PENDING, RELEASED, RETURNED, SHIPPED


def units(quantity, line_no=1):
    return f'[{{"line_no": {line_no}, "quantity": {quantity}}}]'


def beyond(order_id, state, there, requested, line_no=1):
    """More than there is: the arguments, and the detail."""
    return (
        {"p_order_id": str(order_id), "p_items": units(requested, line_no)},
        {"order_id": order_id, "items": [{"line_no": line_no, "requested": requested, state: there}]},
    )


def part_of(order_id):
    return {"p_order_id": str(order_id), "p_items": units(1)}, stands(order_id)


BAD_IF_GIVEN = items_of(BAD_LINE_ITEMS, but={"SQL NULL"})  # which means all there are
BAD_KEYS = bad_texts("p_idempotency_key", 255, may_be_null=True)
BAD_INSTANTS = ["infinity", "-infinity", "2100-01-01 00:00:00+00", "2020-01-01 00:00:00+00"]

REFUSED = {
    "ship_order": (
        {"p_order_id": str(PAID), "p_carrier": "Post", "p_tracking_number": "X1", "p_items": units(1)},
        {
            "ST002": UNKNOWN_ORDERS,
            "ST003": BAD_IF_GIVEN
            | bad_texts("p_carrier", 100)
            | bad_texts("p_tracking_number", 100, may_be_blank=True)
            | bad_values("p_shipped_at", *BAD_INSTANTS)
            | BAD_KEYS,
            "ST004": used_key("ship_order"),
            "ST005": bad_standings(PAID, RELEASED),
            "ST008": {
                "more than was ordered": beyond(PAID, "open", 2, 3),
                "what has left already": beyond(PARTLY_SHIPPED, "open", 1, 2),
                "a line that is not there": beyond(PAID, "open", 0, 1, line_no=2),
                "several at once": (
                    {"p_items": f'[{{"line_no": {MOST}, "quantity": {MOST}}}, {{"line_no": 1, "quantity": 9}}]'},
                    {
                        "order_id": PAID,
                        "items": [
                            {"line_no": 1, "requested": 9, "open": 2},
                            {"line_no": MOST, "requested": MOST, "open": 0},
                        ],
                    },
                ),
            },
        },
    ),
    "deliver_order": (
        {"p_order_id": str(SHIPPED)},
        {
            "ST002": UNKNOWN_ORDERS
            | {
                "another order's parcel": ({"p_shipment_id": "1"}, {"order_id": SHIPPED, "shipment_id": 1}),
                "parcel 0": ({"p_shipment_id": "0"}, {"order_id": SHIPPED, "shipment_id": 0}),
            },
            "ST003": bad_values("p_delivered_at", *BAD_INSTANTS),
            "ST005": bad_standings(SHIPPED),
        },
    ),
    "cancel_order": (
        {"p_order_id": str(PAID), "p_reason": "no longer wanted"},
        {
            "ST002": UNKNOWN_ORDERS,
            "ST003": BAD_IF_GIVEN | bad_texts("p_reason", 1000) | BAD_KEYS,
            "ST004": used_key("cancel_order", p_items=units(1)),
            "ST005": bad_standings(PENDING, PAID, RELEASED)
            | {
                "an order that has left in part": (
                    {"p_order_id": str(PARTLY_SHIPPED)},
                    stands(PAID) | {"order_id": PARTLY_SHIPPED},
                ),
                "units of an unpaid order": part_of(PENDING),
                "units of a shipped order": part_of(SHIPPED),
            },
            "ST008": {
                "more units than are open": beyond(PARTLY_SHIPPED, "open", 1, 2),
                "units of a line that is not there": beyond(PAID, "open", 0, 1, line_no=7),
                "more units of a released order than it has": beyond(RELEASED, "open", 2, 3),
            },
        },
    ),
    "return_items": (
        {"p_order_id": str(SHIPPED), "p_items": units(1)},
        {
            "ST002": UNKNOWN_ORDERS
            | {"another order's parcel": ({"p_shipment_id": "1"}, {"order_id": SHIPPED, "shipment_id": 1})},
            "ST003": items_of(BAD_LINE_ITEMS)
            | bad_texts("p_reason", 1000, may_be_blank=True)
            | bad_values("p_restock", None)
            | BAD_KEYS,
            "ST004": used_key("return_items"),
            "ST008": {
                "more than was shipped": beyond(SHIPPED, "kept", 2, 3),
                "what has not left yet": beyond(PARTLY_SHIPPED, "kept", 1, 2),
                "what came back already": beyond(RETURNED, "kept", 0, 1),
                "units of a paid order": beyond(PAID, "kept", 0, 1),
                "units of a cancelled order": beyond(CANCELLED, "kept", 0, 1),
            },
        },
    ),
    "release_order": (
        {"p_order_id": str(PENDING), "p_reason": "on account"},
        {
            "ST002": UNKNOWN_ORDERS,
            "ST003": bad_texts("p_reason", 1000),
            "ST005": bad_standings(PENDING, PAID),
        },
    ),
    "redirect_order": (
        {"p_order_id": str(PENDING), "p_address_id": "1"},
        {
            "ST002": UNKNOWN_ORDERS
            | {
                "an unknown address": ({"p_address_id": "99"}, {"address_id": 99}),
                "no address": ({"p_address_id": None}, {"address_id": None}),
                "another customer's address": ({"p_address_id": "2"}, {"address_id": 2}),
                "a country that is not served": (
                    {"p_address_id": "3"},
                    {"country_code": "FR", "region_code": "", "problem": "is not served"},
                ),
                "no region where regions tax differently": (
                    {"p_address_id": "4"},
                    {"country_code": "CA", "region_code": "", "problem": "needs a region"},
                ),
            },
            "ST005": bad_standings(PENDING, PAID, RELEASED),
            # 14.975 % of 19.00 where 10 % was charged.
            "ST007": {
                "a place with other taxes": (
                    {"p_address_id": "6"},
                    {
                        "order_id": PENDING,
                        "address_id": 6,
                        "taxes": [{"line_no": 1, "tax": 1.90, "there": 2.85}],
                    },
                ),
            },
        },
    ),
    "change_hold": (
        {"p_order_id": str(PENDING), "p_until": "2100-01-01 00:00+00"},
        {
            "ST002": UNKNOWN_ORDERS,
            "ST003": bad_values(
                "p_until", "infinity", "-infinity", "2020-01-01 00:00:00+00", "10000-01-01 00:00:00+00"
            ),
            "ST005": bad_standings(PENDING),
        },
    ),
    "write_off": (
        {"p_order_id": str(PENDING), "p_reason": "moved away"},
        {
            "ST002": UNKNOWN_ORDERS,
            "ST003": bad_texts("p_reason", 1000),
            "ST005": {"one that was written off": ({"p_order_id": "11"}, ANY)},
            "ST008": {
                f"order {order_id}": ({"p_order_id": str(order_id)}, {"order_id": order_id, "balance": 0})
                for order_id in [PAID, DELIVERED, CANCELLED, RETURNED]
            },
        },
    ),
}
