-- name: item_daily
-- question: How does an item do from day to day?
-- grain: one row an item that the window's menus hold and a local day with visits to them
-- parameters: first_date date, last_date date, item_id varchar optional, menu_version bigint optional
-- columns: restaurant_id, item_id, local_date, visits, reached, viewed, skipped, opened, intents, ordered, dwell_ms
-- reads: item_hours, menu_items, visit_hours
WITH visited AS (
  SELECT restaurant_id, menu_version, local_date, CAST(sum(visits) AS bigint) AS visits
  FROM visit_hours
  WHERE local_date BETWEEN :first_date AND :last_date
    AND menu_version = coalesce(:menu_version, menu_version)
  GROUP BY restaurant_id, menu_version, local_date
),
versions AS (
  SELECT DISTINCT restaurant_id, menu_version FROM visited
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
known AS (
  SELECT DISTINCT restaurant_id, menu_version FROM menu_items
),
unknown AS (
  SELECT v.restaurant_id, v.menu_version
  FROM versions AS v
  WHERE NOT EXISTS (
    SELECT 1 FROM known AS k WHERE k.restaurant_id = v.restaurant_id AND k.menu_version = v.menu_version
  )
),
-- A version whose menu isn't known holds whatever was seen in any such version of its restaurant.
held AS (
  SELECT m.restaurant_id, m.menu_version, m.item_id
  FROM menu_items AS m
  JOIN versions AS v ON v.restaurant_id = m.restaurant_id AND v.menu_version = m.menu_version
  WHERE m.item_id = coalesce(:item_id, m.item_id)
  UNION
  SELECT restaurant_id, menu_version, item_id FROM seen
  UNION
  SELECT u.restaurant_id, u.menu_version, s.item_id
  FROM unknown AS u
  JOIN unknown AS other ON other.restaurant_id = u.restaurant_id
  JOIN seen AS s ON s.restaurant_id = other.restaurant_id AND s.menu_version = other.menu_version
)
SELECT h.restaurant_id, h.item_id, v.local_date,
  CAST(sum(v.visits) AS bigint) AS visits,
  CAST(coalesce(sum(s.reached), 0) AS bigint) AS reached,
  CAST(coalesce(sum(s.viewed), 0) AS bigint) AS viewed,
  CAST(coalesce(sum(s.skipped), 0) AS bigint) AS skipped,
  CAST(coalesce(sum(s.opened), 0) AS bigint) AS opened,
  CAST(coalesce(sum(s.intents), 0) AS bigint) AS intents,
  CAST(coalesce(sum(s.ordered), 0) AS bigint) AS ordered,
  CAST(coalesce(sum(s.dwell_ms), 0) AS bigint) AS dwell_ms
FROM held AS h
JOIN visited AS v ON v.restaurant_id = h.restaurant_id AND v.menu_version = h.menu_version
LEFT JOIN seen AS s
  ON s.restaurant_id = h.restaurant_id AND s.menu_version = h.menu_version AND s.item_id = h.item_id
  AND s.local_date = v.local_date
GROUP BY h.restaurant_id, h.item_id, v.local_date
ORDER BY h.restaurant_id, h.item_id, v.local_date
