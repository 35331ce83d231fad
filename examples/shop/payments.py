"""Money: the way to the payment provider, and its webhook.

A webhook is a request that anybody may send, so it is signed; its login may record money and read nothing. It may
come late, twice and out of order: record_payment() is called for each, and counts each charge once.
"""

from typing import Any

import psycopg
from flask import Blueprint, redirect, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from examples.shop.refusals import status_of
from examples.shop.web import ask, must_sign_in, shop, signer

pages = Blueprint("payments", __name__)

RECORD = {
    "charge.succeeded": "SELECT record_payment(order_id_of(%(order)s), 'stand-in', %(reference)s, %(amount)s, %(currency)s, to_timestamp(%(occurred_at)s))",
    "charge.disputed": "SELECT record_chargeback(order_id_of(%(order)s), 'stand-in', %(reference)s, %(amount)s, %(currency)s, to_timestamp(%(occurred_at)s))",
}
NOTICE_HOLDS = 300  # seconds


def notices(secret: bytes) -> URLSafeTimedSerializer:
    """What the provider writes its notices with, and we read them."""
    return URLSafeTimedSerializer(secret, salt="webhook")


@pages.post("/webhooks/payments")
def webhook() -> tuple[str, int]:
    """Whatever is not 2xx, the provider sends again."""
    try:
        event = notices(shop().settings.webhook_secret).loads(request.get_data(), max_age=NOTICE_HOLDS)
    except BadSignature:
        return "not signed by the provider", 401
    if event["type"] not in RECORD:
        return "nothing to record", 200
    try:
        shop().database.ask("webhook", RECORD[event["type"]], event)
    except psycopg.Error as error:  # ST008: a dispute came before its charge, and has to come again
        return error.diag.message_primary or "try again", status_of(error)
    return "recorded", 200


@pages.get("/orders/<number>/pay")
def pay(number: str) -> Any:
    """The amount is ours to say: the shopper carries it to the provider, signed, and cannot change it."""
    must_sign_in()
    for owed in ask("SELECT balance FROM orders WHERE order_id = order_id_of(%s) AND status = 'pending'", number):
        asked = {"order": number, "amount": str(owed.balance), "currency": shop().store.currency}
        return redirect(url_for("provider.charge", asked=signer("pay").dumps(asked)))
    return redirect(url_for("account.order", number=number))
