-- name: item_attention
-- question: Which items are reached, looked at, skipped, opened and ordered, and how often?
-- grain: one row an item that the window's menus hold, at the place it has in its newest version there
-- parameters: first_date date, last_date date, menu_version bigint optional
-- columns: restaurant_id, item_id, item_name, section_id, section_name, position, visits, reached, viewed, skipped,
--  opened, intents, ordered, quantity, revenue_minor, dwell_ms, skip_rate, conversion_rate
-- reads: item_hours, menu_items, visit_hours
WITH versions AS (
  SELECT restaurant_id, menu_version, CAST(sum(visits) AS bigint) AS visits
  FROM visit_hours
  WHERE local_date BETWEEN :first_date AND :last_date
    AND menu_version = coalesce(:menu_version, menu_version)
  GROUP BY restaurant_id, menu_version
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
    CAST(sum(dwell_ms) AS bigint) AS dwell_ms
  FROM item_hours
  WHERE local_date BETWEEN :first_date AND :last_date
    AND menu_version = coalesce(:menu_version, menu_version)
  GROUP BY restaurant_id, menu_version, item_id
),
menu AS (
  SELECT m.*
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
held AS (
  SELECT restaurant_id, menu_version, item_id FROM menu
  UNION
  SELECT restaurant_id, menu_version, item_id FROM seen
  UNION
  SELECT u.restaurant_id, u.menu_version, s.item_id
  FROM unknown AS u
  JOIN unknown AS other ON other.restaurant_id = u.restaurant_id
  JOIN seen AS s ON s.restaurant_id = other.restaurant_id AND s.menu_version = other.menu_version
),
counted AS (
  SELECT h.restaurant_id, h.item_id, v.visits,
    coalesce(m.item_name, h.item_id) AS item_name,
    coalesce(m.section_id, s.section_id) AS section_id,
    coalesce(m.section_name, s.section_id) AS section_name,
    coalesce(m.position, s.position) AS position,
    s.reached, s.viewed, s.skipped, s.opened, s.intents, s.ordered, s.quantity, s.revenue_minor, s.dwell_ms,
    row_number() OVER (
      PARTITION BY h.restaurant_id, h.item_id
      ORDER BY CASE WHEN m.item_id IS NULL AND s.item_id IS NULL THEN 1 ELSE 0 END, h.menu_version DESC
    ) AS age
  FROM held AS h
  JOIN versions AS v ON v.restaurant_id = h.restaurant_id AND v.menu_version = h.menu_version
  LEFT JOIN menu AS m
    ON m.restaurant_id = h.restaurant_id AND m.menu_version = h.menu_version AND m.item_id = h.item_id
  LEFT JOIN seen AS s
    ON s.restaurant_id = h.restaurant_id AND s.menu_version = h.menu_version AND s.item_id = h.item_id
)
SELECT restaurant_id, item_id,
  max(CASE WHEN age = 1 THEN item_name END) AS item_name,
  max(CASE WHEN age = 1 THEN section_id END) AS section_id,
  max(CASE WHEN age = 1 THEN section_name END) AS section_name,
  max(CASE WHEN age = 1 THEN position END) AS position,
  CAST(sum(visits) AS bigint) AS visits,
  CAST(coalesce(sum(reached), 0) AS bigint) AS reached,
  CAST(coalesce(sum(viewed), 0) AS bigint) AS viewed,
  CAST(coalesce(sum(skipped), 0) AS bigint) AS skipped,
  CAST(coalesce(sum(opened), 0) AS bigint) AS opened,
  CAST(coalesce(sum(intents), 0) AS bigint) AS intents,
  CAST(coalesce(sum(ordered), 0) AS bigint) AS ordered,
  CAST(coalesce(sum(quantity), 0) AS bigint) AS quantity,
  CAST(coalesce(sum(revenue_minor), 0) AS bigint) AS revenue_minor,
  CAST(coalesce(sum(dwell_ms), 0) AS bigint) AS dwell_ms,
  CAST(sum(skipped) AS double) / NULLIF(CAST(sum(reached) AS double), 0) AS skip_rate,
  CAST(sum(ordered) AS double) / NULLIF(CAST(sum(viewed) AS double), 0) AS conversion_rate
FROM counted
GROUP BY restaurant_id, item_id
ORDER BY restaurant_id, position, item_id
