"""The sentences that titles of the overview say, and what needs a look: nothing is said that the numbers don't show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from dashboard.insights import attention, words
from dashboard.insights.attention import numbers
from dashboard.insights.rates import difference, normal_quantile, surest
from dashboard.insights.today import MIX, Day, Figure, Moment

MOST_NAMED = 3
BY_CHANCE = 2  # of a dozen hours in bands that hold 19 of 20, this many may stand out for no reason
GOOD = {"visits": 1, "orders": 1, "conversion": 1, "skip": -1, "dwell": 0}  # 0: longer may be interest or confusion
# figure → (above, below), each while the day runs and when it is over
_CLAUSES = {
    "visits": (("more guests look", "more guests looked"), ("fewer guests look", "fewer guests looked")),
    "conversion": (("more of them order", "more of them ordered"), ("fewer of them order", "fewer of them ordered")),
    "orders": (("more orders come in", "more orders came in"), ("fewer orders come in", "fewer orders came in")),
    "skip": (("more is skipped", "more was skipped"), ("less is skipped", "less was skipped")),
    "dwell": (("dishes are read longer", "dishes were read longer"), ("dishes are read less", "dishes were read less")),
}


def headline(figures: Sequence[Figure], day: Day) -> str:
    """The page's title: which figures are out of their usual band, or that none is."""
    if all(figure.usual is None for figure in figures):
        return f"Too few {day.weekday}s yet to say what is usual"
    odd = {figure.name: figure.verdict for figure in figures if figure.verdict}
    if odd.keys() & {"visits", "conversion"}:
        odd.pop("orders", None)  # orders follow from the two
    told = [name for name in _CLAUSES if name in odd][:2]
    if not told:
        return f"A usual {day.weekday} so far" if day.running else f"{day.weekday} {day.date:%-d %B} was as usual"
    clauses = [_CLAUSES[name][odd[name] < 0][not day.running] for name in told]
    clauses[0] = clauses[0].replace("of them", "guests") + " than usual"
    one_good_one_bad = len(told) == 2 and odd[told[0]] * GOOD[told[0]] * odd[told[1]] * GOOD[told[1]] < 0
    sentence = (", but " if one_good_one_bad else " and ").join(clauses)
    return sentence[0].upper() + sentence[1:]


def compared(moment: Moment) -> str:
    """What the figures are of, and against what."""
    day = moment.day
    if day.running:
        of = f"Today until {int(day.until)}:{int(day.until % 1 * 60):02}"
    else:
        of = ("No visit yet today: this is " if moment.quiet else "") + f"{day.weekday}, {day.date:%-d %B}"
    return f"{of}, against the usual {day.weekday}: the grey band holds 19 of 20 such days"


def since(published: Mapping[int, datetime]) -> str:
    """What the day's hours show, and which menu guests read."""
    if not published:
        return "Visits by hour"
    version, at = [*published.items()][-1]
    return f"Visits by hour; menu v{version} since {at:%-d %B, %H:%M}"


def hour_by_hour(hours: pd.DataFrame, visits: Figure, day: Day) -> str:
    """The title of the day's hours: those outside the band, if they are more than chance brings."""
    told = hours[hours["visits"].notna() & hours["low"].notna() & hours["over"]]
    if told.empty:
        return "Visits hour by hour"
    above, below = told["visits"] - told["high"], told["low"] - told["visits"]
    sides = {"above": told.assign(far=above)[above > 0], "below": told.assign(far=below)[below > 0]}
    if not visits.verdict:
        if sum(map(len, sides.values())) <= BY_CHANCE:
            return f"Hour by hour a usual {day.weekday}" + (" so far" if day.running else "")
    else:
        sides = {side: rows for side, rows in sides.items() if (side == "above") == (visits.verdict > 0)}
    named = [
        f"{side} the usual {day.weekday} at "
        + words.listed(words.clock(int(hour)) for hour in sorted(rows.nlargest(MOST_NAMED, "far")["hour"]))
        for side, rows in sides.items()
        if len(rows)
    ]
    if not named:
        return f"A little {'above' if visits.verdict > 0 else 'below'} the usual {day.weekday}, all day long"
    return f"Visits were {words.listed(named)}"


def explanation(parts: pd.DataFrame, conversion: Figure) -> str:
    """The title over the parts of the day: which of them carries the difference, if there is one beyond noise."""
    if parts.empty or conversion.usual is None:
        return "What moved order conversion"
    if not conversion.verdict:
        return "Order conversion is within its usual range"
    side = "higher" if conversion.verdict > 0 else "lower"
    weights = numbers(parts, "points") / parts["points"].sum()
    if weights.max() < 0.5:
        return f"The {side} conversion runs through the whole day"
    most = parts["part"].iloc[int(weights.argmax())]
    if most == MIX:
        return f"The hours at which guests came explain most of the {side} conversion"
    return f"{most} explains most of the {side} conversion"


@dataclass(frozen=True)
class Look:
    """Something that needs a look: what it is, why, and the numbers behind it."""

    kind: str
    icon: str
    title: str
    why: str
    evidence: str


def worth_a_look(rated: pd.DataFrame) -> list[Look]:
    """At most one finding of each kind from the items of a period (`attention.with_rates`), each beyond chance."""
    return [look for look in (_left(rated), _hidden(rated), _skipped(rated)) if look]


def _left(rated: pd.DataFrame) -> Look | None:
    left = attention.read_and_left(rated)
    if left.empty:
        return None
    item, usual = left.iloc[0], rated["conversion_rate"].median()
    return Look(
        "Read, not ordered",
        "visibility",
        f"{item['item_name']} is read and left",
        f"{words.percent(item['view_rate'])} of the guests who get to it look at it, and "
        f"{words.percent(item['conversion_rate'])} of those order it; of the median item {words.percent(usual)} do.",
        _evidence("views", item["viewed"], item["conversion_rate_low"], item["conversion_rate_high"]),
    )


def _hidden(rated: pd.DataFrame) -> Look | None:
    hidden = attention.out_of_sight(rated)
    gems = hidden[hidden["conversion_rate_low"] > rated["conversion_rate"].median()]
    if gems.empty:
        return None
    item = gems.iloc[int(numbers(gems, "conversion_rate").argmax())]
    return Look(
        "Hidden gem",
        "diamond",
        f"{item['item_name']} sells to those who find it",
        f"Only {words.percent(item['reach_rate'])} of the guests get down to it in {item['section_name']}, and "
        f"{words.percent(item['conversion_rate'])} of those who look at it order it.",
        _evidence("visits", item["visits"], item["reach_rate_low"], item["reach_rate_high"]),
    )


def _skipped(rated: pd.DataFrame) -> Look | None:
    """The item that is surest to be skipped more than the rest of its section: there position explains little."""
    known = rated[rated["skip_rate"].notna()].reset_index(drop=True)
    if known.empty:
        return None
    skipped, reached = known["skipped"].astype(float), known["reached"].astype(float)
    others, tried = (of.groupby(known["section_id"]).transform("sum") - of for of in (skipped, reached))
    z = normal_quantile(among=len(known))
    gap = difference(skipped, reached, others, tried, z)
    at = surest(gap._replace(value=gap.value.clip(min=0)))
    if at is None:
        return None
    item = known.iloc[at]
    return Look(
        "Passed by",
        "keyboard_double_arrow_down",
        f"{item['item_name']} is skipped most in {item['section_name']}",
        f"{words.percent(item['skip_rate'])} of the guests who get to it scroll past; of the rest of "
        f"{item['section_name']} they skip {words.percent(others[at] / tried[at])}.",
        _evidence("guests reached", numbers(known, "reached")[at], item["skip_rate_low"], item["skip_rate_high"]),
    )


def _evidence(what: str, count: float, low: float, high: float) -> str:
    return f"{int(count):,} {what} · between {words.percent(low)} and {words.percent(high)} (95%)"
