SELECT restaurant_id, menu_version, section_id, local_date, local_hour, count(*) AS reached,
  count(*) FILTER (f & 1 = 1) AS viewed, count(*) FILTER (f & 1 = 0) AS skipped, count(*) FILTER (f & 2 = 2) AS opened,
  count(*) FILTER (f & 4 = 4) AS intents, count(*) FILTER (f & 8 = 8) AS ordered, sum(quantity)::BIGINT AS quantity,
  sum(revenue_minor)::BIGINT AS revenue_minor, sum(dwell_ms)::BIGINT AS dwell_ms
FROM (
  SELECT restaurant_id, hash(visit_id) AS v, menu_version, section_id, local_date, local_hour,
    bit_or((viewed + 2 * opened + 4 * intent + 8 * ordered)::TINYINT) AS f, sum(quantity) AS quantity,
    sum(revenue_minor) AS revenue_minor, sum(dwell_ms) AS dwell_ms
  FROM visit_items GROUP BY ALL
)
GROUP BY restaurant_id, menu_version, section_id, local_date, local_hour
