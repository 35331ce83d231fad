"""A payment provider that stands in for a real one, with a page to pay on and webhooks that it sends."""

import hashlib
import time
import urllib.error
import urllib.request
from threading import Thread
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from itsdangerous import BadSignature

from examples.shop.payments import notices
from examples.shop.web import shop, signer

pages = Blueprint("provider", __name__)


@pages.route("/provider", methods=["GET", "POST"])
def charge() -> Any:
    """One charge a request, however often its button is pressed."""
    try:
        asked = signer("pay").loads(request.values.get("asked", ""))
    except BadSignature:
        abort(404)
    if request.method == "GET":
        return render_template("provider.html", **asked, asked=request.args["asked"])
    reference = "ch_" + hashlib.sha256(request.form["asked"].encode()).hexdigest()[:20]
    paid = {**asked, "type": "charge.succeeded", "reference": reference, "occurred_at": int(time.time())}
    pending, is_bad_day = {**paid, "type": "charge.pending"}, "bad_day" in request.form
    events = [paid, paid, pending] if is_bad_day else [pending, paid]
    # It knows where we are: what the request calls us, whoever sent it has written.
    target, settings = f"http://127.0.0.1:{request.environ['SERVER_PORT']}{url_for('payments.webhook')}", shop().settings
    delay = settings.webhook_delay if is_bad_day else 0
    Thread(target=send, args=(target, settings.webhook_secret, events, delay), daemon=True).start()
    return redirect(url_for("account.order", number=asked["order"], paying=1))


def send(target: str, secret: bytes, events: list[dict[str, Any]], delay: float) -> None:
    """Deliver as providers do: in no hurry, and again until somebody says 200."""
    time.sleep(delay)
    for event in events:
        for pause in (1, 5, 25):
            try:
                urllib.request.urlopen(target, notices(secret).dumps(event).encode(), timeout=10).close()
                break
            except urllib.error.URLError:
                time.sleep(pause)
