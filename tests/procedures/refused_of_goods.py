"""What ship_order, deliver_order, cancel_order and return_items must refuse; see refused_of_buyers."""

from tests.procedures.bad_values import (
    BAD_LINE_ITEMS,
    MOST,
    UNKNOWN_ORDERS,
    bad_statuses,
    bad_texts,
    bad_values,
    items_of,
)
from tests.procedures.conftest import CANCELLED, PAID, PARTLY_SHIPPED, PENDING, SHIPPED


def units(quantity, line_no=1):
    return f'[{{"line_no": {line_no}, "quantity": {quantity}}}]'


def beyond(order_id, state, there, requested, line_no=1):
    """More than there is: the arguments, and the detail."""
    return (
        {"p_order_id": str(order_id), "p_items": units(requested, line_no)},
        {"order_id": order_id, "items": [{"line_no": line_no, "requested": requested, state: there}]},
    )


def part_of(order_id, status):
    return (
        {"p_order_id": str(order_id), "p_items": units(1)},
        {"order_id": order_id, "status": status, "allowed": ["paid"]},
    )


BAD_IF_GIVEN = items_of(BAD_LINE_ITEMS, but={"SQL NULL"})  # which means all there are

REFUSED = {
    "ship_order": (
        {"p_order_id": str(PAID), "p_carrier": "Post", "p_tracking_number": "X1", "p_items": units(1)},
        {
            "ST002": UNKNOWN_ORDERS,
            "ST003": BAD_IF_GIVEN | bad_texts("p_carrier", 100) | bad_texts("p_tracking_number", 100, may_be_null=True),
            "ST005": bad_statuses("paid"),
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
        {"ST002": UNKNOWN_ORDERS, "ST005": bad_statuses("shipped")},
    ),
    "cancel_order": (
        {"p_order_id": str(PAID), "p_reason": "no longer wanted"},
        {
            "ST002": UNKNOWN_ORDERS,
            "ST003": BAD_IF_GIVEN | bad_texts("p_reason", 1000),
            "ST005": bad_statuses("pending", "paid")
            | {
                "an order that has left in part": (
                    {"p_order_id": str(PARTLY_SHIPPED)},
                    {"order_id": PARTLY_SHIPPED, "status": "paid"},
                ),
                "units of an unpaid order": part_of(PENDING, "pending"),
                "units of a shipped order": part_of(SHIPPED, "shipped"),
            },
            "ST008": {
                "more units than are open": beyond(PARTLY_SHIPPED, "open", 1, 2),
                "units of a line that is not there": beyond(PAID, "open", 0, 1, line_no=7),
            },
        },
    ),
    "return_items": (
        {"p_order_id": str(SHIPPED), "p_items": units(1)},
        {
            "ST002": UNKNOWN_ORDERS,
            "ST003": items_of(BAD_LINE_ITEMS)
            | bad_texts("p_reason", 1000, may_be_null=True)
            | bad_values("p_restock", None),
            "ST008": {
                "more than was shipped": beyond(SHIPPED, "shipped", 2, 3),
                "what has not left yet": beyond(PARTLY_SHIPPED, "shipped", 1, 2),
                "units of a paid order": beyond(PAID, "shipped", 0, 1),
                "units of a cancelled order": beyond(CANCELLED, "shipped", 0, 1),
            },
        },
    ),
}
