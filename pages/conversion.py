"""From visit to order: where guests are lost, which days, hours and tables order unlike the rest, what orders hold."""

import streamlit as st

from dashboard import charts, elements
from dashboard.elements import choices, empty, rows
from dashboard.insights import conversion, period, tables, versions, words
from dashboard.reads import together

view, theme = elements.current(), elements.theme()
earlier = {"first_date": view.first_date - period.EARLIER, "last_date": view.last_date}
lifetime = {"first_date": view.last_date - versions.LIFETIME, "last_date": view.last_date}
by_day, daily, orders, hourly, by_table, known = together(
    view.here,
    ("funnel_by_day", view.dates),
    ("daily", earlier),
    ("orders", earlier),
    ("hourly", view.dates),
    ("tables", view.dates),
    ("menu_versions", lifetime),
)
if by_day.frame.empty:
    empty.no_visits(view)
    st.stop()

steps = conversion.funnel(by_day.frame)
averages = conversion.average_orders(orders.frame[orders.frame["local_date"] >= view.first_date])
currency = view.restaurant.currency or next(iter(averages), None)
others = {code: minor for code, minor in averages.items() if code != currency}
days = period.totals(daily.frame, orders.frame, view.first_date, view.last_date, currency, view.today)
st.title(elements.plain(conversion.losing(steps)), anchor=False)
figures = period.figures(days, view.first_date)
elements.kpis(rows.kpis(figures, currency, view.days, others), key="kpis-conversion")

left, right = st.columns(2, gap="small")
with (
    left,
    elements.card(
        "funnel",
        conversion.converted(steps),
        "Visits that took a step or a later one; between them, what is lost",
        answer=by_day,
        csv=steps,
    ),
):
    elements.funnel(rows.funnel(steps), conversion.losses(by_day.frame))
week = conversion.by_weekday(hourly.frame)
with (
    right,
    elements.card(
        "week",
        conversion.converting(week),
        "By weekday and hour when the visit began, local time",
        answer=hourly,
        csv=week,
    ),
):
    what = choices.segments("week", "Colour by", {"conversion": "Conversion", "visits": "Visits"}, "conversion")
    table = conversion.weekday_table(week, what)
    table.index = [words.WEEKDAYS[day - 1][:3] for day in table.index]
    label, of = (words.percent, "of visits order") if what == "conversion" else (words.whole, "visits")
    elements.chart(charts.heat(table, theme, label, of, 40), "week", conversion.converting(week))

published = versions.published(known.frame, since=view.first_date)
shown = period.over_band(days, view.first_date, "conversion")
with elements.card(
    "days",
    period.unusual_days(shown),
    "Order conversion by day; the band holds 19 of 20 days of that weekday",
    answer=daily,
    csv=shown,
):
    elements.chart(
        charts.days_over_band(shown, theme, words.percent, "of visits order", published),
        "days",
        period.unusual_days(shown),
    )

told = tables.with_verdicts(by_table.frame)
with elements.card(
    "tables",
    tables.tables_unlike(told),
    "Visits, average order and conversion by table",
    answer=by_table,
    csv=told,
):
    elements.table(rows.TABLES, rows.tables(told), key="tables", label="Tables", sort="conversion", up=True, limit=8)
