"""Prices as people write them, to and from integer minor units."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from babel.numbers import get_currency_name, get_currency_precision, get_currency_symbol, list_currencies

from dashboard.menus.speech import locale_of
from errors import MenuError

# Signs that stand for one currency alone; $ and ¥ are many countries', so they say nothing.
SIGNS = {"€": "EUR", "£": "GBP", "฿": "THB", "₹": "INR", "₫": "VND", "₩": "KRW", "₺": "TRY", "₱": "PHP", "₪": "ILS"}
LARGEST_MINOR = 10**9
_SPACES = re.compile(r"[\s\u00a0\u202f']")
_CODES = frozenset(list_currencies())


def currency_in(text: str) -> str | None:
    """The currency that a price names by its ISO 4217 code or by a sign of its own: "15.99 USD", "฿120"."""
    for word in re.findall(r"[A-Za-z]{3,}", text):
        if word.upper() in _CODES:
            return str(word.upper())
    return next((SIGNS[sign] for sign in text if sign in SIGNS), None)


def parse_price(text: str, currency: str, languages: Iterable[str] = ()) -> int:
    """A price in minor units, from text such as "120", "1,250.50", "12,50 €", "THB 85" or "٣٥".

    The last point or comma is the decimal one, unless exactly three digits follow it and the currency doesn't have
    three. `languages` know more of the currency's signs. Raises MenuError in words that can follow "row 7: ".
    """
    bare = unicodedata.normalize("NFKC", text).strip()
    signs = {currency, *SIGNS, "$", "¥"}
    for locale in map(locale_of, languages):
        signs |= {get_currency_symbol(currency, locale), get_currency_name(currency, locale=locale)}
    for sign in sorted(signs, key=len, reverse=True):
        bare = re.sub(re.escape(sign), " ", bare, flags=re.IGNORECASE)
    bare = _SPACES.sub("", bare).replace("٫", ".").replace("٬", ",").replace("−", "-")
    if not bare:
        raise MenuError("there is no price")
    if re.fullmatch(r"[-(]\d[\d.,]*\)?", bare):
        raise MenuError(f"the price {text.strip()[:40]!r} is negative")
    digits = get_currency_precision(currency)
    number = _plain(bare, digits)
    if number is None:
        raise MenuError(f"{text.strip()[:40]!r} is no price")
    minor = number.scaleb(digits)
    if minor != minor.to_integral_value():
        more = f"has more than {digits} decimals" if digits else "has decimals"
        raise MenuError(f"the price {text.strip()[:40]!r} {more}, and {currency} has {digits or 'none'}")
    if minor > LARGEST_MINOR:
        raise MenuError(f"the price {text.strip()[:40]!r} is larger than a menu can hold")
    return int(minor)


def _plain(text: str, digits: int) -> Decimal | None:
    if re.fullmatch(r"\d+", text):
        return Decimal(text)
    grouped = r"\d{1,3}(?:%s\d{3})+"
    for point, comma in ((".", ","), (",", ".")):
        whole = rf"(?:\d+|{grouped % re.escape(comma)})"
        if found := re.fullmatch(rf"({whole}){re.escape(point)}(\d+)", text):
            # "1.250" is twelve hundred and fifty, except where money has three decimals.
            if len(found[2]) == 3 and digits != 3 and comma not in found[1] and len(found[1]) <= 3 and found[1] != "0":
                continue
            return Decimal(f"{found[1].replace(comma, '')}.{found[2]}")
        if re.fullmatch(grouped % re.escape(comma), text):
            return Decimal(text.replace(comma, ""))
    return None


def decimal_price(minor: int, currency: str) -> Decimal:
    """Minor units as a number with the currency's decimals: 1250 in EUR is 12.50."""
    return Decimal(minor).scaleb(-get_currency_precision(currency))
