"""What guests like elsewhere and here, what they do with what they are shown of others, and who is shown to whom."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboard import charts, charts_network, elements
from dashboard.elements import choices, empty, filters
from dashboard.elements import recommendations as rows
from dashboard.elements.guest_block import guest_block
from dashboard.elements.rules import rules
from dashboard.insights import network, recommendations, words
from dashboard.menus import desk
from dashboard.reads import read, restaurants, together
from dashboard.warehouse import Answer

WHOSE = {"one": "This restaurant", "all": "Between restaurants"}
TIES = {"guests": "Guests in common", "arrivals": "Led by recommendations"}
FOR_OTHERS = ". What they order elsewhere is for that restaurant to know"
MOST_AREAS = 6  # rounds on a page; the filter has the other areas

view, theme = elements.current(), elements.theme()
here = view.restaurant.restaurant_id
directory = restaurants(view.scope)
sees_all = view.scope.restaurants is None and len(directory) > 1


def of_one() -> None:
    """One restaurant, as its manager sees it."""
    recommended, pairs, effects = together(
        view.here,
        ("recommendations", {}),
        ("goes_well_with", {}),
        ("recommendation_effect", view.dates),
    )
    store = desk.store(view.here)
    said = store.recommending(here) if here in store.restaurants() else None
    effect = recommendations.effect(effects.frame)
    if said and not said.shows_others:
        st.title("Guests here are shown no other restaurant", anchor=False)
    else:
        say(effect, "here")
    if effect:
        elements.kpis(rows.kpis(effect), key="kpis-recommendations")
    left, right = st.columns([1.75, 1], gap="small")
    with left:
        items = recommendations.choices(recommended.frame, pairs.frame)
        item = choices.select("item", "Guests who took", items, "") if len(items) > 1 else ""
        liked_elsewhere(recommended, item)
        taken_together(pairs, item)
    with right:
        if said is not None:
            guest_block(store, here, said)
            rules(view.here, here, said, pickable())
    if effect:
        left, right = st.columns([1.75, 1], gap="small")
        with left:
            shown_of_others()
        with right:
            held_out(effects, effect)


def say(effect: recommendations.Effect | None, where: str) -> None:
    """The title: what recommendations do, if anybody was shown some."""
    said = (
        recommendations.headline(effect, where) if effect else f"Nobody was shown another restaurant {empty.when(view)}"
    )
    st.title(elements.plain(said), anchor=False)


def liked_elsewhere(recommended: Answer, item: str) -> None:
    told = recommendations.elsewhere(recommended.frame, item)
    note = "What guests of the last 90 days took elsewhere too; shares are rounded, for they tell of other houses"
    with elements.card("elsewhere", recommendations.liked(told), note, answer=recommended, csv=told, height="content"):
        if len(told):
            elements.table(rows.ELSEWHERE, rows.elsewhere(told), "elsewhere", label="Liked elsewhere", limit=5)
        else:
            st.caption("What guests like elsewhere shows up once three restaurants of this area have had guests.")


def taken_together(pairs: Answer, item: str) -> None:
    told = recommendations.together(pairs.frame, item)
    note = "Of the guests who took one, the share who took the other too; the tick is that of all guests"
    with elements.card("together", recommendations.matching(told), note, answer=pairs, csv=told):
        if len(told):
            elements.table(rows.TOGETHER, rows.together(told), "together", label="Taken together", sort="lift", limit=6)


def shown_of_others() -> None:
    # What followed elsewhere is told to who sees all restaurants, and only where all are asked for.
    views = read("recommendation_views", view.scope if sees_all else view.here, **view.dates)
    told = recommendations.shown(views.frame[views.frame["restaurant_id"] == here])
    note = "Visits that saw each, and that opened it" + ("; then what they did there" if sees_all else FOR_OTHERS)
    columns = [*rows.SHOWN, *(rows.FOLLOWED if sees_all else [])]
    with elements.card("shown", recommendations.standing_out(told), note, answer=views, csv=told):
        if len(told):
            elements.table(columns, rows.shown(told), "shown", label="Shown to guests", sort="views", limit=8)


def held_out(effects: Answer, effect: recommendations.Effect) -> None:
    with elements.card("effect", "Held out, to compare", recommendations.drawn(effect), answer=effects):
        groups = recommendations.groups(effect)
        if len(groups):
            groups["color"] = [theme.brand, theme.muted]
            figure = charts.intervals(groups, theme, words.percent, "of visits order")
            elements.chart(figure, "effect", recommendations.headline(effect, "here"))


def pickable() -> dict[str, str]:
    """The restaurants that guests of this one can reach, for who may pin and block."""
    area = view.restaurant.area
    near = [house for house in directory if house.area == area and house.restaurant_id != here]
    return {house.restaurant_id: house.restaurant_name for house in near} if area and view.scope.role == "admin" else {}


def between() -> None:
    """All restaurants, of an area or everywhere."""
    tied, effects = together(view.scope, *((f"recommendation_{of}", view.dates) for of in ("network", "effect")))
    shown = {house.restaurant_id: house for house in view.restaurants}
    effect = recommendations.effect(effects.frame[effects.frame["restaurant_id"].isin([*shown])])
    say(effect, f"in {view.area}" if view.area else "")
    if effect:
        elements.kpis(rows.kpis(effect), key="kpis-recommendations")
    ties = network.ties(tied.frame, shown)
    what_ties_them(tied, ties, shown)
    places = {id: (house.restaurant_name, house.area) for id, house in shown.items()}
    told = network.houses(effects.frame, ties, places)
    note = "Visits that were shown others, and what came of it; orders compare visits with recommendations and without"
    with elements.card("houses", network.showing(told), note, answer=(effects, tied), csv=told):
        elements.table(
            rows.HOUSES, rows.houses(told), "houses", label="Restaurants by what they show", sort="views", limit=12,
            on_pick=lead_into, search="Find a restaurant",
        )  # fmt: skip


def what_ties_them(tied: Answer, ties: pd.DataFrame, shown: Mapping[str, elements.Restaurant]) -> None:
    areas = sorted({house.area for house in directory if house.area})
    with st.container(horizontal=True, gap="small", key="ties"):
        by = choices.segments("ties", "What ties restaurants", TIES, "guests")
        if len(areas) > 1:
            pick_area(areas)
    found = network.networks(tied.frame, {id: house.area for id, house in shown.items()}, by)
    note = "A line is what two restaurants share, the thicker the more; point at one for its numbers"
    if len(found) > MOST_AREAS:
        note += f". The {MOST_AREAS} areas with most of it; choose another above"
    with elements.card("network", network.strongest(found, tied.frame, by), note, answer=tied, csv=ties):
        if not found:
            st.caption("Restaurants are drawn here once guests of one were seen at another of the same area.")
        drawn = found[:MOST_AREAS]
        with st.grid(min(len(drawn), 3) or 1, min_column_width=340, gap="small"):
            for each in drawn:
                with st.container(gap=None):
                    if len(drawn) > 1:
                        st.caption(elements.plain(each.area or "No area"), text_alignment="center")
                    figure = charts_network.network(each.nodes, each.edges, theme, here)
                    alt = f"{each.area}: {network.strongest([each], tied.frame, by)}"
                    elements.chart(figure, f"network-{each.area}", alt)
        if len(ties):
            elements.table(
                rows.TIES, rows.ties(ties), "ties-table", label="Ties between restaurants", sort=by, limit=10,
                search="Find a restaurant",
            )  # fmt: skip


def pick_area(areas: list[str]) -> None:
    st.session_state["ties-area"] = view.area or filters.EVERYWHERE
    st.selectbox(
        "Area", [filters.EVERYWHERE, *areas], key="ties-area", label_visibility="collapsed", width=180,
        on_change=lambda: filters.go(
            area=None if st.session_state["ties-area"] == filters.EVERYWHERE else st.session_state["ties-area"]
        ),
    )  # fmt: skip


def lead_into(restaurant_id: str) -> None:
    filters.go(restaurant=restaurant_id)
    choices.choose("whose", None)


if sees_all and choices.segments("whose", "Whose guests", WHOSE, "one") == "all":
    between()
else:
    of_one()
