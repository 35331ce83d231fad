"""What a refusal of the store's is called in HTTP, and what the shopper is told: docs/build-on-it.md as code."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg

STATUS = {
    "ST001": 409, "ST002": 404, "ST003": 422, "ST004": 409, "ST005": 409, "ST006": 422, "ST007": 409, "ST008": 409,
    "ST009": 429, "28000": 401, "42501": 404, "40001": 503, "40P01": 503, "55P03": 503, "57014": 503,
}


def status_of(error: psycopg.Error) -> int:
    if isinstance(error, psycopg.DataError | psycopg.IntegrityError):
        return 422
    return STATUS.get(error.sqlstate or "40001", 500)


def detail_of(error: psycopg.Error) -> dict[str, Any]:
    """Every offending item at once; {} where PostgreSQL itself refused."""
    text = error.diag.message_detail if (error.sqlstate or "").startswith("ST") else None
    return json.loads(text or "{}", parse_float=Decimal)


def words(error: psycopg.Error, name_of: Callable[[int], str]) -> list[str]:
    """What to do, in sentences; `name_of` knows the products'."""
    detail = detail_of(error)
    match error.sqlstate:
        case "ST001" if "items" in detail:
            return [of_short_stock(name_of(item["product_id"]), **item) for item in detail["items"]]
        case "ST002" if "product_ids" in detail:
            return [f"{name_of(key)} is not on offer any more." for key in detail["product_ids"]]
        case "ST002" if "address_id" in detail or "country_code" in detail:
            return [f"We cannot deliver to this address: {error.diag.message_primary}. Please choose another."]
        case "ST004":
            return ["This order was sent before with other contents. Please look at it once more, and order again."]
        case "ST006":
            return [f"The coupon {detail['coupon_code']} {detail['problem']}."]
        case "ST007":
            return [f"A price has changed: it is {detail['total']} in all now. Please look again before you order."]
        case "ST009":
            return [f"You have {detail['pending']} orders that are not paid yet. Please pay or cancel one first."]
    if status_of(error) == 503:
        return ["The shop is busy. Nothing was lost and nothing done twice: please try again."]
    if status_of(error) == 404:
        return ["There is nothing here that is yours. Look at your orders, or sign in with another address."]
    return [f"{error.diag.message_primary or 'That did not work'}. {error.diag.message_hint or ''}".strip()]


def of_short_stock(name: str, product_id: int, requested: int, available: int) -> str:
    if available == 0:
        return f"{name} is sold out. Please take it out of your basket; all else is still there."
    return f"Of {name} you can have {available} and not {requested}. Please change the quantity."
