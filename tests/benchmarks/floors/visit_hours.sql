SELECT restaurant_id, menu_version, local_date, local_hour, currency, count(*) AS visits,
  count(*) FILTER (viewed | opened | intent | ordered = 1) AS viewed, count(*) FILTER (opened | intent | ordered = 1) AS opened,
  count(*) FILTER (intent | ordered = 1) AS intents, sum(ordered)::BIGINT AS ordered, sum(orders)::BIGINT AS orders,
  sum(lines)::BIGINT AS lines, sum(quantity)::BIGINT AS quantity, sum(revenue_minor)::BIGINT AS revenue_minor,
  sum(dwell_ms)::BIGINT AS dwell_ms
FROM visits GROUP BY restaurant_id, menu_version, local_date, local_hour, currency
