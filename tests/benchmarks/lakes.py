"""Large lakes in little time: guests who read a menu downwards, made by one vectorised statement a day."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from ingest_stack.lake import Lake

RESTAURANTS = 200
ITEMS = 40
EVENTS_PER_VISIT = 60
EVENTS_PER_REQUEST = 15
ZONES = ("Europe/Berlin", "Asia/Bangkok", "America/New_York", "Asia/Kathmandu")
FIRST_DATE = date(2026, 3, 10)

# A visit's events lie in rows of a grid: i = its seq, drawn from hashes, so the same day has the same bytes.
# Of 1,000 requests 10 are sent twice, 4 come hours late, 1 comes days too late, 10 are a bot's, 5 a preview's.
_REQUESTS = """
WITH visits AS (
  SELECT
    v, hash(v, $day, 1) % $restaurants AS house, md5(concat('visit', v, $day)) AS visit_id,
    $midnight + (3600000 * ($hour + $hours * (hash(v, $day, 2) % 1000 + hash(v, $day, 3) % 1000) / 2000))::bigint
      AS began_at,
    30 + (hash(v, $day, 4) % 61)::bigint AS events,
    ((hash(v, $day, 5) % 200)::bigint - 100) * 1000 AS skew_ms
  FROM range($first, $first + $visits) AS r (v)
),
batches AS (
  SELECT *, unnest(range((events + $batch - 1) // $batch)) AS b FROM visits
),
sent AS (
  SELECT *, least(events - b * $batch, $batch) AS size, began_at + (b + 1) * $batch * 1700 AS due_at,
    hash(v, $day, b, 6) % 1000 AS luck, hash(v, $day, b, 7) % 500 + 40 AS latency_ms
  FROM batches
),
attempts AS (
  SELECT *, 0 AS attempt,
    due_at + CASE WHEN luck < 4 THEN 3600000 * (1 + luck * 13) WHEN luck = 4 THEN 300000000 ELSE 0 END AS true_at
  FROM sent
  UNION ALL
  SELECT *, 1 AS attempt, due_at + 4000 AS true_at FROM sent WHERE luck BETWEEN 10 AND 19
)
SELECT
  (true_at + latency_ms)::bigint AS received_at, luck BETWEEN 20 AND 29 AS bot,
  struct_pack(
    v := 1::bigint, restaurant_id := format('house-{:03d}', house), menu_version := 1 + (hash(v, $day, 8) % 2)::bigint,
    visit_id := visit_id, guest_id := CASE WHEN v % 10 > 0 THEN md5(concat('guest', hash(v, 9) % 1000000)) END,
    source_restaurant_id := NULL::varchar, table_id := format('table-{}', v % 20),
    variant := CASE WHEN luck BETWEEN 30 AND 34 THEN 'preview' END,
    locale := CASE WHEN v % 3 = 0 THEN 'de' ELSE 'en' END,
    viewport_width := 390::bigint, sent_at := (true_at + skew_ms)::bigint,
    events := list_transform(range((b * $batch)::bigint, (b * $batch + size)::bigint), lambda i: struct_pack(
      seq := i, type := CASE
        WHEN i = 0 THEN 'menu_view'
        WHEN i >= events - 3 THEN CASE WHEN v % 3 = 0 THEN 'order_placed' ELSE 'item_pass' END
        WHEN hash(v, i, 10) % 100 < 45 THEN 'item_view' WHEN hash(v, i, 10) % 100 < 88 THEN 'item_pass'
        WHEN hash(v, i, 10) % 100 < 96 THEN 'item_open' ELSE 'item_order' END,
      "at" := (began_at + i * 1700 + hash(v, i, 11) % 900 + skew_ms)::bigint,
      item_id := CASE WHEN i > 0 THEN format('dish-{:03d}-of-house-{:03d}', 1 + (i * 2 // 3) % $items, house) END,
      section_id := CASE WHEN i > 0 THEN format('section-{}', ((i * 2 // 3) % $items) // 8) END,
      position := CASE WHEN i > 0 THEN 1 + (i * 2 // 3) % $items END,
      dwell_ms := CASE WHEN i > 0 AND i < events - 3 AND hash(v, i, 10) % 100 < 45
                       THEN 1000 + (hash(v, i, 12) % 9000)::bigint END,
      visible_rate := CASE WHEN hash(v, i, 10) % 100 < 45 THEN 0.75::double END,
      quantity := CASE WHEN i >= events - 3 AND v % 3 = 0 THEN 1 + (hash(v, i, 13) % 2)::bigint END,
      price_minor := CASE WHEN i > 0 THEN 500 + 100 * ((i * 2 // 3) % $items) END,
      currency := CASE WHEN i > 0 THEN 'EUR' END,
      order_id := CASE WHEN i >= events - 3 AND v % 3 = 0 THEN md5(concat('order', v, $day)) END,
      available := true, recommended_restaurant_id := NULL::varchar, recommended_item_id := NULL::varchar))
  ) AS request
FROM attempts
ORDER BY received_at
"""


def write_lake(path: Path, days: int, events_per_day: int, first_date: date = FIRST_DATE) -> Lake:
    """A lake of `days` UTC days of visits, about `events_per_day` each; every day's files merged into one."""
    lake = Lake(path)
    for number in range(RESTAURANTS):
        house = {"restaurant_id": f"house-{number:03d}", "restaurant_name": f"House {number}", "area": "Old Town"}
        lake.write_dimensions(house | {"time_zone": ZONES[number % len(ZONES)], "currency": "EUR"}, _menu(number))
    for day in range(days):
        add_day(lake, first_date + timedelta(days=day), events_per_day)
    for day in lake.days():
        lake.merge(day, below=1 << 40)
    return lake


def _menu(number: int) -> list[dict[str, Any]]:
    """The items of a restaurant's two menu versions, at the places that its guests' events name."""
    return [
        {
            "restaurant_id": f"house-{number:03d}",
            "menu_version": version,
            "published_at": 0,
            "item_id": f"dish-{place + 1:03d}-of-house-{number:03d}",
            "item_name": f"Dish {place + 1}",
            "section_id": f"section-{place // 8}",
            "section_name": f"Section {place // 8}",
            "section_position": place // 8 + 1,
            "position": place + 1,
            "price_minor": 500 + 100 * place,
            "food_cost_minor": None,
        }
        for version in (1, 2)
        for place in range(ITEMS)
    ]


def add_day(lake: Lake, day: date, events: int, name: str = "made") -> None:
    """Adds the visits that begin on one UTC day, in as many files as the days on which they were received."""
    _add(lake, f"{name}-{day}", day, events // EVENTS_PER_VISIT, first=0, hour=11.0, hours=9.0)


def add_minute(lake: Lake, day: date, events: int) -> None:
    """Adds about `events` events of new visits that begin within one minute, at noon UTC."""
    _add(lake, "minute", day, events // EVENTS_PER_VISIT, first=10**9, hour=12.0, hours=1 / 60)


def _add(lake: Lake, name: str, day: date, visits: int, *, first: int, hour: float, hours: float) -> None:
    values = {
        "day": day.toordinal(),
        "midnight": (day - date(1970, 1, 1)).days * 86_400_000,
        "first": first,
        "visits": max(1, visits),
        "hour": hour,
        "hours": hours,
        "restaurants": RESTAURANTS,
        "items": ITEMS,
        "batch": EVENTS_PER_REQUEST,
    }
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(f"CREATE TEMP TABLE made AS {_REQUESTS}", values)
    lake.append("requests", connection.table("made"), name)
