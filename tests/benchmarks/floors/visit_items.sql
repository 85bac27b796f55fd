WITH touches AS (
  SELECT v, item_id, arg_min(section_id, moment) AS section_id, arg_min(position, moment) AS position, bit_or(steps)::BIGINT AS steps, sum(dwell_ms)::BIGINT AS dwell_ms,
    sum(quantity)::BIGINT AS quantity, sum(revenue_minor)::BIGINT AS revenue_minor
  FROM kept WHERE copy = 1 AND item_id IS NOT NULL GROUP BY v, item_id
)
SELECT restaurant_id, visit_id, menu_version, guest_id, local_date, local_hour, item_id,
  coalesce(i.section_id, t.section_id) AS section_id, coalesce(i.position, t.position) AS position, 1::BIGINT AS reached,
  steps & 1 AS viewed, (steps >> 1) & 1 AS opened, (steps >> 2) & 1 AS intent, (steps >> 3) & 1 AS ordered,
  coalesce(t.quantity, 0) AS quantity, coalesce(t.revenue_minor, 0) AS revenue_minor,
  least(coalesce(t.dwell_ms, 0), 120000) AS dwell_ms
FROM touches AS t
JOIN (SELECT *, hash(restaurant_id, visit_id) AS v FROM visits) AS b USING (v)
LEFT JOIN menu_items AS i USING (restaurant_id, menu_version, item_id)
