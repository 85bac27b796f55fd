"""What a new menu version changed for each item, told apart from chance, and where an item stood in each version."""

from collections.abc import Hashable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from dashboard.insights import words
from dashboard.insights.heatmap import Measure, estimates
from dashboard.insights.rates import apart, normal_quantile

LIFETIME = timedelta(days=365)  # how far back a version's first and last day are looked for


def compare(
    items: pd.DataFrame, daily: pd.DataFrame, before: pd.DataFrame, daily_before: pd.DataFrame, measure: Measure
) -> pd.DataFrame:
    """One row an item of `items`, in its order: item_id, item_name, now, before, change, low, high, verdict.

    verdict is up or down (beyond chance, with 95 % for all items together), noise, new (not on the menu before) or
    unknown (too few visits, or days, to judge by).
    """
    z = normal_quantile(among=len(items))
    now = estimates(items, daily, measure, z)
    was = estimates(items[["item_id"]].merge(before, on="item_id", how="left"), daily_before, measure, z)
    gap = apart(now, was)
    is_new = ~items["item_id"].isin(before["item_id"]).to_numpy(dtype=bool)
    verdict = np.select(
        [is_new, np.isnan(gap.low), gap.low > 0, gap.high < 0], ["new", "unknown", "up", "down"], "noise"
    )
    return items[["item_id", "item_name"]].assign(
        now=now.value, before=was.value, change=gap.value, low=gap.low, high=gap.high, verdict=verdict
    )


def changing(compared: pd.DataFrame, version: int) -> str:
    """What gained and what lost most since `version`, as a sentence."""
    moved = compared[compared["verdict"].isin(["up", "down"])].sort_values("change", key=lambda c: -c.abs())
    said = [
        f"{moved.loc[moved['verdict'] == verdict, 'item_name'].iloc[0]} {verb}"
        for verdict, verb in (("up", "rose"), ("down", "fell"))
        if (moved["verdict"] == verdict).any()
    ]
    if said:
        return f"{', '.join(said)} since v{version}"
    if compared["verdict"].isin(["unknown", "new"]).all():
        return f"Too few visits or days yet to compare with v{version}"
    return f"Nothing changed beyond chance since v{version}"


def leaving(menus: pd.DataFrame, version: int, before: int) -> str:
    """Which items the version took off the menu, as a sentence, or nothing."""
    left = menus[menus["menu_version"] == before]
    gone = left[~left["item_id"].isin(menus.loc[menus["menu_version"] == version, "item_id"])]
    return f"Off the menu since v{before}: {words.listed(gone['item_name'])}." if len(gone) else ""


def history(menus: pd.DataFrame, item_id: str, currency: str | None) -> dict[str, str]:
    """An item's place and price over the versions, newest first; nothing where its menu isn't known."""
    own = menus[menus["item_id"] == item_id].sort_values("menu_version")
    if own.empty:
        return {}
    versions = own["menu_version"].tolist()
    told = {"Position": _history(versions, [f"number {position}" for position in own["position"]])}
    if currency:
        told["Price"] = _history(versions, [words.money(price, currency) for price in own["price_minor"]])
    return told


def _history(versions: list[int], told: list[str]) -> str:
    """ "number 1 since v3, number 4 from v1": each value where it began."""
    began = [at for at in range(len(told)) if at == 0 or told[at] != told[at - 1]][::-1]
    return ", ".join(f"{told[at]} {'from' if n else 'since'} v{versions[at]}" for n, at in enumerate(began))


def newest_first(known: pd.DataFrame) -> dict[str, str]:
    """Version → its words, for a picker; `known` is the report menu_versions."""
    ordered = known.sort_values("menu_version", ascending=False)
    return {str(row["menu_version"]): f"v{row['menu_version']} · {_since(row)}" for row in ordered.to_dict("records")}


def _since(row: dict[Hashable, Any]) -> str:
    return "not read yet" if pd.isna(row["first_seen_date"]) else f"since {row['first_seen_date']:%-d %b}"


def published(known: pd.DataFrame, since: date) -> dict[date, str]:
    """The days from `since` on when guests began to read a version after the first, for marks on a time axis."""
    first = known["menu_version"].min()
    seen = [row for row in known.to_dict("records") if not pd.isna(row["first_seen_date"])]
    later = [row for row in seen if row["menu_version"] > first and row["first_seen_date"] >= since]
    return {row["first_seen_date"]: f"menu v{row['menu_version']}" for row in later}


def before(known: pd.DataFrame, version: int) -> int | None:
    """The newest earlier version that guests have read."""
    earlier = known[(known["menu_version"] < version) & known["last_seen_date"].notna()]
    return None if earlier.empty else int(earlier["menu_version"].max())


def seen(known: pd.DataFrame, version: int, first: date, last: date) -> str:
    """Which of these days guests read a version on, in words."""
    row = known[known["menu_version"] == version].iloc[0]
    return f"{max(first, row['first_seen_date']):%-d %b} – {min(last, row['last_seen_date']):%-d %b}"


def weeks_read(known: pd.DataFrame, version: int) -> float:
    """For how many weeks of the window of `known` guests have read a version; 0 if nobody has."""
    row = known[known["menu_version"] == version].iloc[0]
    if pd.isna(row["last_seen_date"]):
        return 0.0
    return float(((row["last_seen_date"] - row["first_seen_date"]).days + 1) / 7)


def last_days(known: pd.DataFrame, version: int, days: int) -> dict[str, date] | None:
    """The last `days` days in which guests read a version, as a read's dates; None if nobody has read it."""
    row = known[known["menu_version"] == version].iloc[0]
    if pd.isna(row["last_seen_date"]):
        return None
    first = max(row["first_seen_date"], row["last_seen_date"] - timedelta(days=days - 1))
    return {"first_date": first, "last_date": row["last_seen_date"]}
