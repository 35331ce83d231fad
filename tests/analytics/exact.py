"""Arithmetic without a rounding error: fractions all the way, rounded once, at the end."""

from decimal import Decimal
from fractions import Fraction
from math import floor


def rounded(value, places=2):
    """The nearest decimal of so many places, halves away from zero; None stays None."""
    if value is None:
        return None
    scaled = floor(abs(Fraction(value)) * 10**places + Fraction(1, 2))
    return Decimal(scaled if value >= 0 else -scaled).scaleb(-places)


def ratio(part, whole, places=2):
    """part / whole, None where that means nothing."""
    return rounded(Fraction(part) / Fraction(whole), places) if whole else None


def percent(part, whole):
    """How many per cent part is of whole."""
    return ratio(100 * part, whole)


def growth(now, before):
    """By how many per cent a value grew, None where there was none before or it was 0."""
    return None if before is None else percent(now - before, before)


def percentile(values, share):
    """The value below which that share lies, between neighbours on a straight line."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below, above = ordered[floor(place)], ordered[-floor(-place)]
    return below + (place - floor(place)) * (above - below)


def median(values):
    """The middle value, or the mean of the middle two."""
    return percentile([Fraction(value) for value in values], Fraction(1, 2))


def ranks(values, best=max):
    """Each key's rank by its value: 1 more than how many are better, so that equals share one."""
    ordered = sorted(values.values(), reverse=best is max)
    first_places = {}
    for place, value in enumerate(ordered, start=1):
        first_places.setdefault(value, place)
    return {key: first_places[value] for key, value in values.items()}
