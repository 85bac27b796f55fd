"""The one filter row that all pages share: which restaurant, which days. The URL is the truth, widgets only write it.

The entry script calls `choose` once a run; a page asks `current()` for what was chosen.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from dashboard.access import Scope

PERIODS = {1: "Today", 7: "7 d", 30: "30 d"}
OTHER = 0
KEPT = ("as", "restaurant", "area", "days", "first_date", "last_date")
LONGEST = 366
EVERYWHERE = "All areas"


@dataclass(frozen=True)
class Restaurant:
    """A restaurant of somebody's scope; `currency` is ISO 4217, None where no event and no menu says it."""

    restaurant_id: str
    restaurant_name: str
    area: str | None
    time_zone: str
    currency: str | None


@dataclass(frozen=True)
class View:
    """What a page is asked to show. Dates are the restaurant's local ones, both inclusive.

    `scope` is all that the person may see, `here` the same narrowed to the restaurant: what most reads take. `zone` is
    None where restaurants of several zones are looked at together. `astray`: the URL named another restaurant, which
    isn't in this scope.
    """

    scope: Scope
    here: Scope
    restaurant: Restaurant
    restaurants: tuple[Restaurant, ...]
    area: str | None
    zone: ZoneInfo | None
    first_date: date
    last_date: date
    today: date
    astray: bool

    @property
    def days(self) -> int:
        return (self.last_date - self.first_date).days + 1

    @property
    def dates(self) -> dict[str, date]:
        """For a read: `read("funnel", view.here, **view.dates)`."""
        return {"first_date": self.first_date, "last_date": self.last_date}


def current() -> View:
    """What the filter row says in this run."""
    if "view" not in st.session_state:
        # Bare `streamlit run` takes a folder called pages/ for its old kind of pages: the first reader's deep link then
        # runs its page alone, without the frame that says who is asking. `menulens dashboard` forbids that beforehand.
        PagesManager.uses_pages_directory = False
        st.rerun()
    view: View = st.session_state["view"]
    return view


def asks(scope: Scope) -> None:
    """Say who is asking, for the pages that are about no restaurant."""
    st.session_state["scope"] = scope


def asking() -> Scope:
    """All that the person who is asking may see and edit."""
    scope: Scope = st.session_state["scope"]
    return scope


def remember() -> None:
    """Keep the URL over a change of page, which empties it; what the URL says wins over what was remembered."""
    kept: dict[str, str] = st.session_state.setdefault("url", {})
    if given := {name: st.query_params[name] for name in KEPT if name in st.query_params}:
        if "days" in given or "first_date" in given:
            for name in ("days", "first_date", "last_date"):
                kept.pop(name, None)
        kept.update(given)
    _write(kept)


def url() -> dict[str, str]:
    """The filters as query parameters, for a link to another page."""
    return dict(st.session_state.get("url", {}))


def go(**values: str | None) -> None:
    """Change filters from a callback; None takes one out."""
    kept: dict[str, str] = st.session_state.setdefault("url", {})
    for name, value in values.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = value
    _write(kept)


def _write(kept: dict[str, str]) -> None:
    others = {name: value for name, value in st.query_params.items() if name not in KEPT}
    if (wanted := {**kept, **others}) != st.query_params.to_dict():
        st.query_params.from_dict(wanted)


def choose(scope: Scope, restaurants: Sequence[Restaurant], *, by_area: bool = False, dated: bool = True) -> View:
    """Draws the filter row and keeps its View for the page. `by_area`: pick an area rather than a restaurant;
    `dated` False: for a page that shows no days.

    What the URL says and isn't so (a restaurant out of this scope, a day that is none) is as if it weren't said; of a
    restaurant the View says so, and the URL forgets it.
    """
    known = {restaurant.restaurant_id: restaurant for restaurant in restaurants}
    wanted = url()
    if astray := not by_area and wanted.get("restaurant", restaurants[0].restaurant_id) not in known:
        go(restaurant=None)
    restaurant = known.get(wanted.get("restaurant", "")) or restaurants[0]
    areas = sorted({r.area for r in restaurants if r.area})
    area = wanted["area"] if wanted.get("area") in areas else None
    zones = {r.time_zone for r in restaurants} if by_area else {restaurant.time_zone}
    # Of several zones the latest day counts as today: nobody's visits are cut off.
    today = max(datetime.now(ZoneInfo(zone)).date() for zone in zones)
    first, last, period = _dates(wanted, today)

    if by_area:
        st.session_state["pick_area"] = area or EVERYWHERE
        st.selectbox(
            "Area", [EVERYWHERE, *areas], key="pick_area", label_visibility="collapsed", on_change=_area_picked
        )
    else:
        st.session_state["pick_restaurant"] = restaurant.restaurant_id
        st.selectbox(
            "Restaurant",
            list(known),
            format_func=labels(restaurants).__getitem__,
            key="pick_restaurant",
            label_visibility="collapsed",
            on_change=_restaurant_picked,
        )
    if dated:
        _pick_days(first, last, today, period)
    view = View(
        scope=scope,
        here=scope.only(restaurant.restaurant_id),
        restaurant=restaurant,
        restaurants=tuple(r for r in restaurants if area is None or r.area == area),
        area=area,
        zone=ZoneInfo(zones.pop()) if len(zones) == 1 else None,
        first_date=first,
        last_date=last,
        today=today,
        astray=astray,
    )
    st.session_state["view"] = view
    return view


def labels(restaurants: Sequence[Restaurant]) -> dict[str, str]:
    """Id → what the picker calls it. A picker tells its choices apart by their words: of namesakes each says its id."""
    names = Counter(restaurant.restaurant_name for restaurant in restaurants)
    return {
        each.restaurant_id: f"{each.restaurant_name} · {each.restaurant_id}"
        if names[each.restaurant_name] > 1
        else each.restaurant_name
        for each in restaurants
    }


def _pick_days(first: date, last: date, today: date, period: int) -> None:
    st.session_state["pick_days"] = period
    st.segmented_control(
        "Period",
        [*PERIODS, OTHER],
        format_func=lambda days: PERIODS.get(days, "Dates"),
        key="pick_days",
        required=True,
        label_visibility="collapsed",
        wrap=False,
        on_change=_days_picked,
    )
    if period == OTHER:
        st.session_state["pick_dates"] = (first, last)
        st.date_input(
            "Dates", key="pick_dates", max_value=today, format="DD/MM/YYYY", label_visibility="collapsed",
            on_change=_dates_picked,
        )  # fmt: skip


def _dates(wanted: dict[str, str], today: date) -> tuple[date, date, int]:
    try:
        first, last = (date.fromisoformat(wanted[name]) for name in ("first_date", "last_date"))
        if first <= last <= today and (last - first).days < LONGEST:
            return first, last, OTHER
    except (KeyError, ValueError):
        pass
    days = int(wanted["days"]) if wanted.get("days") in {str(days) for days in PERIODS} else 30
    return today - timedelta(days=days - 1), today, days


def _restaurant_picked() -> None:
    go(restaurant=st.session_state["pick_restaurant"])


def _area_picked() -> None:
    area = st.session_state["pick_area"]
    go(area=None if area == EVERYWHERE else area)


def _days_picked() -> None:
    if days := st.session_state["pick_days"]:
        go(days=str(days), first_date=None, last_date=None)
    else:
        view = current()
        go(days=None, first_date=view.first_date.isoformat(), last_date=view.last_date.isoformat())


def _dates_picked() -> None:
    picked = st.session_state["pick_dates"]
    if len(picked) == 2:  # the second day comes with a second click
        first, last = sorted(picked)
        first = max(first, last - timedelta(days=LONGEST - 1))
        go(days=None, first_date=first.isoformat(), last_date=last.isoformat())
