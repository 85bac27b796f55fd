"""Who may see and edit what, and how it stands with their signing in."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import elements, reads
from dashboard.elements import filters, roster
from dashboard.elements.person import open_sheet, sheet
from dashboard.menus import desk
from dashboard.menus.model import in_language

scope, people = filters.asking(), desk.people().read().people
listed = reads.restaurants(scope)
begun = desk.unlisted(scope, {restaurant.restaurant_id for restaurant in listed})[1]
names = filters.labels(listed) | {house.id: in_language(house.name, house.language) for house in begun}
standings = desk.admitting(scope).standings(people) if desk.keeps_passwords() else {}

st.title(roster.headline(people), anchor=False)
with elements.card("people", roster.finding(standings), "A name leads to what may be changed", height="content"):
    elements.table(
        roster.columns(passwords=desk.keeps_passwords()),
        roster.rows(people, standings, names, datetime.now(UTC)),
        "people",
        label="People",
        on_pick=open_sheet,
        search="Find a person",
        sort="person",
        up=True,
    )
    st.button("Add somebody", on_click=open_sheet, type="primary", icon=":material/person_add:")
sheet(names)
