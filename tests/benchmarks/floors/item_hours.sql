SELECT restaurant_id, menu_version, item_id, min(section_id) AS section_id, min(position) AS position, local_date,
  local_hour, count(*) AS reached, sum(viewed)::BIGINT AS viewed, count(*) FILTER (viewed = 0) AS skipped,
  sum(opened)::BIGINT AS opened, sum(intent)::BIGINT AS intents, sum(ordered)::BIGINT AS ordered,
  sum(quantity)::BIGINT AS quantity, sum(revenue_minor)::BIGINT AS revenue_minor, sum(dwell_ms)::BIGINT AS dwell_ms
FROM visit_items GROUP BY restaurant_id, menu_version, item_id, local_date, local_hour
