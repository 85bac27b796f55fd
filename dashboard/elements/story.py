"""An item's story, told the same way in a card on a desk and in a sheet on a phone."""

import pandas as pd
import streamlit as st

from dashboard import charts
from dashboard.elements import rows
from dashboard.elements.cards import chart
from dashboard.elements.components import table
from dashboard.elements.look import theme
from dashboard.elements.markdown import plain
from dashboard.insights import hours, story, versions, words
from dashboard.insights.heatmap import ATTENTION


def tell(
    items: pd.DataFrame, by_hour: pd.DataFrame, menus: pd.DataFrame, item_id: str, currency: str | None, place: str
) -> None:
    """`items` is from heatmap.on_menu, `by_hour` and `menus` are item_by_hour and menus; `place` keeps the keys of the
    card and of the sheet apart."""
    own = items[items["item_id"] == item_id].iloc[0]
    rank, among = story.rank(items, item_id)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.badge(plain(str(own["section_name"])), color="gray")
        if currency and own["price_minor"] == own["price_minor"]:
            st.badge(plain(words.money(own["price_minor"], currency)), color="gray")
        st.badge(f"number {rank} of {among} in attention", color="orange")
    st.markdown(plain(story.told(items, item_id)))
    steps = rows.story(story.steps(items, item_id))
    table(rows.STORY, steps, key=f"story-{place}", label="Its steps against its section", fixed=True)
    st.caption("Attention by the hour of the visit, seconds a visit")
    values = hours.by_hour(by_hour, ATTENTION, "item_id", [item_id]).iloc[0]
    chart(charts.hour_bars(values, theme(), words.seconds), f"story-hours-{place}", "Attention by hour")
    for what, history in versions.history(menus, item_id, currency).items():
        st.markdown(f"**{plain(what)}** {plain(history)}")
