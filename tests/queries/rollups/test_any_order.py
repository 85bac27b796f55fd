"""In whatever order events come, and however the refreshes are cut, the tables end as one refresh over all leaves them,
and as a reader of the rules would fill them by hand."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest_stack.rollups import TABLES, Derived

HOUR, DAY = 3_600_000, 86_400_000
ZONES = {"r1": ("Europe/Berlin", "EUR"), "r2": ("Asia/Kathmandu", "NPR")}
OF_ITEMS = ("item_pass", "item_view", "item_open", "item_order", "order_placed")
KINDS = ("menu_view", *OF_ITEMS, "recommendation_view", "recommendation_open")
STEPS = {"item_view": 1, "item_open": 3, "item_order": 5, "order_placed": 9}
STEPS |= {"recommendation_view": 16, "recommendation_open": 48}
WHILE_SOLD_OUT = {"item_view": 64, "item_open": 192, "item_order": 192}
# Around Berlin's change to summer time, a quarter of an hour before Kathmandu's midnight, and Berlin's own.
START = int(datetime(2026, 3, 28, 17, 45, tzinfo=UTC).timestamp() * 1000)

# Which section and position r1's menus give an item, by version; the other versions and the tea are only in events.
MENUS = {version: {"soup": ("m", 40 + version)} for version in range(0, 12, 2)}

Rows = list[dict[str, Any]]


def by_hand(requests: Rows) -> dict[str, Counter[tuple[Any, ...]]]:
    """The tables by design's rules, written as they are said."""
    tables: dict[str, Rows] = {table: [] for table in TABLES}
    ledger: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    newest: dict[tuple[Any, ...], int] = {}
    visits: dict[tuple[str, str], Rows] = defaultdict(list)
    for request in requests:
        said = request["request"]
        restaurant, hour = said["restaurant_id"], local_hour(said["restaurant_id"], request["received_at"])
        for event in said["events"]:
            row = {**said, **event, "received_at": request["received_at"], "hour": (restaurant, *hour)}
            row["derived"] = row["received_at"] - max(0, row["sent_at"] - row["at"])
            row["steps"] = STEPS.get(row["type"], 0)
            row["steps"] += WHILE_SOLD_OUT.get(row["type"], 0) if row.get("available") is False else 0
            fate = "bots" if request["bot"] else "previews" if said.get("variant") == "preview" else None
            if fate is None and row["sent_at"] - row["at"] > 3 * DAY:
                fate = "late"
            ledger[row["hour"]]["received"] += 1
            if fate:
                ledger[row["hour"]][fate] += 1
            else:
                visits[restaurant, said["visit_id"]].append(row)
    for (restaurant, visit_id), rows in visits.items():
        for stay in stays(rows):
            first_at = stay[0]["derived"]
            near = [row for row in stay if row["derived"] <= first_at + DAY]
            kept = first_copies(near)
            for row in stay:
                late, copy = row["derived"] > first_at + DAY, all(row is not first for first in kept)
                ledger[row["hour"]]["late" if late else "duplicates" if copy else "kept"] += 1
            for row in kept:
                newest[row["hour"]] = max(newest.get(row["hour"], row["derived"]), row["derived"])
            visit, items = summed(restaurant, visit_id, kept)
            tables["visits"].append(visit)
            tables["visit_items"] += items
            tables["recommendation_hours"] += shown(visit, kept)
            tables["crossing_hours"] += came(visit, items)
            if visit["lost"]:
                ledger[restaurant, visit["local_date"], visit["local_hour"]]["lost"] += visit["lost"]
    fates = ("received", "kept", "duplicates", "late", "bots", "previews", "lost", "rejected")
    for key, counts in ledger.items():
        row = dict(zip(("restaurant_id", "local_date", "local_hour"), key, strict=True))
        tables["ledger_hours"].append(row | {fate: counts[fate] for fate in fates} | {"newest_at": newest.get(key)})
    hours(tables)
    crossings(tables)
    return {table: Counter(tuple(sorted(row.items())) for row in rows) for table, rows in tables.items()}


def stays(rows: Rows) -> Iterable[Rows]:
    """A visit's events, apart where it stayed away for more than 3 days."""
    rows = sorted(rows, key=lambda row: row["derived"])
    cuts = [n for n in range(1, len(rows)) if rows[n]["derived"] - rows[n - 1]["derived"] > 3 * DAY]
    return [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)], strict=True)]


def first_copies(rows: Rows) -> Rows:
    first: dict[int, dict[str, Any]] = {}
    nothing_last = ("item_id", "section_id", "position", "dwell_ms", "quantity", "price_minor", "currency", "order_id")
    nothing_last += ("recommended_restaurant_id", "recommended_item_id")
    for row in rows:
        itself = [(row.get(name) is None, row.get(name) or 0) for name in nothing_last]
        row["order"] = (row["received_at"], row["sent_at"], row["derived"], row["steps"], itself)
        if row["seq"] not in first or row["order"] < first[row["seq"]]["order"]:
            first[row["seq"]] = row
    return [row for row in rows if any(row is kept for kept in first.values())]


def summed(restaurant: str, visit_id: str, kept: Rows) -> tuple[dict[str, Any], Rows]:
    kept = sorted(kept, key=lambda row: (row["derived"], row["seq"]))
    began, seqs = kept[0], [row["seq"] for row in kept]
    day, hour = local_hour(restaurant, began["derived"])
    lines = [row for row in kept if row["type"] == "order_placed"]
    house = ZONES.get(restaurant, (None, None))[1]
    currency = min((row["currency"] for row in lines if row["currency"]), default=house)
    steps = [row["steps"] for row in kept]
    key = {"restaurant_id": restaurant, "visit_id": visit_id, "menu_version": began["menu_version"]}
    key |= {"guest_id": began.get("guest_id"), "local_date": day, "local_hour": hour}
    items = []
    touches = [row for row in kept if row.get("item_id") and row["type"] in OF_ITEMS]
    for item in {row["item_id"] for row in touches}:
        mine = [row for row in touches if row["item_id"] == item]
        items.append(
            key
            | {"item_id": item, **place(restaurant, began["menu_version"], item, mine)}
            | {
                "reached": 1,
                **took(row["steps"] for row in mine),
                **bits((row["steps"] for row in mine), viewed_sold_out=64, opened_sold_out=128),
                **money(mine, currency, house or currency),
            }
            | {"dwell_ms": min(120_000, sum(row["dwell_ms"] for row in mine if row["type"] == "item_view"))}
        )
    envelope = {name: began.get(name) for name in ("source_restaurant_id", "table_id", "locale", "viewport_width")}
    visit = key | envelope | {"began_at": began["derived"], **took(steps), **money(kept, currency, currency)}
    visit |= {"orders": len({row["order_id"] for row in lines}), "lines": len(lines)}
    visit |= {"holdout": int(began["variant"] == "holdout")}
    visit |= bits(steps, recommendation_viewed=16, recommendation_opened=32)
    return visit | {
        "currency": currency,
        "dwell_ms": sum(i["dwell_ms"] for i in items),
        "lost": max(seqs) + 1 - len(set(seqs)),
    }, items


def place(restaurant: str, version: int, item: str, mine: Rows) -> dict[str, Any]:
    if restaurant == "r1" and item in MENUS.get(version, {}):
        return dict(zip(PLACES, MENUS[version][item], strict=True))
    return {name: next((row[name] for row in mine if row[name] is not None), None) for name in PLACES}


def took(steps: Iterable[int]) -> dict[str, int]:
    return bits(steps, viewed=1, opened=2, intent=4, ordered=8)


def bits(steps: Iterable[int], **named: int) -> dict[str, int]:
    steps = list(steps)
    return {name: int(any(step & bit for step in steps)) for name, bit in named.items()}


def shown(visit: dict[str, Any], kept: Rows) -> Rows:
    """What one visit saw and opened of other restaurants, each as a whole and item by item."""
    found: dict[tuple[str, str | None], int] = {}
    for row in kept:
        house, item = row.get("recommended_restaurant_id"), row.get("recommended_item_id")
        if house and row["type"].startswith("recommendation"):
            for key in {(house, None), (house, item)}:
                found[key] = max(found.get(key, 0), int(row["type"] == "recommendation_open"))
    when = {name: visit[name] for name in ("restaurant_id", "local_date", "local_hour")}
    return [when | dict(zip(SHOWN, key, strict=True)) | {"opened": opened} for key, opened in found.items()]


SHOWN = ("recommended_restaurant_id", "recommended_item_id")


def came(visit: dict[str, Any], items: Rows) -> Rows:
    """A visit that came from another restaurant's recommendation: as a whole, and to each item that it took."""
    source = visit["source_restaurant_id"]
    if source in (None, visit["restaurant_id"]):
        return []
    taken = [(row["item_id"], row["ordered"]) for row in items if row["opened"] or row["ordered"]]
    key = {"restaurant_id": None, "from_restaurant_id": source, "recommended_restaurant_id": visit["restaurant_id"]}
    key |= {"local_date": visit["local_date"], "local_hour": visit["local_hour"], "viewed": 0, "opened": 0}
    return [
        key | {"recommended_item_id": item, "arrived": 1, "ordered": ordered}
        for item, ordered in [(None, visit["ordered"]), *taken]
    ]


def money(rows: Rows, unsaid: str | None, counted: str | None) -> dict[str, int]:
    lines = [row for row in rows if row["type"] == "order_placed"]
    paid = [row for row in lines if (row["currency"] or unsaid) == counted]
    return {
        "quantity": sum(row["quantity"] for row in lines),
        "revenue_minor": sum(row["quantity"] * row["price_minor"] for row in paid),
    }


def hours(tables: dict[str, Rows]) -> None:
    shared = ("restaurant_id", "menu_version", "local_date", "local_hour")
    steps = {"viewed": "viewed", "opened": "opened", "intents": "intent", "ordered": "ordered"}
    totals = ("quantity", "revenue_minor", "dwell_ms")
    for names, group in groups(tables["visit_items"], (*shared, "item_id")):
        places = {name: min((r[name] for r in group if r[name] is not None), default=None) for name in PLACES}
        counts = {plural: sum(row[step] for row in group) for plural, step in steps.items()}
        counts |= {"reached": len(group), "skipped": sum(1 - row["viewed"] for row in group)}
        sums = {name: sum(r[name] for r in group) for name in (*totals, "viewed_sold_out", "opened_sold_out")}
        tables["item_hours"].append(names | places | counts | sums)
    for names, group in groups(tables["visit_items"], (*shared, "section_id")):
        each = [rows for _, rows in groups(group, ("visit_id",))]
        counts = {plural: sum(max(row[step] for row in rows) for rows in each) for plural, step in steps.items()}
        counts |= {"reached": len(each), "skipped": len(each) - counts["viewed"]}
        tables["section_hours"].append(names | counts | {name: sum(r[name] for r in group) for name in totals})
    for names, group in groups(tables["visits"], (*shared, "currency", "holdout")):
        recommended = ("recommendation_viewed", "recommendation_opened")
        counts = {name: sum(r[name] for r in group) for name in (*totals, "orders", "lines", *recommended)}
        counts |= {"visits": len(group)}
        later = list(steps.values())
        for n, plural in enumerate(steps):
            counts[plural] = sum(any(row[step] for step in later[n:]) for row in group)
        tables["visit_hours"].append(names | counts)


PLACES = ("section_id", "position")


def crossings(tables: dict[str, Rows]) -> None:
    when = ("local_date", "local_hour")
    seen, tables["recommendation_hours"] = tables["recommendation_hours"], []
    for names, group in groups(seen, ("restaurant_id", *SHOWN, *when)):
        opened = sum(row["opened"] for row in group)
        row = names | {"viewed": len(group), "opened": opened}
        tables["recommendation_hours"].append(row)
        nobody_yet = {"restaurant_id": None, "from_restaurant_id": row["restaurant_id"], "arrived": 0, "ordered": 0}
        tables["crossing_hours"].append(row | nobody_yet)
    sides, tables["crossing_hours"] = tables["crossing_hours"], []
    for names, group in groups(sides, ("restaurant_id", "from_restaurant_id", *SHOWN, *when)):
        counts = {name: sum(row[name] for row in group) for name in ("viewed", "opened", "arrived", "ordered")}
        tables["crossing_hours"].append(names | counts)


def groups(rows: Rows, names: tuple[str, ...]) -> list[tuple[dict[str, Any], Rows]]:
    found: dict[tuple[Any, ...], Rows] = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in names)].append(row)
    return [(dict(zip(names, key, strict=True)), group) for key, group in found.items()]


def local_hour(restaurant: str, at: int) -> tuple[Any, int]:
    local = datetime.fromtimestamp(at / 1000, ZoneInfo(ZONES.get(restaurant, ("UTC", ""))[0]))
    return local.date(), local.hour


def on_disk(lake: Path) -> dict[str, Counter[tuple[Any, ...]]]:
    tables = {}
    for table, files in Derived(lake).manifest().files.items():
        rows: Rows = []
        for day, file in files.items():
            found = duckdb.sql(f"FROM read_parquet('{file}', hive_partitioning=false)").to_arrow_table().to_pylist()
            assert found, f"{table} has an empty file for {day}"
            assert {row["local_date"] for row in found} == {day}
            restaurants = [row["restaurant_id"] or "" for row in found]
            assert restaurants == sorted(restaurants)
            rows += found
        tables[table] = Counter(tuple(sorted(row.items())) for row in rows)
    return tables


@st.composite
def some_events(draw: st.DrawFn) -> Rows:
    """Requests of a few visits, near all that a clock can do to a day; some are sent again, late, or twice over."""
    requests: Rows = []
    for number in range(draw(st.integers(1, 12))):
        visit = draw(st.sampled_from("abc"))
        sent = START + draw(st.sampled_from([0, 1, 20, 31, 50, 80, 100])) * HOUR + draw(st.integers(-2, 2)) * 900_000
        late = draw(st.sampled_from([0, 0, 0, 400, HOUR, 30 * HOUR, 3 * DAY, 3 * DAY + 1]))
        skew = draw(st.sampled_from([0, 0, 5_000, -5_000, 7 * HOUR]))
        events = []
        for _ in range(draw(st.integers(1, 3))):
            kind = draw(st.sampled_from(KINDS))
            item = draw(st.sampled_from(["soup", "tea"]))
            event = {"seq": draw(st.sampled_from([0, 1, 2, 3, 62, 63, 130, 131])), "type": kind, "at": sent + skew}
            event["at"] -= late + draw(st.sampled_from([0, 1_500, -700]))
            if kind != "menu_view":  # a recommendation names an item, and reaches none
                event |= {"item_id": item, "section_id": draw(st.sampled_from(["s", "t", None]))}
                event["position"] = draw(st.sampled_from([number + 1, None]))
            if kind.startswith("recommendation"):
                event["recommended_restaurant_id"] = draw(st.sampled_from(["r2", "r2", "r9", None]))
                event["recommended_item_id"] = draw(st.sampled_from(["curry", "rice", None]))
            event["available"] = draw(st.sampled_from([None, True, False]))
            event["dwell_ms"] = draw(st.sampled_from([1_000, 70_000]))
            if kind == "order_placed":
                event |= {"quantity": 2, "price_minor": 450, "order_id": draw(st.sampled_from("xy"))}
                event["currency"] = draw(st.sampled_from(["EUR", "EUR", "CHF", None]))
            events.append(event)
        said = {"restaurant_id": draw(st.sampled_from(["r1", "r2", "r3"])) if visit == "c" else "r1"}
        said |= {"menu_version": number, "visit_id": visit, "sent_at": sent + skew, "events": events}
        said |= {"guest_id": f"guest-{number}", "source_restaurant_id": draw(st.sampled_from([None, "r1", "r2"]))}
        said |= {"variant": draw(st.sampled_from([None, None, "holdout", "preview"]))}
        latency = draw(st.sampled_from([0, 300, 2_000]))
        bot = draw(st.sampled_from([False, False, False, False, True]))
        requests.append({"received_at": sent + latency, "bot": bot, "request": said})
        if draw(st.booleans()):
            again = draw(st.sampled_from([1, 700, 4_000, DAY]))
            requests.append(
                {
                    "received_at": sent + latency + again,
                    "bot": bot,
                    "request": said | {"sent_at": said["sent_at"] + again},
                }
            )
    # Two requests of one visit in one millisecond count as one: no two that a guest can send are.
    seen = {(r["request"]["restaurant_id"], r["request"]["visit_id"], r["received_at"]): r for r in requests}
    return list(seen.values())


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(requests=some_events(), data=st.data())
def test_any_order_and_any_cuts_end_as_the_rules_say(house_at: Any, requests: Rows, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(requests))
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(requests) - 1)), max_size=4)))
    together = data.draw(st.sampled_from([0, 10, 1_000_000]), label="events of days that are filled together")
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest_stack.rollups.WINDOW_EVENTS", together)
        house = house_at(Path(folder))
        published = data.draw(st.integers(0, len(cuts)), label="the refresh before which the menus are published")
        for turn, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(shuffled)], strict=True)):
            if turn == published:
                house.publish("r1", MENUS)
            if shuffled[start:end]:
                house.receive(*shuffled[start:end])
            house.refresh()
        expected, found = by_hand(requests), on_disk(house.lake.path)
        for table in TABLES:
            assert found[table] == expected[table], table
        for entry in map(dict, found["ledger_hours"]):
            fates = ("kept", "duplicates", "late", "bots", "previews")
            assert entry["received"] == sum(entry[fate] for fate in fates)
