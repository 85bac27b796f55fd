"""The menu as guests see it, tinted by what they do with it; an item's story; attention by hour."""

from functools import partial

import streamlit as st

from dashboard import charts, elements
from dashboard.elements import choices, empty, tinted
from dashboard.elements.story import tell
from dashboard.insights import attention, heatmap, hours, story, versions
from dashboard.reads import together

view, theme = elements.current(), elements.theme()
house, currency = view.restaurant.restaurant_name, view.restaurant.currency
lifetime = {"first_date": view.last_date - versions.LIFETIME, "last_date": view.last_date}
menus, known = together(view.here, ("menus", {}), ("menu_versions", lifetime))
published = versions.newest_first(known.frame)
if not published:
    empty.no_visits(view)
    st.stop()

title = st.container()
with st.container(key="choices", horizontal=True, vertical_alignment="center", gap="small"):
    names = {key: measure.name for key, measure in heatmap.MEASURES.items()}
    measure = heatmap.MEASURES[choices.segments("measure", "Colour by", names, "attention")]
    version = int(choices.select("version", "Menu version", published, next(iter(published))))
    before = versions.before(known.frame, version)
    against = before is not None and choices.toggle("compare", f"Compare with v{before}")

of = {**view.dates, "menu_version": version}
counted, daily, sections, hourly = together(
    view.here, ("item_attention", of), ("item_daily", of), ("section_attention", of), ("item_by_hour", of)
)
items = heatmap.on_menu(menus.frame, version, counted.frame)
if not items["visits"].sum():
    title.title(f"Nobody has read v{version} {empty.when(view)}", anchor=False)
    empty.unread(version, before, versions.last_days(known.frame, version, 30))
    st.stop()
title.title(elements.plain(attention.reading_depth(attention.with_rates(sections.frame))), anchor=False)

values = heatmap.estimates(items, daily.frame, measure).value
chosen = choices.chosen("item", dict.fromkeys(items["item_id"], ""), heatmap.highest(items, values))


def picked(hit: dict[str, object]) -> None:
    choices.choose("item", str(hit["id"]))
    st.session_state["sheet"], st.session_state["tapped"] = bool(hit["narrow"]), True


left, right = st.columns([1.75, 1] if against else [1, 1.75], gap="small")
phones = [tinted.tinted(items, values, measure, theme, house, currency, chosen)]
finding, answers = heatmap.leading(items, daily.frame, measure), [counted, daily]
note = f"Colour: {measure.unit}. Tap a dish for its story"
if against and before is not None and (then := versions.last_days(known.frame, before, view.days)):
    of_then = {**then, "menu_version": before}
    counted_then, daily_then = together(view.here, ("item_attention", of_then), ("item_daily", of_then))
    compared = versions.compare(items, daily.frame, counted_then.frame, daily_then.frame, measure)
    phones[0] |= {"title": f"v{version}", "sub": versions.seen(known.frame, version, view.first_date, view.last_date)}
    change = tinted.changed(items, compared, measure, theme, house, currency, chosen)
    days = f"{then['first_date']:%-d %b} – {then['last_date']:%-d %b}"
    phones.append(change | {"title": f"Change from v{before}", "sub": days})
    finding, answers = versions.changing(compared, before), [*answers, counted_then, daily_then]
    note = f"{measure.unit.capitalize()}. Grey is chance. {versions.leaving(menus.frame, version, before)}"
with left, elements.card("phone", finding, note, answer=tuple(answers), csv=items):
    elements.phone(phones, "phone", picked)

own = items[items["item_id"] == chosen].iloc[0]
# A phone hides the story's card, since a tap opens the sheet; but who followed a link to an item has not tapped.
linked = "item" in st.query_params and not st.session_state.get("tapped")
told = partial(tell, items, hourly.frame, menus.frame, chosen, currency)
with (
    right,
    elements.card(
        "story-linked" if linked else "story",
        str(own["item_name"]),
        f"What happens at this item; the tick is the rest of {own['section_name']}",
        answer=(counted, hourly, menus),
        csv=story.steps(items, chosen),
    ),
):
    told("card")
if st.session_state.pop("sheet", False):
    st.dialog(str(own["item_name"]), position="right")(told)("sheet")

peak = hours.peaking(hourly.frame, measure)
with elements.card(
    "hours",
    peak,
    f"{measure.name} by the hour of the visit, {measure.unit}; local time",
    answer=hourly,
    csv=hourly.frame,
):
    by = choices.segments("rows", "Rows", {"section_id": "Sections", "item_id": "Items"}, "section_id")
    shown = items.drop_duplicates(by)
    table = hours.by_hour(hourly.frame, measure, by, list(shown[by]))
    table.index = shown["section_name" if by == "section_id" else "item_name"]
    figure = charts.heat(
        table, theme, measure.label, measure.unit.removeprefix("seconds "), 34 if len(table) < 15 else 22
    )
    elements.chart(figure, "hours", peak)
