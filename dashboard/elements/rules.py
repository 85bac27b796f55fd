"""The card in which a restaurant opts out of recommendations, and an admin pins and blocks what guests are shown."""

from collections.abc import Callable, Mapping
from operator import methodcaller

import streamlit as st

from dashboard.access import Scope
from dashboard.elements.cards import card
from dashboard.elements.markdown import plain
from dashboard.menus import desk
from dashboard.menus.recommending import Pick, Rules
from errors import MenulensError

_SWITCHES = {
    "shows_others": ("Show other restaurants here", "Up to three dishes under the menu, which lead to another one"),
    "shown_elsewhere": (
        "Be shown in other restaurants",
        "Guests of other menus in the area are shown dishes of this one",
    ),
}
_PICKS = {"pinned": ("Always shown first", "keep"), "blocked": ("Never shown", "block")}


def rules(scope: Scope, restaurant_id: str, said: Rules, others: Mapping[str, str]) -> None:
    """`others`: id → name of the restaurants whose dishes may be pinned or blocked; an admin chooses among them."""
    may = scope.may_edit(restaurant_id)
    with card(
        "rules", "Who is shown to whom", "Needs no publish: pages follow with the next refresh", height="content"
    ):
        if problem := st.session_state.pop("not_ruled", None):
            st.warning(plain(problem), icon=":material/edit_off:")
        for name, (label, help) in _SWITCHES.items():
            key = f"{name}-{restaurant_id}"
            st.session_state[key] = getattr(said, name)
            st.toggle(label, key=key, help=help, disabled=not may, on_change=_switch, args=(scope, restaurant_id, name))
        if not may:
            st.caption("Who may edit this menu may change that; an admin pins and blocks dishes.")
        if scope.role == "admin":
            _picker(scope, restaurant_id, others)
        store = desk.store(scope)
        for name, (heading, _) in _PICKS.items():
            if picks := getattr(said, name):
                st.markdown(f"**{heading}**")
            for pick in picks:
                _picked(scope, restaurant_id, pick, store.name(pick), name)


def _picker(scope: Scope, restaurant_id: str, others: Mapping[str, str]) -> None:
    if not others:
        st.caption("There is no other restaurant in this area whose dishes could be pinned or blocked.")
        return
    house = st.selectbox(
        "Pin or block a dish of", list(others), index=None, format_func=others.__getitem__,
        key=f"pick-house-{restaurant_id}", placeholder="Another restaurant",
    )  # fmt: skip
    if house is None:
        return
    dishes = {"": "All of it"} | desk.store(scope).dishes(house)
    item = st.selectbox("Dish", list(dishes), format_func=dishes.__getitem__, key=f"pick-dish-{house}")
    pick = Pick(restaurant_id=house, item_id=item or None)
    with st.container(horizontal=True, gap="small"):
        for name, label, icon in (("with_pinned", "Show first", "keep"), ("with_blocked", "Never show", "block")):
            change = methodcaller(name, pick)
            st.button(label, key=name, icon=f":material/{icon}:", on_click=_say, args=(scope, restaurant_id, change))


def _picked(scope: Scope, restaurant_id: str, pick: Pick, name: str, kind: str) -> None:
    if scope.role != "admin":
        st.markdown(f":material/{_PICKS[kind][1]}: {plain(name)}")
        return
    st.button(
        plain(name), key=f"out-{kind}-{pick.restaurant_id}-{pick.item_id or ''}", icon=":material/close:",
        type="tertiary", help="Take it out", on_click=_say,
        args=(scope, restaurant_id, methodcaller("without", pick)),
    )  # fmt: skip


def _switch(scope: Scope, restaurant_id: str, name: str) -> None:
    value = st.session_state[f"{name}-{restaurant_id}"]
    _say(scope, restaurant_id, lambda rules: rules.model_copy(update={name: value}))


def _say(scope: Scope, restaurant_id: str, change: Callable[[Rules], Rules]) -> None:
    """Change the rules in the right of now: a page stays open for longer than a right may last."""
    try:
        desk.store(desk.of_now(scope)).set_recommending(restaurant_id, change)
    except MenulensError as problem:
        st.session_state["not_ruled"] = str(problem)
