"""The codes that stand on the tables: looked at, and printed."""

from functools import partial

import streamlit as st

from dashboard import elements
from dashboard.elements import plain, tent
from dashboard.elements.importing import say
from dashboard.menus import desk, qr
from dashboard.menus.tents import CARDS, Form, Paper, files, tents, zipped
from errors import MenulensError

view = elements.current()
id = view.restaurant.restaurant_id
store = desk.store(view.here)
house, site = store.draft(id).menu.restaurant, desk.site_url()


def pack(form: Form) -> bytes:
    """A picture for each table, as one file."""
    return zipped(files(house, tables, site, form, "a4"))


title = st.container()
if (whence := qr.reached_from(site)) != "everywhere":
    st.warning(
        f"These codes lead to `{site}`, which only {whence} reaches: no guest’s phone gets there. "
        "`MENULENS_SITE_URL` says what guests reach; set it before you print.",
        icon=":material/link_off:",
    )
if not store.versions(id):
    st.warning("The menu was never published: until then the codes lead nowhere.", icon=":material/visibility_off:")
text = st.text_input(
    "Tables", f"1-{house.tables or 10}", key=f"tables-{id}", width=420, max_chars=2000,
    help="Numbers from-to, single ones, and names: 1-20, 25, Terrace 3",
)  # fmt: skip
try:
    tables = qr.tables(text, house)
    qr.address(site, id, tables[0])
except MenulensError as problem:
    tables = []
    title.title("QR codes", anchor=False)
    say(problem)
if tables:
    count = f"{len(tables):,} {'code' if len(tables) == 1 else 'codes'}"
    title.title(f"{count} for {plain(view.restaurant.restaurant_name)}", anchor=False)
    left, right = st.columns([1, 1.4], gap="small")
    with left, elements.card("code", "On the table", "The front of the tent; its back is the same"):
        table = st.selectbox(
            "Table", tables, format_func="Table {}".format, key=f"table-{id}", label_visibility="collapsed"
        )
        link = qr.address(site, id, table)
        st.html(tent.front(house, table, link))
        with st.container(horizontal=True, gap="small"):
            for kind, draw, media in (("svg", qr.svg, "image/svg+xml"), ("png", qr.png, "image/png")):
                elements.hand_out(
                    f"This code, {kind.upper()}", partial(draw, link), f"{id}-table-{table}.{kind}", media,
                    key=f"one-{kind}", icon=":material/download:", about=id,
                )  # fmt: skip
        st.markdown(f"<{link}>")
    with right, elements.card("print", "Table tents to print", "Two cards on a sheet; cut at the corners’ marks, fold"):
        papers: dict[Paper, str] = {"a4": "A4", "letter": "US Letter"}
        paper = st.segmented_control(
            "Paper", list(papers), format_func=papers.__getitem__, default="a4", required=True, key="paper"
        )
        sheets = -(-len(tables) // CARDS)
        elements.hand_out(
            f"PDF, {sheets:,} {'sheet' if sheets == 1 else 'sheets'}",
            partial(tents, house, tables, site, paper), f"{id}-table-tents-{paper}.pdf", "application/pdf",
            key="tents", type="primary", icon=":material/print:", about=id,
        )  # fmt: skip
        st.markdown(
            "Print it at its own size, not “to fit”. Both sides of a card show the same, so either may face in."
        )
        st.markdown(f"**{count} as pictures**, for a printer’s own design: a ZIP with one file for each table.")
        with st.container(horizontal=True, gap="small"):
            forms: tuple[Form, ...] = ("svg", "png")
            for form in forms:
                elements.hand_out(
                    f"All as {form.upper()}",
                    partial(pack, form), f"{id}-codes-{form}.zip",
                    "application/zip", key=f"all-{form}", icon=":material/download:", about=id,
                )  # fmt: skip
        st.caption("A code names the restaurant and the table, not a version: it stays right when the menu changes.")
