"""How a page speaks one language: its own words, money, dates and times."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_day_names
from babel.numbers import get_currency_name, get_currency_symbol, parse_pattern

from dashboard.menus.model import Menu, Opening, Serving, in_language

WORDS: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("page").joinpath("words.json").read_text(encoding="utf-8")
)


@cache
def locale_of(language: str) -> Locale:
    """The locale of a BCP 47 tag; of one that Babel doesn't know, its language's, else English."""
    for tag in (language, language.split("-")[0]):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


class Speech:
    """A menu spoken in one of its languages."""

    def __init__(self, menu: Menu, language: str) -> None:
        self.language = language
        self.menu = menu
        self.locale = locale_of(language)
        # A language that has no words of its own here borrows English ones; what the restaurant wrote stays its own.
        self.words = WORDS.get(language) or WORDS.get(language.split("-")[0]) or WORDS["en"]

    @property
    def direction(self) -> str:
        return self.locale.text_direction

    @property
    def title(self) -> str:
        """The language's name for itself."""
        name = self.locale.get_display_name() or self.language
        return name[0].upper() + name[1:]

    def say(self, word: str, **values: object) -> str:
        """The page's own words, such as `say("table", table=7)`."""
        return str(self.words[word]).format(**values)

    def name(self, text: dict[str, str]) -> str:
        """A text in this language, else in the house's own, else in the first that it has."""
        return text.get(self.language) or in_language(text, self.menu.restaurant.language)

    @cached_property
    def digits(self) -> int:
        """Digits shown after the point: none if no price on this menu needs them."""
        whole = 10**self.menu.restaurant.minor_digits
        prices = [item.price_minor for _, _, item in self.menu.placed]
        prices += [
            choice.price_delta_minor
            for _, _, item in self.menu.placed
            for option in item.options
            for choice in option.choices
        ]
        return 0 if all(price % whole == 0 for price in prices) else self.menu.restaurant.minor_digits

    @cached_property
    def affixes(self) -> tuple[str, str]:
        """What stands before and after an amount, for example ("€", "") or ("", "\\xa0€")."""
        currency = self.menu.restaurant.currency
        # English says THB where Thai says ฿: the restaurant's other languages may know a sign.
        locales = (self.locale, *map(locale_of, self.menu.restaurant.languages))
        symbols = (get_currency_symbol(currency, locale) for locale in locales)
        symbol = next((symbol for symbol in symbols if symbol != currency), currency)
        pattern = str(self.locale.currency_formats["standard"].pattern).split(";")[0]
        before, after = re.split(r"[#0,.]+", pattern, maxsplit=1)
        if symbol == currency:
            before, after = before.replace("¤", "¤\xa0"), after.replace("¤", "\xa0¤")
        return re.sub("\xa0+", "\xa0", before.replace("¤", symbol)), re.sub("\xa0+", "\xa0", after.replace("¤", symbol))

    @cached_property
    def _number(self) -> Any:
        pattern = parse_pattern(self.locale.decimal_formats[None].pattern)
        pattern.frac_prec = (self.digits, self.digits)
        return pattern

    def amount(self, minor: int) -> str:
        """An amount of money without its currency: 1234 → "12.34"."""
        value = Decimal(minor).scaleb(-self.menu.restaurant.minor_digits)
        return str(self._number.apply(value, self.locale))

    def money(self, minor: int) -> str:
        before, after = self.affixes
        return f"{before}{self.amount(minor)}{after}"

    def delta(self, minor: int) -> str:
        """A difference in price with its sign, nothing for none."""
        if not minor:
            return ""
        # A mark that turns the direction stays in front: the sign belongs to the amount.
        before, after = self.affixes
        mark, before = ("\u200f", before[1:]) if before.startswith("\u200f") else ("", before)
        return f"{mark}{'+' if minor > 0 else '−'}{before}{self.amount(abs(minor))}{after}"

    @property
    def currency(self) -> str:
        return str(get_currency_name(self.menu.restaurant.currency, locale=self.locale))

    def listed(self, names: Iterable[str]) -> str:
        return str(self.words["comma"]).join(names)

    def date(self, at: datetime) -> str:
        return str(format_date(at, format="medium", locale=self.locale))

    def clock(self, minutes: int) -> str:
        return str(format_time(time(minutes // 60 % 24, minutes % 60), "HH:mm", locale=self.locale))

    def moment(self, at: datetime) -> str:
        """An instant by the restaurant's clock, within a week of now: "Tue 17:00"."""
        here = at.astimezone(ZoneInfo(self.menu.restaurant.time_zone))
        return f"{self._weekdays[here.weekday()]} {self.clock(here.hour * 60 + here.minute)}"

    def served(self, servings: Iterable[Serving]) -> str:
        """Days and hours at which something is served: "Served Mon–Fri 11:00–15:00"; every day goes without saying."""
        times = [f"{self._days(serving.days)} {self._span(serving)}".strip() for serving in servings]
        return self.say("served", times=self.listed(times))

    def _days(self, days: Sequence[int]) -> str:
        """Days (Monday is 1) with neighbours as a span: "Mon–Wed, Fri"; nothing for all seven."""
        spans: list[list[int]] = []
        for day in days:
            if spans and spans[-1][-1] == day - 1:
                spans[-1].append(day)
            else:
                spans.append([day])
        names = [[str(self._weekdays[day - 1]) for day in (span[0], span[-1])] for span in spans]
        return "" if len(days) == 7 else self.listed("–".join(dict.fromkeys(name)) for name in names)

    @cached_property
    def _weekdays(self) -> Any:
        """Short names of the days, from 0 for Monday."""
        return get_day_names("abbreviated", "stand-alone", self.locale)

    def hours(self) -> list[tuple[str, str]]:
        """Opening hours as (days, times), neighbours alike in one row: ("Mon – Fri", "11:30–22:00")."""
        days = self._weekdays
        rows: list[tuple[int, int, str]] = []
        for day, openings in enumerate(self.menu.restaurant.hours[:7]):
            times = self._times(openings)
            if rows and rows[-1][2] == times:
                rows[-1] = (rows[-1][0], day, times)
            else:
                rows.append((day, day, times))
        return [
            (str(days[first]) if first == last else f"{days[first]} – {days[last]}", times)
            for first, last, times in rows
        ]

    def _times(self, openings: Sequence[Opening]) -> str:
        if [(opening.opens, opening.closes) for opening in openings] == [(0, 24 * 60)]:
            return self.say("day_open")
        return self.listed(map(self._span, openings)) if openings else self.say("day_closed")

    def _span(self, opening: Opening) -> str:
        return f"{self.clock(opening.opens)}–{self.clock(opening.closes)}"
