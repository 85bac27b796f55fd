"""Numbers and names as people write them, for the sentences that pages show."""

import re
from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from math import floor, log10

from babel.lists import format_list
from babel.numbers import format_currency, get_currency_precision

LOCALE = "en_GB"
_FRACTIONS = (
    (1 / 4, "A quarter"),
    (1 / 3, "A third"),
    (1 / 2, "Half"),
    (2 / 3, "Two thirds"),
    (3 / 4, "Three quarters"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
UNKNOWN = "–"


def listed(names: Iterable[str]) -> str:
    """ "Arancini, Bruschetta and Negroni"."""
    return str(format_list(list(names), locale=LOCALE))


def are(names: Iterable[str], one: str = "is", more: str = "are") -> str:
    """ "Arancini is", "Arancini and Negroni are": names with the verb that fits."""
    names = list(names)
    return f"{listed(names)} {one if len(names) == 1 else more}"


def share(rate: float) -> str:
    """ "Half", where the rate is within a point and a half of it, else "61%": to begin a sentence with."""
    return next((words for value, words in _FRACTIONS if abs(rate - value) <= 0.015), percent(rate))


def percent(rate: float) -> str:
    """A rate in 0..1 as people read it, with a decimal near 0 and 1; a dash where it is unknown."""
    if rate != rate:
        return UNKNOWN
    return f"{rate:.0%}" if 0.0995 <= rate < 0.995 or rate in (0, 1) else f"{rate:.1%}"


def plus_minus(low: float, high: float) -> str:
    """Half an interval's width in points: "±1.7"."""
    return f"±{(high - low) * 50:.1f}" if low == low else ""


def seconds(value: float) -> str:
    return UNKNOWN if value != value else f"{value:.1f} s"


def signed(value: float, digits: int = 0) -> str:
    """With a real minus sign, and a plus."""
    return f"{value:+.{digits}f}".replace("-", "−")


def money(minor: float, currency: str) -> str:
    """Minor units of an ISO 4217 currency as a price: 1250, "EUR" is "€12.50"; a dash where it is unknown."""
    if minor != minor:
        return UNKNOWN
    amount = Decimal(round(minor)).scaleb(-get_currency_precision(currency))
    written = str(format_currency(amount, currency, locale=LOCALE))
    # Unicode's CLDR puts a space between a code's letters and the digits; Babel leaves it out.
    return re.sub(r"([A-Z])(\d)", "\\1\N{NO-BREAK SPACE}\\2", written)


def about(minor: float, currency: str) -> str:
    """An estimated amount, to two digits and no cents: 48321, "EUR" is "€480", with a real minus sign."""
    digits = get_currency_precision(currency)
    amount = minor / 10**digits
    rounded = round(amount, 1 - floor(log10(abs(amount)))) if abs(amount) >= 10 else round(amount)
    written = str(
        format_currency(Decimal(round(abs(rounded))), currency, "¤#,##0", locale=LOCALE, currency_digits=False)
    )
    return ("−" if rounded < 0 else "") + re.sub(r"([A-Z])(\d)", "\\1\N{NO-BREAK SPACE}\\2", written)


def whole(value: float) -> str:
    return UNKNOWN if value != value else f"{value:,.0f}"


def clock(hour: int) -> str:
    return f"{hour}:00"


def runs(numbers: Iterable[int]) -> str:
    """1, 2, 3, 7 as "1–3 and 7"."""
    ordered = sorted(numbers)
    groups = [[n for _, n in run] for _, run in groupby(enumerate(ordered), lambda pair: pair[1] - pair[0])]
    return listed(part for run in groups for part in ([f"{run[0]}–{run[-1]}"] if len(run) > 2 else map(str, run)))
