"""Days and hours at which something is served, as people write them: "Mon–Fri 11:00–15:00; Sat, Sun 09:00–12:00"."""

import re
from collections.abc import Iterable

from dashboard.menus.model import Serving
from errors import MenuError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY = 24 * 60


def said(servings: Iterable[Serving]) -> str:
    """Servings in words; nothing for none, which is always. Past midnight it is the next morning: "Fri 22:00–02:00"."""
    return "; ".join(f"{_days(each.days)} {clock(each.opens)}–{clock(each.closes)}" for each in servings)


def heard(text: str) -> tuple[Serving, ...]:
    """The servings that a text says; days are English ones, three letters do. Raises MenuError."""
    return tuple(_serving(part.strip()) for part in re.split(r"[;\n]", text) if part.strip())


def clock(minutes: int) -> str:
    """Minutes after midnight as a clock shows them; the end of a day is 24:00."""
    hour, minute = divmod(minutes if minutes <= DAY else minutes - DAY, 60)
    return f"{hour:02}:{minute:02}"


def minutes(text: str) -> int:
    """Minutes after midnight of a time such as "11:00", "24:00" or "11". Raises ValueError."""
    found = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?(?::00)?", text.strip())
    if not found or int(found[1]) * 60 + int(found[2] or 0) > DAY or int(found[2] or 0) > 59:
        raise ValueError(text)
    return int(found[1]) * 60 + int(found[2] or 0)


def serving(days: Iterable[int], opens: str, closes: str) -> Serving:
    """A serving by the clock: what closes no later than it opens closes the next morning. Raises ValueError."""
    begin, end = minutes(opens), minutes(closes)
    return Serving(days=tuple(days), opens=begin, closes=end if end > begin else end + DAY)


def _days(days: tuple[int, ...]) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    names = [[DAYS[day - 1] for day in run] for run in runs]
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(run) for run in names)


def _serving(text: str) -> Serving:
    found = re.fullmatch(r"(.*?)[\s,]*(\d[\d:.]*)\s*[-–—]\s*(\d[\d:.]*)", text)
    try:
        if not found:
            raise ValueError(text)
        names = re.sub(r"\s*[-–—]\s*", "-", found[1]).replace(",", " ").split()
        days = [day for name in names for day in _run(name)] or range(1, 8)
        return serving(days, found[2], found[3])
    except ValueError:
        raise MenuError(f"{text[:40]!r} says no days and hours: write them as Mon–Fri 11:00–15:00") from None


def _run(text: str) -> list[int]:
    """The days of "Mon" or "Fri-Mon"."""
    first, _, last = text.partition("-")
    begin, end = _day(first), _day(last or first)
    return [(day - 1) % 7 + 1 for day in range(begin, end + (1 if end >= begin else 8))]


def _day(name: str) -> int:
    return DAYS.index(name[:3].title() if name.isalpha() else name) + 1
