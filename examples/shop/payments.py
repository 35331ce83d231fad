"""Money: the way to the payment provider, and its webhook.

A webhook is a request that anybody may send, so it is signed; its login may record money and read nothing. It may
come late, twice and out of order: record_payment() is called for each, and counts each charge once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import psycopg
from flask import Blueprint, redirect, request, session, url_for
from itsdangerous import URLSafeSerializer

from examples.shop.refusals import status_of
from examples.shop.web import ask, shop, sign_in_first

pages = Blueprint("payments", __name__)

RECORD = {
    "charge.succeeded": "SELECT record_payment(%s, 'stand-in', %s, %s, %s, to_timestamp(%s))",
    "charge.disputed": "SELECT record_chargeback(%s, 'stand-in', %s, %s, %s, to_timestamp(%s))",
}
SIGNATURE_HOLDS = 300  # seconds


def signature(secret: bytes, at: str, body: bytes) -> str:
    return hmac.new(secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()


@pages.post("/webhooks/payments")
def webhook() -> tuple[str, int]:
    """Whatever is not 2xx, the provider sends again."""
    at, body = request.headers.get("Webhook-Time", ""), request.get_data()
    given = request.headers.get("Webhook-Signature", "")
    is_genuine = hmac.compare_digest(given.encode(), signature(shop().settings.webhook_secret, at, body).encode())
    if not is_genuine or abs(time.time() - float(at)) > SIGNATURE_HOLDS:
        return "not signed by the provider", 401
    event = json.loads(body)
    if event["type"] not in RECORD:
        return "nothing to record", 200
    values = [event[name] for name in ("order", "reference", "amount", "currency", "occurred_at")]
    try:
        shop().database.ask("webhook", RECORD[event["type"]], values)
    except psycopg.Error as error:  # ST008: a dispute came before its charge, and has to come again
        return error.diag.message_primary or "try again", status_of(error)
    return "recorded", 200


def payment_requests() -> URLSafeSerializer:
    """A payment's amount is ours to say: the shopper carries it to the provider and cannot change it."""
    return URLSafeSerializer(shop().settings.cookie_secret, salt="pay")


@pages.get("/orders/<int:order_id>/pay")
def pay(order_id: int) -> Any:
    if not session.get("token"):
        return sign_in_first(request.path)
    owed = ask("SELECT order_id, balance FROM orders WHERE order_id = %s AND status = 'pending'", order_id)
    if not owed:
        return redirect(url_for("account.order", order_id=order_id))
    asked = {"order": order_id, "amount": str(owed[0].balance), "currency": shop().store.currency}
    return redirect(url_for("provider.charge", asked=payment_requests().dumps(asked)))
