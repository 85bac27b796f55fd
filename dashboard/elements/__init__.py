"""What pages are made of. A page is thin: what was chosen → named read → empty state → chart in a card.

    from dashboard import charts, elements
    from dashboard.reads import read

    view = elements.current()                         # scope, here, restaurant, first_date, last_date, today
    answer = read("funnel", view.here, **view.dates)  # view.here: this restaurant; view.scope: all that one may see
    if answer.frame.empty:
        elements.state("qr_code_2", "No visit yet", "What to do about it.")
        st.stop()
    st.title("The finding", anchor=False)
    with elements.card("funnel", "Its finding", "What is measured, of what", answer=answer, csv=answer.frame):
        elements.chart(charts.some_figure(answer.frame, elements.theme()), "funnel", "The finding in words")

The entry script has drawn the filter row by then, and turns a MenulensError that a page lets through into words.
Texts that hold names or amounts are not Markdown: cards see to theirs, elsewhere `elements.plain` does.
Widgets' keys hold only what a page shows; filters that others must keep go to the URL through `filters.go`.
"""

from dashboard.elements.cards import ago, as_of, card, chart, download, keep_up, price_tag, state
from dashboard.elements.components import chip, funnel, kpis, phone, table
from dashboard.elements.filters import Restaurant, View, current
from dashboard.elements.handing_out import hand_out
from dashboard.elements.look import style, theme
from dashboard.elements.markdown import plain

__all__ = [
    "Restaurant",
    "View",
    "ago",
    "as_of",
    "card",
    "chart",
    "chip",
    "current",
    "download",
    "funnel",
    "hand_out",
    "keep_up",
    "kpis",
    "phone",
    "plain",
    "price_tag",
    "state",
    "style",
    "table",
    "theme",
]
