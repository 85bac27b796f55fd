"""All restaurants side by side: who stands out, and a click that leads into one."""

import streamlit as st

from dashboard import charts, elements
from dashboard.elements import filters
from dashboard.elements.league import LEAGUE
from dashboard.elements.league import league as rows
from dashboard.insights import league
from dashboard.insights.rates import TOO_FEW
from dashboard.reads import together

CORNERS = ("Read and ordered", "Skimmed, yet ordered", "Read, not ordered", "Skipped")


def lead_into(restaurant_id: str) -> None:
    filters.go(restaurant=restaurant_id)
    st.session_state["lead"] = True


if st.session_state.pop("lead", False):  # a callback can't change the page itself
    st.switch_page("pages/overview.py", query_params=filters.url())

view = elements.current()
answers = together(view.scope, *((name, view.dates) for name in ("restaurants", "daily", "daily_attention")))
shown = {restaurant.restaurant_id for restaurant in view.restaurants}
frames = [answer.frame[answer.frame["restaurant_id"].isin(shown)] for answer in answers]
told = league.league(*frames)

st.title(elements.plain(league.headline(told)), anchor=False)
if not told["visits"].gt(0).any():
    elements.state(
        "storefront",
        "No visit in these days",
        "Choose more days above. A restaurant whose menu is published shows up here with its first visit.",
    )
    st.stop()

pooled = f"; each point of a line holds {league.SMOOTH} days" if view.days >= 2 * league.SMOOTH else ""
with elements.card(
    "league",
    league.standing_out(told),
    "A name leads into that restaurant. Marked: further off than chance and the usual differences between restaurants "
    f"explain. ± is a 95% interval{pooled}; money stays in each restaurant's own currency",
    answer=answers,
    csv=frames[0],
):
    elements.table(
        LEAGUE,
        rows(told),
        "league",
        label="Restaurants",
        on_pick=lead_into,
        search="Find a restaurant",
        sort="converts",
    )

known = told[told["visits"].ge(TOO_FEW) & told["skip_rate"].notna()]
if len(known) >= league.FEWEST:
    title, note = "Skip rate against order conversion", "Each dot is a restaurant; the lines are the medians"
    with elements.card("spread", title, note, answer=answers):
        axes = ("skip rate", "order conversion")
        figure = charts.quadrant(
            known, "skip_rate", "conversion_rate", "restaurant_name", elements.theme(), CORNERS, axes
        )
        elements.chart(figure, "spread", "Restaurants by skip rate and order conversion")
