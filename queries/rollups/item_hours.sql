-- name: item_hours
-- question: How often was each item reached, viewed, opened and ordered, hour by hour?
-- grain: restaurant x menu_version x item x local date x hour when the visit began
-- parameters: first_date date, last_date date
-- columns: restaurant_id, menu_version, item_id, section_id, position, local_date, local_hour, reached, viewed,
--   skipped, opened, intents, ordered, quantity, revenue_minor, dwell_ms, viewed_sold_out, opened_sold_out
-- reads: visit_items
SELECT restaurant_id, menu_version, item_id, min(section_id) AS section_id, min(position) AS position,
  local_date, local_hour, count(*) AS reached, CAST(sum(viewed) AS bigint) AS viewed,
  CAST(sum(1 - viewed) AS bigint) AS skipped, CAST(sum(opened) AS bigint) AS opened,
  CAST(sum(intent) AS bigint) AS intents, CAST(sum(ordered) AS bigint) AS ordered,
  CAST(sum(quantity) AS bigint) AS quantity, CAST(sum(revenue_minor) AS bigint) AS revenue_minor,
  CAST(sum(dwell_ms) AS bigint) AS dwell_ms, CAST(sum(viewed_sold_out) AS bigint) AS viewed_sold_out,
  CAST(sum(opened_sold_out) AS bigint) AS opened_sold_out
FROM visit_items
WHERE local_date BETWEEN :first_date AND :last_date
GROUP BY restaurant_id, menu_version, item_id, local_date, local_hour
