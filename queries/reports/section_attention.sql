-- name: section_attention
-- question: Which sections are reached, looked at, skipped, opened and ordered from, and how often?
-- grain: one row a section that the window's menus hold, at the place it has in its newest version there
-- parameters: first_date date, last_date date, menu_version bigint optional
-- columns: restaurant_id, section_id, section_name, position, visits, reached, viewed, skipped, opened, intents,
--  ordered, quantity, revenue_minor, dwell_ms, skip_rate, conversion_rate
-- reads: menu_items, section_hours, visit_hours
WITH listed AS (
  SELECT restaurant_id, menu_version, section_id, max(section_name) AS section_name, min(section_position) AS position
  FROM menu_items
  GROUP BY restaurant_id, menu_version, section_id
),
known AS (
  SELECT DISTINCT restaurant_id, menu_version FROM listed
),
-- All versions whose menu isn't known are one menu, -1: it holds whatever was seen in any of them.
visited AS (
  SELECT v.restaurant_id, coalesce(k.menu_version, -1) AS menu, CAST(sum(v.visits) AS bigint) AS visits
  FROM visit_hours AS v
  LEFT JOIN known AS k ON k.restaurant_id = v.restaurant_id AND k.menu_version = v.menu_version
  WHERE v.local_date BETWEEN :first_date AND :last_date
    AND v.menu_version = coalesce(:menu_version, v.menu_version)
  GROUP BY v.restaurant_id, coalesce(k.menu_version, -1)
),
seen AS (
  SELECT restaurant_id, menu_version, section_id,
    CAST(sum(reached) AS bigint) AS reached,
    CAST(sum(viewed) AS bigint) AS viewed,
    CAST(sum(skipped) AS bigint) AS skipped,
    CAST(sum(opened) AS bigint) AS opened,
    CAST(sum(intents) AS bigint) AS intents,
    CAST(sum(ordered) AS bigint) AS ordered,
    CAST(sum(quantity) AS bigint) AS quantity,
    CAST(sum(revenue_minor) AS bigint) AS revenue_minor,
    CAST(sum(dwell_ms) AS bigint) AS dwell_ms
  FROM section_hours
  WHERE local_date BETWEEN :first_date AND :last_date
    AND menu_version = coalesce(:menu_version, menu_version)
  GROUP BY restaurant_id, menu_version, section_id
),
-- newness: a later version is newer, and what a menu says counts before what events said.
places AS (
  SELECT restaurant_id, menu_version AS menu, menu_version AS newness, section_id, section_name, position,
    0 AS reached, 0 AS viewed, 0 AS skipped, 0 AS opened, 0 AS intents, 0 AS ordered,
    0 AS quantity, 0 AS revenue_minor, 0 AS dwell_ms
  FROM listed
  WHERE menu_version = coalesce(:menu_version, menu_version)
  UNION ALL
  SELECT s.restaurant_id, coalesce(k.menu_version, -1), -1, s.section_id, coalesce(s.section_id, ''), 0,
    s.reached, s.viewed, s.skipped, s.opened, s.intents, s.ordered,
    s.quantity, s.revenue_minor, s.dwell_ms
  FROM seen AS s
  LEFT JOIN known AS k ON k.restaurant_id = s.restaurant_id AND k.menu_version = s.menu_version
),
held AS (
  SELECT restaurant_id, menu, section_id, max(newness) AS newness,
    max_by(section_name, newness) AS section_name,
    max_by(position, newness) AS position,
    CAST(sum(reached) AS bigint) AS reached,
    CAST(sum(viewed) AS bigint) AS viewed,
    CAST(sum(skipped) AS bigint) AS skipped,
    CAST(sum(opened) AS bigint) AS opened,
    CAST(sum(intents) AS bigint) AS intents,
    CAST(sum(ordered) AS bigint) AS ordered,
    CAST(sum(quantity) AS bigint) AS quantity,
    CAST(sum(revenue_minor) AS bigint) AS revenue_minor,
    CAST(sum(dwell_ms) AS bigint) AS dwell_ms
  FROM places
  GROUP BY restaurant_id, menu, section_id
)
SELECT h.restaurant_id, h.section_id,
  NULLIF(max_by(h.section_name, h.newness), '') AS section_name,
  NULLIF(max_by(h.position, h.newness), 0) AS position,
  CAST(sum(v.visits) AS bigint) AS visits,
  CAST(sum(h.reached) AS bigint) AS reached,
  CAST(sum(h.viewed) AS bigint) AS viewed,
  CAST(sum(h.skipped) AS bigint) AS skipped,
  CAST(sum(h.opened) AS bigint) AS opened,
  CAST(sum(h.intents) AS bigint) AS intents,
  CAST(sum(h.ordered) AS bigint) AS ordered,
  CAST(sum(h.quantity) AS bigint) AS quantity,
  CAST(sum(h.revenue_minor) AS bigint) AS revenue_minor,
  CAST(sum(h.dwell_ms) AS bigint) AS dwell_ms,
  CAST(sum(h.skipped) AS double) / NULLIF(CAST(sum(h.reached) AS double), 0) AS skip_rate,
  CAST(sum(h.ordered) AS double) / NULLIF(CAST(sum(h.viewed) AS double), 0) AS conversion_rate
FROM held AS h
JOIN visited AS v ON v.restaurant_id = h.restaurant_id AND v.menu = h.menu
GROUP BY h.restaurant_id, h.section_id
ORDER BY h.restaurant_id, position, h.section_id
