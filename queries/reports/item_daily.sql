-- name: item_daily
-- question: How does an item do from day to day?
-- grain: one row an item that the window's menus hold and a local day with visits to them
-- parameters: first_date date, last_date date, item_id varchar optional, menu_version bigint optional
-- columns: restaurant_id, item_id, local_date, visits, reached, viewed, skipped, opened, intents, ordered, dwell_ms
-- reads: item_hours, menu_items, visit_hours
WITH known AS (
  SELECT DISTINCT restaurant_id, menu_version FROM menu_items
),
-- All versions whose menu isn't known are one menu, -1: it holds whatever was seen in any of them.
visited AS (
  SELECT v.restaurant_id, coalesce(k.menu_version, -1) AS menu, v.local_date, CAST(sum(v.visits) AS bigint) AS visits
  FROM visit_hours AS v
  LEFT JOIN known AS k ON k.restaurant_id = v.restaurant_id AND k.menu_version = v.menu_version
  WHERE v.local_date BETWEEN :first_date AND :last_date
    AND v.menu_version = coalesce(:menu_version, v.menu_version)
  GROUP BY v.restaurant_id, coalesce(k.menu_version, -1), v.local_date
),
seen AS (
  SELECT restaurant_id, menu_version, item_id, local_date,
    CAST(sum(reached) AS bigint) AS reached,
    CAST(sum(viewed) AS bigint) AS viewed,
    CAST(sum(skipped) AS bigint) AS skipped,
    CAST(sum(opened) AS bigint) AS opened,
    CAST(sum(intents) AS bigint) AS intents,
    CAST(sum(ordered) AS bigint) AS ordered,
    CAST(sum(dwell_ms) AS bigint) AS dwell_ms
  FROM item_hours
  WHERE local_date BETWEEN :first_date AND :last_date
    AND menu_version = coalesce(:menu_version, menu_version)
    AND item_id = coalesce(:item_id, item_id)
  GROUP BY restaurant_id, menu_version, item_id, local_date
),
held AS (
  SELECT restaurant_id, menu_version AS menu, item_id
  FROM menu_items
  WHERE menu_version = coalesce(:menu_version, menu_version) AND item_id = coalesce(:item_id, item_id)
  UNION
  SELECT s.restaurant_id, coalesce(k.menu_version, -1), s.item_id
  FROM seen AS s
  LEFT JOIN known AS k ON k.restaurant_id = s.restaurant_id AND k.menu_version = s.menu_version
),
counts AS (
  SELECT h.restaurant_id, h.item_id, v.local_date, v.visits,
    0 AS reached, 0 AS viewed, 0 AS skipped, 0 AS opened, 0 AS intents, 0 AS ordered, 0 AS dwell_ms
  FROM held AS h
  JOIN visited AS v ON v.restaurant_id = h.restaurant_id AND v.menu = h.menu
  UNION ALL
  SELECT restaurant_id, item_id, local_date, 0, reached, viewed, skipped, opened, intents, ordered, dwell_ms
  FROM seen
)
SELECT restaurant_id, item_id, local_date,
  CAST(sum(visits) AS bigint) AS visits,
  CAST(sum(reached) AS bigint) AS reached,
  CAST(sum(viewed) AS bigint) AS viewed,
  CAST(sum(skipped) AS bigint) AS skipped,
  CAST(sum(opened) AS bigint) AS opened,
  CAST(sum(intents) AS bigint) AS intents,
  CAST(sum(ordered) AS bigint) AS ordered,
  CAST(sum(dwell_ms) AS bigint) AS dwell_ms
FROM counts
GROUP BY restaurant_id, item_id, local_date
ORDER BY restaurant_id, item_id, local_date
