-- One local day ($day, days since 1970), `requests` being the partitions that hold its visits: every event of them,
-- narrow; copies looked for only where a seq repeats.
CREATE OR REPLACE TEMP TABLE begun AS
FROM beginnings WHERE local_day = $day OR (tangled AND local_day < $day AND last_local_day >= $day);

CREATE OR REPLACE TEMP TABLE candidates AS
SELECT v, tangled, seq, ((d - first_at) << 36) | (seq & 68719476735) AS moment, received_at, sent_at,
  (CASE type WHEN 'item_view' THEN 1 WHEN 'item_open' THEN 3 WHEN 'item_order' THEN 5 WHEN 'order_placed' THEN 9 ELSE 0 END
  )::TINYINT AS steps,
  CASE WHEN type LIKE 'item%' OR type = 'order_placed' THEN item_id END AS item_id, section_id, position,
  CASE WHEN type = 'item_view' THEN least(dwell_ms, 120000) END::INT AS dwell_ms,
  CASE WHEN type = 'order_placed' THEN least(coalesce(quantity, 1), 1000000) END::INT AS quantity,
  CASE WHEN type = 'order_placed' THEN least(coalesce(quantity, 1) * price_minor, 1000000000000) END AS revenue_minor,
  CASE WHEN type = 'order_placed' THEN currency END AS currency,
  CASE WHEN type = 'order_placed' THEN coalesce(order_id, '') END AS order_id
FROM (
  SELECT v, received_at, sent_at, received_at - CASE WHEN sent_at > e."at" THEN sent_at - e."at" ELSE 0 END AS d,
    e.seq AS seq, e.type AS type, e.item_id AS item_id, e.section_id AS section_id, e.position AS position,
    e.dwell_ms AS dwell_ms, e.quantity AS quantity, e.price_minor AS price_minor, e.currency AS currency,
    e.order_id AS order_id
  FROM (
    SELECT hash(request.restaurant_id, request.visit_id) AS v, received_at, request.sent_at AS sent_at,
      unnest(request.events) AS e
    FROM requests
    WHERE NOT bot AND request.variant IS DISTINCT FROM 'preview'
  )
  WHERE sent_at - e."at" <= 259200000
)
JOIN (SELECT v, tangled, first_at FROM begun) USING (v)
WHERE d BETWEEN first_at AND first_at + 86400000;

CREATE OR REPLACE TEMP VIEW kept AS
SELECT *, 1 AS copy FROM candidates WHERE NOT tangled
UNION ALL
SELECT *, row_number() OVER (PARTITION BY v, seq ORDER BY received_at, sent_at, moment, steps, item_id, section_id,
  position, dwell_ms, quantity, revenue_minor, currency, order_id) AS copy
FROM candidates WHERE tangled;
