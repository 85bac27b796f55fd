-- name: item_by_hour
-- question: At which hours of the day is an item looked at, skipped and ordered?
-- grain: one row an item that the window's menus hold and a local hour with visits to them
-- parameters: first_date date, last_date date, menu_version bigint optional
-- columns: restaurant_id, item_id, section_id, hour, visits, reached, viewed, skipped, opened, ordered, dwell_ms
-- reads: item_hours, menu_items, visit_hours
WITH known AS (
  SELECT DISTINCT restaurant_id, menu_version FROM menu_items
),
-- All versions whose menu isn't known are one menu, -1: it holds whatever was seen in any of them.
visited AS (
  SELECT v.restaurant_id, coalesce(k.menu_version, -1) AS menu, v.local_hour, CAST(sum(v.visits) AS bigint) AS visits
  FROM visit_hours AS v
  LEFT JOIN known AS k ON k.restaurant_id = v.restaurant_id AND k.menu_version = v.menu_version
  WHERE v.local_date BETWEEN :first_date AND :last_date
    AND v.menu_version = coalesce(:menu_version, v.menu_version)
  GROUP BY v.restaurant_id, coalesce(k.menu_version, -1), v.local_hour
),
seen AS (
  SELECT restaurant_id, menu_version, item_id, local_hour, min(section_id) AS section_id,
    CAST(sum(reached) AS bigint) AS reached,
    CAST(sum(viewed) AS bigint) AS viewed,
    CAST(sum(skipped) AS bigint) AS skipped,
    CAST(sum(opened) AS bigint) AS opened,
    CAST(sum(ordered) AS bigint) AS ordered,
    CAST(sum(dwell_ms) AS bigint) AS dwell_ms
  FROM item_hours
  WHERE local_date BETWEEN :first_date AND :last_date
    AND menu_version = coalesce(:menu_version, menu_version)
  GROUP BY restaurant_id, menu_version, item_id, local_hour
),
-- newness: a later version is newer, and in one version what its menu says counts before what events said.
places AS (
  SELECT restaurant_id, menu_version AS menu, 2 * menu_version + 1 AS newness, item_id, section_id
  FROM menu_items
  WHERE menu_version = coalesce(:menu_version, menu_version)
  UNION ALL
  SELECT s.restaurant_id, coalesce(k.menu_version, -1), 2 * s.menu_version, s.item_id, min(s.section_id)
  FROM seen AS s
  LEFT JOIN known AS k ON k.restaurant_id = s.restaurant_id AND k.menu_version = s.menu_version
  GROUP BY s.restaurant_id, coalesce(k.menu_version, -1), 2 * s.menu_version, s.item_id
),
-- Engines differ in whether max_by passes over NULL: it is given none, and what stood for NULL is taken back below.
held AS (
  SELECT restaurant_id, menu, item_id, max(newness) AS newness,
    max_by(coalesce(section_id, ''), newness) AS section_id
  FROM places
  GROUP BY restaurant_id, menu, item_id
),
counts AS (
  SELECT h.restaurant_id, h.item_id, v.local_hour, h.newness, h.section_id, v.visits,
    0 AS reached, 0 AS viewed, 0 AS skipped, 0 AS opened, 0 AS ordered, 0 AS dwell_ms
  FROM held AS h
  JOIN visited AS v ON v.restaurant_id = h.restaurant_id AND v.menu = h.menu
  UNION ALL
  SELECT restaurant_id, item_id, local_hour, -1, '', 0, reached, viewed, skipped, opened, ordered, dwell_ms
  FROM seen
),
hours AS (
  SELECT restaurant_id, item_id, local_hour, max(newness) AS newness, max_by(section_id, newness) AS section_id,
    CAST(sum(visits) AS bigint) AS visits,
    CAST(sum(reached) AS bigint) AS reached,
    CAST(sum(viewed) AS bigint) AS viewed,
    CAST(sum(skipped) AS bigint) AS skipped,
    CAST(sum(opened) AS bigint) AS opened,
    CAST(sum(ordered) AS bigint) AS ordered,
    CAST(sum(dwell_ms) AS bigint) AS dwell_ms
  FROM counts
  GROUP BY restaurant_id, item_id, local_hour
),
newest AS (
  SELECT restaurant_id, item_id, NULLIF(max_by(section_id, newness), '') AS section_id
  FROM hours
  GROUP BY restaurant_id, item_id
)
SELECT h.restaurant_id, h.item_id, n.section_id, h.local_hour AS hour, h.visits,
  h.reached, h.viewed, h.skipped, h.opened, h.ordered, h.dwell_ms
FROM hours AS h
JOIN newest AS n ON n.restaurant_id = h.restaurant_id AND n.item_id = h.item_id
ORDER BY h.restaurant_id, h.item_id, hour
