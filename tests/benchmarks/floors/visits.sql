WITH sums AS (
  SELECT v, min(moment) AS moment, arg_min(received_at, moment) AS received_at, arg_min(sent_at, moment) AS sent_at,
    max(seq) + 1 - count(*) AS lost, bit_or(steps)::BIGINT AS steps, count(order_id) AS lines,
    sum(quantity) AS quantity, sum(revenue_minor) AS revenue_minor, min(currency) AS currency
  FROM kept WHERE copy = 1 GROUP BY v
),
orders AS (SELECT v, count(DISTINCT order_id) AS orders FROM kept WHERE copy = 1 AND order_id IS NOT NULL GROUP BY v),
dwells AS (
  SELECT v, sum(least(dwell_ms, 120000)) AS dwell_ms
  FROM (SELECT v, sum(dwell_ms) AS dwell_ms FROM kept
        WHERE copy = 1 AND dwell_ms IS NOT NULL AND item_id IS NOT NULL GROUP BY v, item_id)
  GROUP BY v
),
placed AS (
  SELECT s.*, b.currency AS house_currency, first_at + (moment >> 36) AS began_at, offset_ms
  FROM sums AS s JOIN begun AS b USING (v)
  JOIN zones AS z ON z.time_zone = b.time_zone AND z.quarter = (first_at + (moment >> 36)) // 900000
),
envelopes AS (
  SELECT v, min({m: q.request.menu_version, g: q.request.guest_id, s: q.request.source_restaurant_id,
                 t: q.request.table_id, l: q.request.locale, w: q.request.viewport_width}) AS e,
    any_value(q.request.restaurant_id) AS restaurant_id, any_value(q.request.visit_id) AS visit_id
  FROM requests AS q JOIN placed AS p
    ON p.v = hash(q.request.restaurant_id, q.request.visit_id) AND p.received_at = q.received_at
    AND p.sent_at = q.request.sent_at
  WHERE NOT bot AND q.request.variant IS DISTINCT FROM 'preview'
  GROUP BY v
)
SELECT restaurant_id, visit_id, e.m AS menu_version, e.g AS guest_id, e.s AS source_restaurant_id, e.t AS table_id,
  e.l AS locale, e.w AS viewport_width, began_at, DATE '1970-01-01' + ((began_at + offset_ms) // 86400000)::INT AS local_date,
  (began_at + offset_ms) // 3600000 % 24 AS local_hour,
  steps & 1 AS viewed, (steps >> 1) & 1 AS opened, (steps >> 2) & 1 AS intent, (steps >> 3) & 1 AS ordered,
  coalesce(orders, 0) AS orders, lines, coalesce(quantity, 0)::BIGINT AS quantity,
  coalesce(revenue_minor, 0)::BIGINT AS revenue_minor, coalesce(p.currency, house_currency) AS currency,
  coalesce(dwell_ms, 0)::BIGINT AS dwell_ms, least(lost, 10000) AS lost
FROM placed AS p JOIN envelopes USING (v) LEFT JOIN orders USING (v) LEFT JOIN dwells USING (v)
WHERE (began_at + offset_ms) // 86400000 = $day
