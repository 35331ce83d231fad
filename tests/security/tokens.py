"""Session tokens as an application would make them, and as a forger would."""

import base64
import hashlib
import hmac
import json
from time import time

SECRET = bytes(range(32))
KEY_ID = "2025-12"


def token(
    secret: bytes = SECRET,
    hash_name: str = "sha256",
    header: dict | str | None = None,
    claims: dict | str | None = None,
) -> str:
    """A signed token: for customer 1 and an hour, unless `header` or `claims` say otherwise.

    Either may be a dict, whose None leaves a member out, or the JSON text itself.
    """
    first = text_of({"alg": "HS256", "typ": "JWT", "kid": KEY_ID}, header)
    second = text_of({"customer_id": 1, "exp": int(time()) + 3600}, claims)
    signed = f"{base64url(first)}.{base64url(second)}"
    return f"{signed}.{base64url(hmac.digest(secret, signed.encode(), hash_name))}"


def text_of(usual: dict, changed: dict | str | None) -> bytes:
    """The JSON of a token's part."""
    if isinstance(changed, str):
        return changed.encode()
    members = usual | (changed or {})
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()


def base64url(part: bytes) -> str:
    """Base64 for addresses, unpadded, as RFC 7515 wants it."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def padded_block(secret: bytes, byte: int) -> bytes:
    """What the store keeps instead of the secret: HMAC's block, by RFC 2104."""
    block = (hashlib.sha256(secret).digest() if len(secret) > 64 else secret).ljust(64, b"\0")
    return bytes(value ^ byte for value in block)
