"""The dashboard: settings → who is asking → navigation → page; the one place where errors become words on a page.

Streamlit runs this file as a script at every interaction; `menulens dashboard` starts Streamlit on it.
"""

import logging
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import streamlit as st

from dashboard import elements, reads
from dashboard.access import Scope, scope_of
from dashboard.elements import Restaurant, empty, filters, identity
from dashboard.elements.roster import MEANING, ROLES
from dashboard.insights import words
from dashboard.menus import desk
from dashboard.menus.model import in_language
from dashboard.people import Person
from errors import AccessError, MenulensError
from settings import Settings, read_settings

HERE = Path(__file__).parent
ICON = str(HERE / "static/icon.png")
MOST_TABS, LONGEST_TAB = 6, 11  # under a thumb, side by side, in letters; the header's menu has all pages
FRESH = 15 * 60  # seconds behind the newest event, up to which numbers count as live
log = logging.getLogger("menulens.dashboard")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Asking:
    """Who looks at the pages and how one came in; the restaurants that there is something to read about, if one may."""

    scope: Scope
    way: identity.Way
    restaurants: tuple[Restaurant, ...]


@dataclass(frozen=True)
class Pages:
    """Pages that read, the last of them comparing restaurants; those at the desk where menus are written; and those
    about people, which are an admin's."""

    reading: tuple[Any, ...]
    desk: tuple[Any, ...]
    people: tuple[Any, ...]

    @property
    def all(self) -> list[Any]:
        return [*self.reading, *self.desk, *self.people]

    def room(self, page: Any) -> tuple[Any, ...]:
        """The pages among which this one is; the first of them is in the navigation."""
        return next(room for room in (self.desk, self.people, self.reading) if page in room)


def main() -> None:
    """One run of the script: the frame that every page shares, and the page in it."""
    st.set_page_config("Menulens", ICON, layout="wide", initial_sidebar_state="collapsed")
    elements.style()
    filters.remember()
    asking = _in_words(_who_asks)
    pages = _pages(asking)
    # Every page is registered before sign-in too, so that a deep link is still there after it.
    page = st.navigation(pages.all, position="top" if asking else "hidden")
    st.logo(ICON, size="medium")
    if asking:
        reads.page.set(page.title)
        filters.asks(asking.scope)
        drawn = {pages.desk: _at_the_desk, pages.people: _about_people}.get(pages.room(page), _reading)
        _in_words(lambda: drawn(page, pages, asking))
        _footer(page, pages, asking)


def _pages(asking: Asking | None) -> Pages:
    def page(file: str, title: str, icon: str, *, shown: bool = True, **more: Any) -> Any:
        visibility: Literal["visible", "hidden"] = "visible" if shown else "hidden"
        return st.Page(HERE / f"pages/{file}.py", title=title, icon=f":material/{icon}:", visibility=visibility, **more)

    reading = (
        page("overview", "Overview", "space_dashboard", default=True),
        page("menu", "Menu", "menu_book"),
        page("attention", "Attention", "visibility"),
        page("conversion", "Conversion", "filter_alt"),
        page("advice", "Advice", "tips_and_updates"),
        page("recommendations", "Recommendations", "hub"),
        page("restaurants", "Restaurants", "storefront", shown=bool(asking and len(asking.restaurants) > 1)),
    )
    at_the_desk = (
        page("menu_editor", "Edit menu", "edit_note", shown=bool(asking and asking.scope.edits)),
        page("menu_import", "Import", "upload_file", shown=False),
        page("codes", "QR codes", "qr_code_2", shown=False),
        page("menu_new", "New restaurant", "add_business", shown=False),
    )
    about_people = (
        page("people", "People", "group", shown=bool(asking and asking.scope.role == "admin")),
        page("audit", "Audit", "history", shown=False),
    )
    return Pages(reading, at_the_desk, about_people)


def _reading(page: Any, pages: Pages, asking: Asking) -> None:
    scope, restaurants = asking.scope, list(asking.restaurants)
    known = {restaurant.restaurant_id for restaurant in restaurants}
    if scope.edits and filters.url().get("restaurant", next(iter(known), "")) not in known:
        restaurants += _unlisted(scope, known)[1]  # begun, and not published yet: a page says that nobody read it
    if not restaurants:
        return empty.nothing_yet(pages.desk[-1] if scope.role == "admin" else None)
    compares = page is pages.reading[-1]
    everywhere = compares and page.visibility == "visible"
    with _filter_row():
        view = filters.choose(scope, restaurants, by_area=everywhere)
        with st.container(key="fresh", width="content"):
            st.caption(_freshness(view, view.scope if everywhere else view.here), width="content")
    if spent := reads.warning():
        st.warning(spent, icon=":material/payments:")
    _astray(view)
    _in_words(page.run if everywhere or not compares else lambda: _one_alone(pages.reading[0]))
    return None


def _at_the_desk(page: Any, pages: Pages, asking: Asking) -> None:
    scope, new = asking.scope, pages.desk[-1]
    begins = scope.role == "admin"
    if not scope.edits or (page is new and not begins):
        return empty.may_not("begin a restaurant" if scope.edits else "edit a menu", pages.reading[0])
    known = {restaurant.restaurant_id: restaurant for restaurant in asking.restaurants}
    ids, unlisted = _unlisted(scope, known)
    houses = sorted([*map(known.__getitem__, ids), *unlisted], key=_by_name)
    if page is not new and not houses:
        return empty.no_menu_yet(new if begins else None)
    with _filter_row():
        view = None if page is new else filters.choose(scope, houses, dated=False)
        _links([other for other in pages.desk if other is not new or begins], page)
    if view:
        _astray(view)
    _in_words(page.run)
    return None


def _about_people(page: Any, pages: Pages, asking: Asking) -> None:
    if asking.scope.role != "admin":
        return empty.may_not("see who may do what", pages.reading[0])
    with _filter_row():
        _links(pages.people, page)
    _in_words(page.run)
    return None


def _unlisted(scope: Scope, known: Container[str]) -> tuple[list[str], list[Restaurant]]:
    """Ids of known restaurants that have a menu; and those that no number is about yet, for they only have a draft."""
    ids, others = desk.unlisted(scope, known)
    return ids, [
        Restaurant(house.id, in_language(house.name, house.language), house.area, house.time_zone, house.currency)
        for house in others
    ]


def _filter_row() -> Any:
    return st.container(key="filters", horizontal=True, vertical_alignment="center", gap="small", wrap=False)


def _astray(view: elements.View) -> None:
    if view.astray:
        # The same words for one that others see and for one that doesn't exist.
        name = elements.plain(view.restaurant.restaurant_name)
        st.warning(f"The restaurant in this link isn't among yours: this is {name}.", icon=":material/link_off:")


def _footer(page: Any, pages: Pages, asking: Asking) -> None:
    with st.container(key="who", horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"Signed in as {_name(asking.scope.person)}, {ROLES[asking.scope.role]}", width="content")
        identity.way_out(asking.way)
    with st.bottom, st.container(key="tabs", horizontal=True, gap=None, wrap=False):
        on = page if page in pages.reading else pages.room(page)[0]
        shown = [tab for tab in (*pages.reading, *pages.desk) if tab.visibility == "visible"]
        tabs = [tab for tab in shown if len(tab.title) <= LONGEST_TAB]
        while len(tabs) > MOST_TABS:  # what is looked at most stands first
            tabs.remove(next(tab for tab in reversed(tabs) if tab in pages.reading))
        for tab in tabs:
            _link(tab, "tab", on)


def _links(room: Sequence[Any], page: Any) -> None:
    with st.container(key="desk", horizontal=True, gap="xsmall", width="content", wrap=False):
        for other in room:
            _link(other, "desk", page)


def _link(to: Any, row: str, on: Any) -> None:
    # page_link marks the current page with nothing that a stylesheet could tell: the container around it does.
    with st.container(key=f"{row}-{'on' if to is on else 'off'}-{to.title}"):
        st.page_link(to, label=to.title, icon=to.icon, width="stretch", query_params=filters.url())


def _one_alone(home: Any) -> None:
    st.title("There is nothing to compare", anchor=False)
    elements.state("storefront", "You see one restaurant", "This page sets several side by side.")
    st.page_link(home, label=f"Go to {home.title}", icon=home.icon, query_params=filters.url())


def _freshness(view: elements.View, scope: Scope) -> str:
    newest, now = reads.as_of(scope), datetime.now(UTC)
    days = f"{view.first_date:%-d %b} – {view.last_date:%-d %b}" if view.days > 1 else f"{view.last_date:%-d %b}"
    where = f"{days} · {view.zone.key.split('/')[-1].replace('_', ' ') + ' time' if view.zone else 'local dates'}"
    if newest is None:
        return f":gray[●] No event yet · {where}"
    tone = "green" if (now - newest).total_seconds() <= FRESH else "gray"
    return f":{tone}[●] Newest event {elements.ago(newest, now)} ago · {where}"


def _in_words(work: Callable[[], Value]) -> Value | None:
    """What `work` gives. A failure becomes words that say what happened and what to do, and None."""
    try:
        return work()
    except MenulensError as problem:
        log.warning("%s: %s", type(problem).__name__, problem)
        hint = problem.hint or "Nothing is lost. Try again in a minute."
        elements.state("cloud_off", elements.plain(problem.message), hint, "Try again")
    except Exception:
        log.exception("a page failed")
        comfort = (
            "Guests still see the menu, and their visits are still counted. Try again; if it stays, the reason is in "
            "the log of `menulens dashboard`."
        )
        elements.state("healing", "Something broke here", comfort, "Try again")
    return None


# ── who is asking ──


def _who_asks() -> Asking | None:
    settings = read_settings()
    way = identity.way(
        settings.sign_in,
        settings.home,
        settings.menus_bucket,
        settings.idle_minutes,
        settings.dashboard_address,
        demo=bool(settings.demo),
    )
    scope = _scope(settings, way)
    if scope is None:
        return None
    return Asking(scope, way, tuple(sorted(reads.restaurants(scope), key=_by_name)))


def _by_name(restaurant: Restaurant) -> str:
    return restaurant.restaurant_name.casefold()


def _scope(settings: Settings, way: identity.Way) -> Scope | None:
    """What the one who is asking may see. None, and words on the page, when that is nobody."""
    reads.open(settings.engine, settings.home, settings.monthly_budget, settings.of_engine)
    desk.open(
        settings.home,
        settings.menus_bucket,
        settings.site_url,
        settings.lake_bucket,
        settings.holdout_rate,
        sign_in_url=settings.dashboard_address if settings.sign_in == "local" and not settings.demo else "",
    )
    people = desk.people()
    if person := identity.who(way):
        try:
            return scope_of(people.find(person))
        except AccessError as problem:
            st.warning(elements.plain(str(problem)), icon=":material/person_off:")
    if way == "demo":
        _sign_in(people.read().people)
    else:
        identity.way_in(way)
    return None


def _sign_in(people: tuple[Person, ...]) -> None:
    st.title("Who is looking?", anchor=False)
    if not people:
        elements.state(
            "group_off", "Nobody is known here yet", "`menulens people add` adds somebody, `menulens demo` three."
        )
        return
    with st.grid(3, min_column_width=240, gap="small"):
        for person in people:
            with elements.card(f"person-{person.id}", _name(person.id), ROLES[person.role]):
                own = [restaurant.restaurant_name for restaurant in reads.restaurants(scope_of(person))]
                st.markdown(
                    f"Sees {elements.plain(words.listed(own))}." if person.restaurants else MEANING[person.role]
                )
                st.space("stretch")
                key, given = f"as-{person.id}", {"as": person.id}
                st.button("Look as this person", key=key, type="primary", on_click=filters.go, kwargs=given)


def _name(person: str) -> str:
    """ "Mali" of mali@krua.example: Markdown would make a link of the whole."""
    return person.partition("@")[0].replace(".", " ").title()


if __name__ == "__main__":
    main()
