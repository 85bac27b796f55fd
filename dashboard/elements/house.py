"""The form with a new restaurant's facts."""

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from dashboard.menus import beginning


def house_form(said: Mapping[str, Any], source: str, taken: Collection[str]) -> tuple[str, dict[str, Any]]:
    """The restaurant's id and facts, as typed. `said`: what a file says of it, filled in once; `source`: which file."""
    if source and st.session_state.get("house-source") != source:
        st.session_state["house-source"] = source
        for fact, value in said.items():
            st.session_state[f"house-{fact}"] = list(value) if fact == "languages" else value
    with st.grid(2, min_column_width=260, gap="small"):
        name = st.text_input("Name", key="house-name", max_chars=140)
        area = st.text_input("Area", key="house-area", max_chars=140, placeholder="Its city or quarter")
        suggested = beginning.suggested_id(name, taken)
        id = (
            st.text_input("Web address", key="house-id", max_chars=64, placeholder=suggested, help=_ADDRESS)
            or suggested
        )
        zones = _with(beginning.ZONES, "time_zone")
        here = st.context.timezone if st.context.timezone != "UTC" else None  # a machine's zone, and no restaurant's
        zone = st.selectbox(
            "Time zone", zones, index=zones.index(here) if here in zones else None, key="house-time_zone"
        )
        currency = st.selectbox(
            "Currency", _with(beginning.CURRENCIES, "currency"), index=None, format_func=beginning.currency_name,
            key="house-currency",
        )  # fmt: skip
        languages = st.multiselect(
            "Languages, its own first", _with(beginning.LANGUAGES, "languages"), format_func=beginning.language_name,
            key="house-languages",
        )  # fmt: skip
        tables = st.number_input("Tables", 0, 10_000, key="house-tables", help="How many codes are printed for it.")
    facts = {"name": name.strip(), "area": area.strip(), "time_zone": zone, "currency": currency}
    return id.strip(), facts | {"languages": tuple(languages), "tables": int(tables)}


_ADDRESS = "The menu’s web address ends in it, and so do the codes on the tables: it stays for good."


def _with(options: list[str], fact: str) -> list[str]:
    """The options, and what a file says beside them: a dialect, a currency of before."""
    said = st.session_state.get(f"house-{fact}") or []
    return list(dict.fromkeys([*options, *([said] if isinstance(said, str) else said)]))
