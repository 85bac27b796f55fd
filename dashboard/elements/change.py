"""The card of one change that is advised: why, by what evidence, what it brings, and the way into the draft."""

from collections.abc import Callable

import streamlit as st

from dashboard.elements import filters
from dashboard.elements.cards import card
from dashboard.elements.markdown import plain
from dashboard.insights.advice import KINDS, Advice, Unit, gained

EDITOR = "pages/menu_editor.py"


def change(
    advice: Advice, unit: Unit, currency: str | None, put: Callable[[Advice], None] | None, *, made: bool = False
) -> None:
    """`put` puts a move into the draft, which holds it already if `made`; None: this person may not edit the menu, or
    its draft has no such item any more."""
    kind, icon = KINDS[advice.kind]
    key = f"advice-{advice.kind}-{advice.section_id}-{advice.item_id}"
    with card(key):
        with st.container(gap="xsmall"):
            st.badge(kind, icon=f":material/{icon}:", color="gray")
            st.header(plain(advice.title), anchor=False)
        st.markdown(plain(f"{advice.why} {advice.do}"))
        st.caption(plain(advice.evidence))
        st.space("stretch")
        with st.container(
            key=f"end-{key}",
            horizontal=True,
            vertical_alignment="center",
            horizontal_alignment="distribute",
            gap="small",
        ):
            low, high = advice.gain
            amount = f"**{plain(gained(low, high, unit, currency))}**"
            sure = f":green[{amount}]" if low > 0 else amount
            st.markdown(f"{sure}  \n:small[:gray[{unit} a week]]", width="content")
            if put is None:
                return
            if advice.is_move and not made:
                st.button("Put into draft", key=f"put-{key}", icon=":material/add:", on_click=put, args=(advice,))
                return
            label, icon = ("In the draft", "check") if made else ("Open in the editor", "edit")
            st.page_link(
                EDITOR, label=label, icon=f":material/{icon}:", query_params=filters.url() | {"item": advice.item_id}
            )
