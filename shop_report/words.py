"""How figures are written: money in the store's currency, shares, days and months."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, get_currency_symbol

LANGUAGE = "en"
NONE = "–"  # where a view says NULL


class Words:
    """The words of one store; its currency decides the sign of money. The decimals are the store's: of a forint or a
    peso the locale's data would leave out what is on the books."""

    def __init__(self, currency: str, decimals: int):
        self.currency = currency
        self.pattern = "¤#,##0" + "." * (decimals > 0) + "0" * decimals

    @property
    def sign(self) -> str:
        """What stands before an amount: a sign, or letters and a space."""
        symbol = get_currency_symbol(self.currency, locale=LANGUAGE)
        return symbol + "\N{NO-BREAK SPACE}" if symbol[-1].isalpha() else symbol

    def money(self, amount: Decimal | None) -> str:
        if amount is None:
            return NONE
        written = format_currency(amount, self.currency, self.pattern, LANGUAGE, currency_digits=False)
        return written.replace(self.sign.strip(), self.sign)


def number(value: int | Decimal | None) -> str:
    return NONE if value is None else format_decimal(value, locale=LANGUAGE)


def percent(value: Decimal | None, signed: bool = False) -> str:
    """Views give per cent as a number of two decimals; with a sign it is a change."""
    if value is None:
        return NONE
    sign = "+" if signed and value > 0 else ""
    return f"{sign}{format_decimal(value, format='#,##0.00', locale=LANGUAGE)} %"


def month(value: date) -> str:
    return format_date(value, "MMM y", locale=LANGUAGE)


def day(value: date) -> str:
    return format_date(value, "d MMM y", locale=LANGUAGE)


def moment(value: datetime | None) -> str:
    return NONE if value is None else format_datetime(value, "d MMM y, HH:mm", locale=LANGUAGE)


def plain(name: str) -> str:
    """A code of a view as words: out_of_stock, at_risk."""
    return name.replace("_", " ").capitalize()
