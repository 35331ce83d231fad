"""A payment provider that stands in for a real one, with a page to pay on and webhooks that it sends."""

from __future__ import annotations

import hashlib
import json
import time
import urllib.error
import urllib.request
from threading import Thread
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from itsdangerous import BadSignature

from examples.shop.payments import payment_requests, signature
from examples.shop.web import shop

pages = Blueprint("provider", __name__)


@pages.route("/provider", methods=["GET", "POST"])
def charge() -> Any:
    """One charge a request, however often its button is pressed."""
    try:
        asked = payment_requests().loads(request.values.get("asked", ""))
    except BadSignature:
        abort(404)
    if request.method == "GET":
        return render_template("provider.html", **asked, asked=request.args["asked"])
    reference = "ch_" + hashlib.sha256(request.form["asked"].encode()).hexdigest()[:20]
    paid = {**asked, "type": "charge.succeeded", "reference": reference, "occurred_at": int(time.time())}
    started = {**paid, "type": "charge.pending"}
    is_bad_day = "bad_day" in request.form
    events = [paid, paid, started] if is_bad_day else [started, paid]
    target, settings = url_for("payments.webhook", _external=True), shop().settings
    delay = settings.webhook_delay if is_bad_day else 0
    Thread(target=send, args=(target, settings.webhook_secret, events, delay), daemon=True).start()
    return redirect(url_for("account.order", order_id=asked["order"], paying=1))


def send(target: str, secret: bytes, events: list[dict[str, Any]], delay: float) -> None:
    """Deliver as providers do: in no hurry, and again until somebody says 200."""
    time.sleep(delay)
    for event in events:
        for pause in (1, 5, 25):
            body, at = json.dumps(event).encode(), str(int(time.time()))
            headers = {"Webhook-Time": at, "Webhook-Signature": signature(secret, at, body)}
            try:
                urllib.request.urlopen(urllib.request.Request(target, body, headers), timeout=10).close()
                break
            except urllib.error.URLError:
                time.sleep(pause)
