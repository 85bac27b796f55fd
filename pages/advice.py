"""What to change on the menu: each change with its evidence, its gain and the way into the draft; what earns, and what
is bought."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard import charts, elements
from dashboard.elements import choices, empty
from dashboard.elements.change import change
from dashboard.insights import advice, attention, engineering, versions, words
from dashboard.insights.appeal import METHODS, has_moved
from dashboard.insights.rates import TOO_FEW
from dashboard.menus import desk, drafting
from dashboard.reads import read, together
from dashboard.warehouse import Answer
from errors import MenulensError

BROWSED = ("Hidden gem", "Crowd favourite", "Passed by", "Read, not ordered")

view, theme = elements.current(), elements.theme()
here, currency = view.restaurant.restaurant_id, view.restaurant.currency
menus, known = together(view.here, ("menus", {}), ("menu_versions", view.dates))
if menus.frame.empty:
    empty.no_visits(view)
    st.stop()
version = int(menus.frame["menu_version"].max())
weeks = versions.weeks_read(known.frame, version)
if not weeks:
    since = {"first_date": view.last_date - versions.LIFETIME, "last_date": view.last_date}
    ever = read("menu_versions", view.here, **since).frame
    st.title(f"Nobody has read v{version} {empty.when(view)}", anchor=False)
    empty.unread(version, None, versions.last_days(ever, version, 30))
    st.stop()

of = {**view.dates, "menu_version": version}
counted, placed = together(view.here, ("item_attention", of), ("item_positions", view.dates))
answers: tuple[Answer, ...] = (counted, placed, menus)
elsewhere = None
if len(view.restaurants) > 1 and not has_moved(placed.frame):
    several = read("item_positions", view.scope, **view.dates)
    answers, elsewhere = (*answers, several), several.frame
store = desk.store(view.here)
sold_out, draft = [], None
if here in store.restaurants():  # else its menu is known from what was loaded, and isn't written here
    sold_out = [*store.sold_out(here)]
    draft = store.draft(here).menu if view.here.may_edit(here) else None
told = advice.advise(menus.frame, version, counted.frame, placed.frame, elsewhere, weeks, sold_out)


def put(card: advice.Advice) -> None:
    try:
        now = desk.store(desk.of_now(view.here))
        drafting.put(now, here, lambda menu: drafting.placing(menu, card.item_id, card.before), datetime.now(UTC))
        st.session_state.get("editors", {}).pop(here, None)  # an editor that was open begins from the new draft
    except MenulensError as problem:
        st.session_state["not_put"] = str(problem)


if counted.frame["visits"].max() < TOO_FEW:
    st.title("Too few visits yet to say what to change", anchor=False)
else:
    st.title(elements.plain(advice.headline(told, currency)), anchor=False)
if problem := st.session_state.pop("not_put", None):
    st.warning(elements.plain(problem), icon=":material/edit_off:")
if told.advice:
    with st.grid(2, min_column_width=320, gap="small", key="advice-grid"):
        for card in told.advice:
            may = draft is not None and drafting.holds(draft, card.item_id)
            made = may and draft and card.is_move and not drafting.placing(draft, card.item_id, card.before)
            change(card, told.unit, currency, put if may else None, made=bool(made))
with elements.card("rule", None, answer=answers, csv=told.items):
    st.caption(f"{advice.rule(told)} {METHODS[told.method]}.")

sections = engineering.sections(counted.frame)
section = choices.select("section", "Items of", sections, "") if len(sections) > 2 else ""
menu, items = (engineering.of_section(frame, section) for frame in (menus.frame, counted.frame))
kinds = engineering.engineered(menu, version, items)
if kinds and currency:
    with elements.card(
        "engineering",
        engineering.finding(kinds),
        engineering.note(kinds, currency, len(items)),
        answer=(menus, counted),
        csv=kinds.items,
        help="Menu engineering: Kasavana and Smith, 1982. Margin is price − food cost, and stays private.",
    ):
        figure = charts.quadrant(
            kinds.items, "margin", "mix", "item_name", theme, engineering.CORNERS,
            ("margin an item", "of portions sold"), engineering.standing_out(kinds), (kinds.margin, kinds.fair),
            partial(words.money, currency=currency),
        )  # fmt: skip
        elements.chart(figure, "engineering", f"Items by margin and share of portions. {engineering.finding(kinds)}")
else:
    rated = attention.with_rates(items)
    browsed = rated.dropna(subset=["view_rate", "conversion_rate"])
    if len(browsed):
        with elements.card(
            "engineering",
            attention.reading_without_ordering(rated),
            "Each dot is an item, split at the medians. With food costs on the menu, this shows what earns",
            answer=counted,
            csv=rated,
        ):
            figure = charts.quadrant(
                browsed, "view_rate", "conversion_rate", "item_name", theme, BROWSED,
                ("viewed of reached", "ordered of viewed"), attention.read_and_left(rated)["item_name"].head(2),
            )  # fmt: skip
            elements.chart(figure, "engineering", "Items by how often they are viewed and how often they are ordered")
