"""What guests reach, view, skip, open and order, item by item; what they read and leave; what nobody gets to."""

import streamlit as st

from dashboard import charts, elements
from dashboard.elements import empty, rows
from dashboard.insights import attention as insights
from dashboard.insights.rates import TOO_FEW
from dashboard.reads import together

CORNERS = ("Hidden gem", "Crowd favourite", "Passed by", "Read, not ordered")

view = elements.current()
by_item, by_section = together(view.here, ("item_attention", view.dates), ("section_attention", view.dates))
if by_item.frame.empty or not by_item.frame["visits"].sum():
    empty.no_visits(view)
    st.stop()

items, sections = insights.with_rates(by_item.frame), insights.with_rates(by_section.frame)
st.title(elements.plain(insights.attention(sections, items)), anchor=False)

with elements.card(
    "attention",
    insights.skipping(items),
    "Share of all visits. Skip rate counts only guests who reached the item; ± is a 95% interval",
    answer=(by_item, by_section),
    csv=items,
    help="Reached: some of it came into view. Viewed: half of it for a second or more. Skipped: reached and not "
    "viewed. In the bar, opened is what at least opened and did not order.",
):
    counted = sections.assign(items=insights.sizes(items, sections))
    elements.table(
        rows.ATTENTION,
        rows.attention(items, "item_name", "section_name"),
        key="attention",
        label="Items by attention",
        search="Find an item",
        groups=rows.attention(counted, "section_name", "items"),
        sort="skip",
        limit=12,
        legend=rows.PARTS,
    )

left_behind = insights.read_and_left(items)
left, right = st.columns([1.55, 1], gap="small")
with (
    left,
    elements.card(
        "quadrant",
        insights.reading_without_ordering(items),
        "Each dot is an item, split at the medians; named where they stand out",
        answer=by_item,
    ),
):
    known = items.dropna(subset=["view_rate", "conversion_rate"])
    if known.empty:
        st.markdown(f"Under {TOO_FEW} guests have viewed each item: look at more days.")
    else:
        figure = charts.quadrant(
            known, "view_rate", "conversion_rate", "item_name", elements.theme(), CORNERS,
            ("viewed of reached", "ordered of viewed"), left_behind["item_name"].head(2),
        )  # fmt: skip
        elements.chart(figure, "quadrant", "Items by how often they are viewed and how often they are ordered")

with right, st.container(gap="small", height="stretch"):
    seldom = insights.seldom_ordered(items)
    with elements.card(
        "left",
        insights.missing_orders(items),
        "The fewest orders among the items viewed most",
        answer=by_item,
        csv=seldom,
    ):
        clearly = set(left_behind["item_id"])
        elements.table(rows.LEFT, rows.left(seldom, clearly), key="left", label="Viewed, but not ordered", fixed=True)
    hidden = insights.out_of_sight(items)
    with elements.card(
        "hidden",
        insights.staying_out_of_sight(items),
        "Items that fewer than half of the guests get to",
        answer=by_item,
        csv=hidden,
    ):
        elements.table(
            rows.HIDDEN, rows.hidden(hidden), key="hidden", label="Seldom or never reached", fixed=True, limit=4
        )
