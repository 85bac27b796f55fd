-- name: item_attention
-- question: Which items are reached, looked at, skipped, opened and ordered, and how often?
-- grain: one row an item that the window's menus hold, at the place it has in its newest version there
-- parameters: first_date date, last_date date, menu_version bigint optional
-- columns: restaurant_id, item_id, item_name, section_id, section_name, position, visits, reached, viewed, skipped,
--  opened, intents, ordered, quantity, revenue_minor, dwell_ms, skip_rate, conversion_rate, viewed_sold_out,
--  opened_sold_out
-- reads: item_hours, menu_items, visit_hours
-- rules: viewed_sold_out and opened_sold_out count visits that viewed it, and that opened or meant to order it, while it
--   was shown as sold out.
WITH known AS (
  SELECT DISTINCT restaurant_id, menu_version FROM menu_items
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
  SELECT restaurant_id, menu_version, item_id, min(section_id) AS section_id, min(position) AS position,
    CAST(sum(reached) AS bigint) AS reached,
    CAST(sum(viewed) AS bigint) AS viewed,
    CAST(sum(skipped) AS bigint) AS skipped,
    CAST(sum(opened) AS bigint) AS opened,
    CAST(sum(intents) AS bigint) AS intents,
    CAST(sum(ordered) AS bigint) AS ordered,
    CAST(sum(quantity) AS bigint) AS quantity,
    CAST(sum(revenue_minor) AS bigint) AS revenue_minor,
    CAST(sum(dwell_ms) AS bigint) AS dwell_ms,
    CAST(sum(viewed_sold_out) AS bigint) AS viewed_sold_out,
    CAST(sum(opened_sold_out) AS bigint) AS opened_sold_out
  FROM item_hours
  WHERE local_date BETWEEN :first_date AND :last_date
    AND menu_version = coalesce(:menu_version, menu_version)
  GROUP BY restaurant_id, menu_version, item_id
),
-- newness: a later version is newer, and in one version what its menu says counts before what events said.
places AS (
  SELECT restaurant_id, menu_version AS menu, 2 * menu_version + 1 AS newness, item_id, item_name, section_id,
    section_name, position, 0 AS reached, 0 AS viewed, 0 AS skipped, 0 AS opened, 0 AS intents,
    0 AS ordered, 0 AS quantity, 0 AS revenue_minor, 0 AS dwell_ms, 0 AS viewed_sold_out, 0 AS opened_sold_out
  FROM menu_items
  WHERE menu_version = coalesce(:menu_version, menu_version)
  UNION ALL
  SELECT s.restaurant_id, coalesce(k.menu_version, -1), 2 * s.menu_version, s.item_id, s.item_id, s.section_id,
    s.section_id, s.position, s.reached, s.viewed, s.skipped, s.opened, s.intents, s.ordered,
    s.quantity, s.revenue_minor, s.dwell_ms, s.viewed_sold_out, s.opened_sold_out
  FROM seen AS s
  LEFT JOIN known AS k ON k.restaurant_id = s.restaurant_id AND k.menu_version = s.menu_version
),
-- Engines differ in whether max_by passes over NULL: it is given none, and what stood for NULL is taken back below.
held AS (
  SELECT restaurant_id, menu, item_id, max(newness) AS newness,
    max_by(item_name, newness) AS item_name,
    max_by(coalesce(section_id, ''), newness) AS section_id,
    max_by(coalesce(section_name, ''), newness) AS section_name,
    max_by(coalesce(position, 0), newness) AS position,
    CAST(sum(reached) AS bigint) AS reached,
    CAST(sum(viewed) AS bigint) AS viewed,
    CAST(sum(skipped) AS bigint) AS skipped,
    CAST(sum(opened) AS bigint) AS opened,
    CAST(sum(intents) AS bigint) AS intents,
    CAST(sum(ordered) AS bigint) AS ordered,
    CAST(sum(quantity) AS bigint) AS quantity,
    CAST(sum(revenue_minor) AS bigint) AS revenue_minor,
    CAST(sum(dwell_ms) AS bigint) AS dwell_ms,
    CAST(sum(viewed_sold_out) AS bigint) AS viewed_sold_out,
    CAST(sum(opened_sold_out) AS bigint) AS opened_sold_out
  FROM places
  GROUP BY restaurant_id, menu, item_id
)
SELECT h.restaurant_id, h.item_id,
  max_by(h.item_name, h.newness) AS item_name,
  NULLIF(max_by(h.section_id, h.newness), '') AS section_id,
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
  CAST(sum(h.ordered) AS double) / NULLIF(CAST(sum(h.viewed) AS double), 0) AS conversion_rate,
  CAST(sum(h.viewed_sold_out) AS bigint) AS viewed_sold_out,
  CAST(sum(h.opened_sold_out) AS bigint) AS opened_sold_out
FROM held AS h
JOIN visited AS v ON v.restaurant_id = h.restaurant_id AND v.menu = h.menu
GROUP BY h.restaurant_id, h.item_id
ORDER BY h.restaurant_id, position, h.item_id
