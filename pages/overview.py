"""Is this a usual day, what moved it, and what on the menu needs a look."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from dashboard import charts, elements
from dashboard.elements import day as cells
from dashboard.elements import empty, filters
from dashboard.insights import attention, findings, today
from dashboard.reads import as_of, together

SHOWN = 14  # days of a figure's line, at least

view = elements.current()
zone = ZoneInfo(view.restaurant.time_zone)
now = datetime.now(zone)
since = min(view.first_date, view.last_date - timedelta(weeks=today.WEEKS))
while_ago = {"first_date": since, "last_date": view.last_date}
hourly, looked, items, versions = together(
    view.here,
    ("hourly", while_ago),
    ("daily_attention", while_ago),
    ("item_attention", view.dates),
    ("menu_versions", view.dates),
)
if hourly.frame.empty:
    empty.no_visits(view)
    st.stop()

newest = hourly.as_of.astimezone(zone) if hourly.as_of else None
told = today.moment(hourly.frame, view.last_date, now, newest)
day, hours = told.day, today.hours(hourly.frame, told.day)
figures = {figure.name: figure for figure in today.figures(hourly.frame, looked.frame, day, max(view.days, SHOWN))}
parts = today.parts(hourly.frame, day)
published = today.published(versions.frame, zone)

with st.container(key="finding", gap=None):
    st.title(elements.plain(findings.headline([*figures.values()], day)), anchor=False)
    st.caption(findings.compared(told))
if told.stopped and newest:
    usually = f" Usually {told.missing:.0f} visits come in that time." if told.missing >= today.STUCK else ""
    st.warning(
        f"**These numbers stop at {newest:%H:%M on %-d %B}**, {elements.ago(newest, now)} ago.{usually} If the house "
        "is open, see that `menulens serve` runs and that guests' phones reach it.",
        icon=":material/schedule:",
    )
elements.kpis(cells.kpis([*figures.values()], day, [at.date() for at in published.values()]))

left, right = st.columns([1.75, 1], gap="small")
title = findings.hour_by_hour(hours, figures["visits"], day)
with left, elements.card("today", title, findings.since(published), answer=hourly, csv=hourly.frame):
    marks = {f"menu v{version}": today.hour_of(at) for version, at in published.items() if at.date() == day.date}
    name = "today" if day.running else day.weekday
    figure = charts.day_over_band(hours, elements.theme(), f"usual {day.weekday}", name, marks)
    elements.chart(figure, "today", f"Visits by hour over the usual band. {title}")

title = findings.explanation(parts, figures["conversion"])
note = f"Order conversion against the usual {day.weekday}, in points; adds up. Grey: within chance"
with right, elements.card("why", title, note, answer=hourly):
    if parts.empty or figures["conversion"].usual is None:
        st.caption(f"It takes three {day.weekday}s with visits to say what is usual.")
    else:
        rows = cells.parts(parts, figures["conversion"])
        elements.table(cells.PARTS, rows, "why", label="What moved order conversion", fixed=True)

if looks := findings.worth_a_look(attention.with_rates(items.frame)):
    st.header(f"What needs a look, {view.first_date:%-d %b} to {view.last_date:%-d %b}", anchor=False)
    with st.grid(3, min_column_width=280, gap="small", key="advice-row"):
        for at, look in enumerate(looks):
            with elements.card(f"advice-{at}"):
                with st.container(gap="xsmall"):
                    st.badge(look.kind, icon=f":material/{look.icon}:", color="gray")
                    st.header(elements.plain(look.title), anchor=False)
                st.markdown(elements.plain(look.why))
                st.space("stretch")
                st.caption(elements.plain(look.evidence))
                st.page_link("pages/attention.py", label="See it in Attention", query_params=filters.url())

if day.running:
    elements.keep_up(hourly.as_of, lambda: as_of(view.here))
