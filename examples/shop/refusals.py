"""What a refusal of the store's is called in HTTP, and what the shopper is told: docs/build-on-it.md as code."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg

STATUS = {
    "ST001": 409, "ST002": 404, "ST003": 422, "ST004": 409, "ST005": 409, "ST006": 422, "ST007": 409, "ST008": 409,
    "ST009": 429, "28000": 401, "42501": 404, "55000": 409, "25006": 503, "40001": 503, "40P01": 503, "55P03": 503, "57014": 503, "57P01": 503,
}


def status_of(error: psycopg.Error) -> int:
    if isinstance(error, psycopg.DataError | psycopg.IntegrityError):
        return 422
    return STATUS.get(error.sqlstate or "40001", 500)


def detail_of(error: psycopg.Error) -> dict[str, Any]:
    """Every offending item at once; {} where PostgreSQL itself refused."""
    text = error.diag.message_detail if (error.sqlstate or "").startswith("ST") else None
    return json.loads(text or "{}", parse_float=Decimal)


def concerns_who_asks(error: psycopg.Error) -> bool:
    """A token that does not hold, or a customer who is no more: whatever it was, nobody has signed in."""
    return error.sqlstate == "28000" or detail_of(error).keys() == {"customer_id"}


def words(error: psycopg.Error, name_of: Callable[[int], str]) -> list[str]:
    """What to do, in sentences; `name_of` knows the products'."""
    detail = detail_of(error)
    match error.sqlstate:
        case "ST001" if "items" in detail:
            return [
                f"Of {name_of(item['product_id'])} you can have {item['available']} and not {item['requested']}. "
                "All else is still in your basket: please change the quantity, or take it out with a 0." for item in detail["items"]
            ]
        case "ST002" if "product_ids" in detail:
            return [f"{name_of(key)} is not on offer any more." for key in detail["product_ids"]]
        case "ST002" if "address_id" in detail or "country_code" in detail:
            why = f": {error.diag.message_primary}" if "country_code" in detail else ""
            return [f"We cannot deliver to this address{why}. Please choose another."]
        case "ST004":
            return ["This order was sent before with other contents. Please look at it once more, and order again."]
        case "ST006":
            return [f"The coupon {detail['coupon_code']} {detail['problem']}."]
        case "ST007":
            return [f"A price has changed: it is {detail['total']} in all now. Please look again before you order."]
        case "ST009":
            return [f"Orders of yours that are not paid yet: {detail['pending']}. Please pay or cancel one first; your basket is kept."]
    if status_of(error) == 503:
        return ["The shop is busy. Nothing was lost and nothing done twice: please try again."]
    if status_of(error) == 404:
        return ["There is nothing here that is yours. Look at your orders, or sign in with another address."]
    return [f"{error.diag.message_primary or 'That did not work'}. {error.diag.message_hint or ''}".strip()]
