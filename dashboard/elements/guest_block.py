"""What a restaurant's guests are shown of others, on the very page that shows it."""

import streamlit as st

from dashboard.elements.cards import card
from dashboard.elements.components import guest_page
from dashboard.menus.recommending import Rules
from dashboard.menus.site import preview
from dashboard.menus.store import MenuStore


def guest_block(store: MenuStore, restaurant_id: str, said: Rules) -> None:
    """The card with it, or with the reason why guests are shown nothing."""
    note = "The first three that can be had when a guest looks: what is sold out or closed then is left out"
    with card("guests", "What guests are shown", note, height="content"):
        offers = store.offers(restaurant_id)
        if not said.shows_others:
            st.caption("Nothing: this restaurant shows no others. The switch below turns that round.")
        elif not store.versions(restaurant_id):
            st.caption("Nothing: this menu was never published.")
        elif not offers:
            st.caption("Nothing yet: what can be recommended is looked for once a day.")
        else:
            menu = store.published(restaurant_id)
            html = preview(menu, menu.restaurant.language, offers=offers)
            guest_page(html, "guests-page", label="What guests are shown of other restaurants")
