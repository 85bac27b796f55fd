"""Which tables order unlike the others, and whose code may be gone. Takes the report `tables`."""

import numpy as np
import pandas as pd

from dashboard.insights import words
from dashboard.insights.attention import numbers, plain
from dashboard.insights.rates import TOO_FEW, against_rest, normal_quantile, rate, shares

QUIET = 0.1  # a table with under this share of the median table's visits …
LIVELY = 50  # … where that one has so many: its code may be gone


def with_verdicts(tables: pd.DataFrame) -> pd.DataFrame:
    """The report `tables` in the order of the numbers on them, with name, conversion_rate, _low, _high,
    average_minor, and verdict: below or above (all others together, beyond chance), quiet, few or alike."""
    ids = ["" if table_id is pd.NA else table_id for table_id in tables["table_id"]]
    rows = sorted(range(len(ids)), key=lambda row: _in_order(ids[row]))
    visits, ordering = (numbers(tables, name)[rows] for name in ("visits", "ordering_visits"))
    gap = against_rest(ordering, visits, normal_quantile(among=len(rows)))
    usual = np.median(visits) if len(visits) else 0
    verdict = np.select(
        [(usual >= LIVELY) & (visits < QUIET * usual), visits < TOO_FEW, gap.high < 0, gap.low > 0],
        ["quiet", "few", "below", "above"],
        "alike",
    )
    rates = shares(ordering, visits)
    told = {
        "table_id": [ids[row] for row in rows],
        "name": [_table_name(ids[row]) for row in rows],
        "conversion_rate": rates.value,
        "conversion_rate_low": rates.low,
        "conversion_rate_high": rates.high,
        "average_minor": rate(numbers(tables, "revenue_minor"), numbers(tables, "orders"))[rows],
        "verdict": verdict,
    }
    return plain(tables, rows, told)


def tables_unlike(told: pd.DataFrame) -> str:
    """Which tables order less, or more, and whose code may be gone, as a sentence; `told` is from with_verdicts."""
    named = list(zip(told["verdict"], told["table_id"], told["name"], strict=True))
    below, above, quiet = (
        _tables([(table_id, name) for said, table_id, name in named if said == verdict])
        for verdict in ("below", "above", "quiet")
    )
    said = []
    if below[1]:
        said.append(f"{below[0]} order{'s' if below[1] == 1 else ''} less than the others")
    elif above[1]:
        said.append(f"{above[0]} order{'s' if above[1] == 1 else ''} more than the others")
    if quiet[1]:
        said.append(f"{quiet[0]} {'has' if quiet[1] == 1 else 'have'} almost no visits: is the code still there?")
    if said:
        return "; ".join(said)
    if not told["conversion_rate"].notna().any():
        return "Too few visits yet to tell the tables apart"
    return "No table orders differently beyond chance"


def _in_order(table_id: str) -> str:
    """Numbers by size, then names, then visits without a table."""
    return table_id.rjust(9, "0") if table_id.isdecimal() else f"~{table_id or '~'}"


def _table_name(table_id: str) -> str:
    return f"Table {table_id}" if table_id.isdecimal() else table_id or "No table"


def _tables(named: list[tuple[str, str]]) -> tuple[str, int]:
    """ "Tables 9–11 and Bar", and how many they are; `named` are their ids and names."""
    numbered = sorted(int(table_id) for table_id, _ in named if table_id.isdecimal())
    others = [name for table_id, name in named if not table_id.isdecimal()]
    if not numbered:
        return (words.listed(others) if others else ""), len(named)
    first = f"Table{'s' if len(numbered) > 1 else ''} {words.runs(numbered)}"
    return words.listed([first, *others]), len(named)
