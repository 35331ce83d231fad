"""What the functions that move money, or give up worth, must refuse; see refused_of_buyers."""

from tests.procedures.bad_values import UNKNOWN_ORDERS, bad_amounts, bad_texts, bad_values, stands, used_key
from tests.procedures.conftest import CANCELLED, DELIVERED, PAID, PENDING, RETURNED, SHIPPED, TOTAL

BAD_INSTANTS = bad_values(
    "p_occurred_at", "infinity", "-infinity", "2100-01-01 00:00:00+00", "4714-11-24 00:00:00+00 BC"
)
BAD_CURRENCIES = {
    f"currency {currency}": ({"p_currency": currency}, {"argument": "p_currency", "given": currency[:10]})
    for currency in ["EUR", "", "US", "dollar", "x" * 1000]
}
BY_ALL = {
    "ST002": UNKNOWN_ORDERS,
    "ST003": bad_texts("p_provider", 50)
    | bad_texts("p_provider_reference", 255)
    | bad_amounts("p_amount")
    | BAD_INSTANTS,
}


def arguments(order_id):
    return {"p_order_id": str(order_id), "p_provider": "bank", "p_provider_reference": "new", "p_amount": "1"}


def used(payment_id, kind, of_order, asked_for=PAID, amount=TOTAL):
    """The reference of a payment of 22.00 that is there, used for something else."""
    reference = f"{kind}-{of_order}"
    return (
        {"p_order_id": str(asked_for), "p_amount": amount, "p_provider_reference": reference},
        {"provider": "bank", "provider_reference": reference, "payment_id": payment_id, "order_id": of_order}
        | {"kind": kind, "amount": 22.00},
    )


def too_much(order_id, amount, at_most, paid=22.00, refunded=0.00, balance=0.00, **others):
    told = {"order_id": order_id, "requested": float(amount), "at_most": at_most, "paid": paid, "refunded": refunded}
    return {"p_order_id": str(order_id), "p_amount": amount} | others, told | {"charged_back": 0, "balance": balance}


def worth(order_id, amount, there, line_no=None):
    return (
        {"p_order_id": str(order_id), "p_amount": amount} | ({"p_line_no": str(line_no)} if line_no else {}),
        {"order_id": order_id, "line_no": line_no, "requested": float(amount), "worth": there},
    )


def reversal(payment_id, **others):
    return {"p_payment_id": payment_id, "p_reason": "wrong order"} | others


REFUSED = {
    "record_payment": (
        arguments(PAID),
        BY_ALL
        | {
            "ST003": BY_ALL["ST003"]
            | BAD_CURRENCIES
            | {
                "a sum that does not fit": (
                    {"p_amount": "9999999999.99"},
                    {"argument": "the sum of an order's payments", "given": "10000000021.99"},
                ),
            },
            "ST004": {
                "another order's reference": used(1, "charge", PAID, asked_for=SHIPPED),
                "another amount": used(1, "charge", PAID, amount="22.01"),
                "a refund's reference": used(6, "refund", RETURNED, asked_for=RETURNED),
            },
        },
    ),
    "record_chargeback": (
        arguments(PAID),
        BY_ALL
        | {
            "ST003": BY_ALL["ST003"] | BAD_CURRENCIES,
            "ST004": {"a charge's reference": used(1, "charge", PAID)},
            "ST008": {
                "more than was paid": too_much(PAID, "22.01", 22.00),
                "more than was paid, though it went back": too_much(RETURNED, "22.01", 22.00, refunded=22.00),
                "anything of an unpaid order": too_much(PENDING, "0.01", 0.00, paid=0.00, balance=20.90),
            },
        },
    ),
    "refund_order": (
        arguments(SHIPPED) | {"p_allowance": "true"},
        BY_ALL
        | {
            "ST003": BY_ALL["ST003"] | bad_texts("p_reason", 1000, may_be_blank=True) | bad_values("p_allowance", None),
            "ST004": {"a charge's reference": used(1, "charge", PAID)},
            "ST008": {
                "more than was paid": too_much(SHIPPED, "22.01", 22.00),
                "more than is still held": too_much(DELIVERED, "21.01", 21.00, refunded=1.00),
                "what is not owed": too_much(SHIPPED, "0.01", 0.00, p_allowance="false"),
                "anything of an unpaid order": too_much(PENDING, "0.01", 0.00, paid=0.00, balance=20.90),
                "anything of an order cancelled unpaid": too_much(CANCELLED, "0.01", 0.00, paid=0.00),
                "anything of a refunded order": too_much(RETURNED, "0.01", 0.00, refunded=22.00),
            },
        },
    ),
    "grant_allowance": (
        {"p_order_id": str(PAID), "p_amount": "1", "p_reason": "late"},
        {
            "ST002": UNKNOWN_ORDERS,
            "ST003": bad_amounts("p_amount")
            | bad_texts("p_reason", 1000)
            | bad_texts("p_idempotency_key", 255, may_be_null=True),
            "ST004": used_key("grant_allowance"),
            "ST005": {"a cancelled order": ({"p_order_id": str(CANCELLED)}, stands(CANCELLED))},
            "ST008": {
                "more than the order is worth": worth(PAID, "22.01", 22.00),
                "more than is left of its worth": worth(DELIVERED, "21.01", 21.00),
                "more than the line is worth": worth(PAID, "22.01", 22.00, line_no=1),
                "anything of a line that is not there": worth(PAID, "0.01", 0, line_no=2),
                "anything of an order that came back": worth(RETURNED, "0.01", 0),
            },
        },
    ),
    "reverse_payment": (
        reversal("1"),
        {
            "ST002": {
                f"payment {value}": (reversal(value), {"payment_id": value and int(value)})
                for value in [None, "0", "-1", str(2**63 - 1)]
            }
            | {"to an order there is not": (reversal("1", p_to_order_id="999"), {"order_id": 999})},
            "ST003": bad_texts("p_reason", 1000)
            | {
                "a refund": (reversal("6"), {"argument": "p_payment_id", "given": "6, a refund"}),
                "to the order it is on": (
                    reversal("1", p_to_order_id=str(PAID)),
                    {"argument": "p_to_order_id", "given": str(PAID)},
                ),
            },
            "ST004": {
                "reversed to another order": (
                    reversal("8", p_to_order_id=str(PENDING)),
                    {"payment_id": 8, "reversal_id": 9, "to_order_id": None},
                ),
            },
            "ST008": {
                "what went back": (
                    reversal("5"),
                    {"order_id": RETURNED, "requested": 22.00, "at_most": 0, "balance": 0, "paid": 22.00}
                    | {"refunded": 22.00, "charged_back": 0},
                ),
            },
        },
    ),
}
