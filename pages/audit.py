"""Who did what, and when: the record, looked through and taken out."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import elements
from dashboard.audit import COLUMNS
from dashboard.elements import record
from dashboard.elements.cards import as_csv
from dashboard.menus import desk

today = datetime.now(UTC).date()
title = st.container()
with st.container(key="sieve", horizontal=True, gap="small"):
    days = st.date_input(
        "Days, UTC", (today - timedelta(days=29), today), max_value=today, format="DD/MM/YYYY", key="audit-days"
    )
    if len(days) < 2:  # the second day comes with a second click
        st.stop()
    entries = desk.audit().read(*days)
    who = st.selectbox(
        "Who", sorted({entry.who for entry in entries}), index=None, placeholder="Everybody", key="audit-who",
        format_func=lambda who: who or record.NOBODY,
    )  # fmt: skip
    kinds = [kind for kind in record.DID if any(entry.kind == kind for entry in entries)]
    did = st.multiselect("Did", kinds, format_func=record.DID.__getitem__, placeholder="Anything", key="audit-did")
shown = [entry for entry in entries if (who is None or entry.who == who) and (not did or entry.kind in did)]
title.title(record.headline(shown), anchor=False)
if not shown:
    elements.state("history", "Nothing in these days", "Choose more days above, or everybody and anything.")
    st.stop()
with elements.card("record", "What people did", "Only ever added to; the newest first", height="content"):
    elements.table(record.RECORD, record.rows(shown), "record", label="Audit", limit=50, sort="at")
    rows = pd.DataFrame([entry.row for entry in shown], columns=COLUMNS, dtype="str")
    file = f"menulens-audit-{days[0]}-{days[1]}.csv"
    elements.hand_out("CSV", partial(as_csv, rows), file, "text/csv", key="audit-csv", icon=":material/download:")
