-- name: section_hours
-- question: How often was each section reached, viewed, opened and ordered from, hour by hour?
-- grain: restaurant x menu_version x section x local date x hour when the visit began
-- parameters: first_date date, last_date date
-- columns: restaurant_id, menu_version, section_id, local_date, local_hour, reached, viewed, skipped, opened, intents,
--   ordered, quantity, revenue_minor, dwell_ms
-- reads: visit_items
-- rules: A visit reached, viewed ... a section if it did so to one of its items; it skipped one if it viewed none of
--   them.
WITH visit_sections AS (
  SELECT restaurant_id, visit_id, menu_version, section_id, local_date, local_hour,
    max(viewed) AS viewed, max(opened) AS opened, max(intent) AS intent, max(ordered) AS ordered,
    CAST(sum(quantity) AS bigint) AS quantity, CAST(sum(revenue_minor) AS bigint) AS revenue_minor,
    CAST(sum(dwell_ms) AS bigint) AS dwell_ms
  FROM visit_items
  WHERE local_date BETWEEN :first_date AND :last_date
  GROUP BY restaurant_id, visit_id, menu_version, section_id, local_date, local_hour
)
SELECT restaurant_id, menu_version, section_id, local_date, local_hour,
  count(*) AS reached, CAST(sum(viewed) AS bigint) AS viewed, CAST(sum(1 - viewed) AS bigint) AS skipped,
  CAST(sum(opened) AS bigint) AS opened, CAST(sum(intent) AS bigint) AS intents,
  CAST(sum(ordered) AS bigint) AS ordered, CAST(sum(quantity) AS bigint) AS quantity,
  CAST(sum(revenue_minor) AS bigint) AS revenue_minor, CAST(sum(dwell_ms) AS bigint) AS dwell_ms
FROM visit_sections
GROUP BY restaurant_id, menu_version, section_id, local_date, local_hour
