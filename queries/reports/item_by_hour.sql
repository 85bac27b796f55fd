-- name: item_by_hour
-- question: At which hours of the day is an item looked at, skipped and ordered?
-- grain: one row an item that the window's menus hold and a local hour with visits to them
-- parameters: first_date date, last_date date, menu_version bigint optional
-- columns: restaurant_id, item_id, section_id, hour, visits, reached, viewed, skipped, opened, ordered, dwell_ms
-- reads: item_hours, menu_items, visit_hours
WITH visited AS (
  SELECT restaurant_id, menu_version, local_hour, CAST(sum(visits) AS bigint) AS visits
  FROM visit_hours
  WHERE local_date BETWEEN :first_date AND :last_date
    AND menu_version = coalesce(:menu_version, menu_version)
  GROUP BY restaurant_id, menu_version, local_hour
),
versions AS (
  SELECT DISTINCT restaurant_id, menu_version FROM visited
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
menu AS (
  SELECT m.restaurant_id, m.menu_version, m.item_id, m.section_id
  FROM menu_items AS m
  JOIN versions AS v ON v.restaurant_id = m.restaurant_id AND v.menu_version = m.menu_version
),
unknown AS (
  SELECT v.restaurant_id, v.menu_version
  FROM versions AS v
  WHERE NOT EXISTS (
    SELECT 1 FROM menu AS m WHERE m.restaurant_id = v.restaurant_id AND m.menu_version = v.menu_version
  )
),
-- A version whose menu isn't known holds whatever was seen in any such version of its restaurant.
places AS (
  SELECT restaurant_id, menu_version, item_id, section_id AS menu_section_id, CAST(NULL AS varchar) AS seen_section_id
  FROM menu
  UNION ALL
  SELECT restaurant_id, menu_version, item_id, CAST(NULL AS varchar), section_id
  FROM seen
  UNION ALL
  SELECT u.restaurant_id, u.menu_version, s.item_id, CAST(NULL AS varchar), CAST(NULL AS varchar)
  FROM unknown AS u
  JOIN unknown AS other ON other.restaurant_id = u.restaurant_id
  JOIN seen AS s ON s.restaurant_id = other.restaurant_id AND s.menu_version = other.menu_version
),
held AS (
  SELECT restaurant_id, menu_version, item_id, coalesce(max(menu_section_id), min(seen_section_id)) AS section_id
  FROM places
  GROUP BY restaurant_id, menu_version, item_id
),
aged AS (
  SELECT restaurant_id, item_id, section_id,
    row_number() OVER (
      PARTITION BY restaurant_id, item_id
      ORDER BY CASE WHEN section_id IS NULL THEN 1 ELSE 0 END, menu_version DESC
    ) AS age
  FROM held
)
SELECT h.restaurant_id, h.item_id, a.section_id, v.local_hour AS hour,
  CAST(sum(v.visits) AS bigint) AS visits,
  CAST(coalesce(sum(s.reached), 0) AS bigint) AS reached,
  CAST(coalesce(sum(s.viewed), 0) AS bigint) AS viewed,
  CAST(coalesce(sum(s.skipped), 0) AS bigint) AS skipped,
  CAST(coalesce(sum(s.opened), 0) AS bigint) AS opened,
  CAST(coalesce(sum(s.ordered), 0) AS bigint) AS ordered,
  CAST(coalesce(sum(s.dwell_ms), 0) AS bigint) AS dwell_ms
FROM held AS h
JOIN aged AS a ON a.restaurant_id = h.restaurant_id AND a.item_id = h.item_id AND a.age = 1
JOIN visited AS v ON v.restaurant_id = h.restaurant_id AND v.menu_version = h.menu_version
LEFT JOIN seen AS s
  ON s.restaurant_id = h.restaurant_id AND s.menu_version = h.menu_version AND s.item_id = h.item_id
  AND s.local_hour = v.local_hour
GROUP BY h.restaurant_id, h.item_id, a.section_id, v.local_hour
ORDER BY h.restaurant_id, h.item_id, hour
