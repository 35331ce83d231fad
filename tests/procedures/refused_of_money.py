"""What record_payment, record_chargeback, refund_order and extend_hold must refuse; see refused_of_buyers."""

from tests.procedures.bad_values import UNKNOWN_ORDERS, bad_amounts, bad_statuses, bad_texts, bad_values
from tests.procedures.conftest import CANCELLED, DELIVERED, PAID, PENDING, REFUNDED, SHIPPED, TOTAL

BY_ALL = {
    "ST002": UNKNOWN_ORDERS,
    "ST003": bad_texts("p_provider", 50) | bad_texts("p_provider_reference", 255) | bad_amounts("p_amount"),
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


def too_much(order_id, amount, at_most, paid=22.00, refunded=0.00):
    return (
        {"p_order_id": str(order_id), "p_amount": amount},
        {"order_id": order_id, "requested": float(amount), "at_most": at_most, "paid": paid, "refunded": refunded},
    )


REFUSED = {
    "record_payment": (
        arguments(PAID),
        BY_ALL
        | {
            "ST003": BY_ALL["ST003"]
            | {
                "a sum that does not fit": (
                    {"p_amount": "9999999999.99"},
                    {"argument": "the sum of the order's payments", "given": "10000000021.99"},
                ),
            },
            "ST004": {
                "another order's reference": used(1, "charge", PAID, asked_for=SHIPPED),
                "another amount": used(1, "charge", PAID, amount="22.01"),
                "a refund's reference": used(6, "refund", REFUNDED, asked_for=REFUNDED),
            },
        },
    ),
    "record_chargeback": (
        arguments(PAID),
        BY_ALL
        | {
            "ST004": {"a charge's reference": used(1, "charge", PAID)},
            "ST008": {
                "more than was paid": too_much(PAID, "22.01", 22.00),
                "anything of an unpaid order": too_much(PENDING, "0.01", 0.00, paid=0.00),
                "anything of a refunded order": too_much(REFUNDED, "0.01", 0.00, refunded=22.00),
            },
        },
    ),
    "refund_order": (
        arguments(SHIPPED),
        BY_ALL
        | {
            "ST003": BY_ALL["ST003"] | bad_texts("p_reason", 1000, may_be_null=True),
            "ST004": {"a charge's reference": used(1, "charge", PAID)},
            "ST008": {
                "more than was paid": too_much(SHIPPED, "22.01", 22.00),
                "more than was paid, after delivery": too_much(DELIVERED, "9999999999.99", 22.00),
                "anything before units left or were cancelled": too_much(PAID, "0.01", 0.00),
                "anything of an unpaid order": too_much(PENDING, "0.01", 0.00, paid=0.00),
                "anything of an order cancelled unpaid": too_much(CANCELLED, "0.01", 0.00, paid=0.00),
                "anything of a refunded order": too_much(REFUNDED, "0.01", 0.00, refunded=22.00),
            },
        },
    ),
    "extend_hold": (
        {"p_order_id": str(PENDING), "p_until": "2100-01-01 00:00+00"},
        {
            "ST002": UNKNOWN_ORDERS,
            "ST003": bad_values("p_until", "-infinity", "2020-01-01 00:00:00+00", "4713-01-01 00:00:00+00 BC"),
            "ST005": bad_statuses("pending"),
        },
    ),
}
