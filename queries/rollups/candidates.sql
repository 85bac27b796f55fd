-- name: candidates
-- question: What happened in the 24 hours of each visit, every copy of it?
-- grain: event received (a copy is a row)
-- parameters: first_date date, last_date date
-- columns: visit, tangled, seq, moment, received_at, sent_at, steps, item_id, section_id, position, dwell_ms, quantity,
--   revenue_minor, currency, order_id, recommended_restaurant_id, recommended_item_id
-- reads: events, beginnings
-- rules: moment orders a visit's events: milliseconds since its first sight above 36 bits of seq. steps are bits: 1
--   viewed, 2 opened, 4 order intent, 8 ordered; 16 a recommendation was seen, 32 opened; 64 viewed while it was sold
--   out, 128 opened or meant to be ordered while it was. Only what happened to an item on the menu has its item_id: one
--   that a recommendation names was not reached. An order's line without a quantity is one portion. Values that no guest
--   can mean are capped, so that no sum overflows: a million portions, 10^12 minor units, 120 s of dwell.
WITH eligible AS (
  SELECT restaurant_id, visit_id, seq, received_at, sent_at, type, item_id, section_id, position, dwell_ms, quantity,
    price_minor, currency, order_id, available, recommended_restaurant_id, recommended_item_id,
    received_at - CASE WHEN sent_at > "at" THEN sent_at - "at" ELSE 0 END AS derived_at
  FROM events
  WHERE dt BETWEEN date_add('day', -3, :first_date) AND date_add('day', 6, :last_date)
    AND NOT coalesce(bot, false) AND coalesce(variant, '') <> 'preview' AND sent_at - "at" <= 259200000
)
SELECT b.visit, b.tangled, e.seq, (e.derived_at - b.first_at) * 68719476736 + mod(e.seq, 68719476736) AS moment,
  e.received_at, e.sent_at,
  CASE e.type WHEN 'item_view' THEN 1 WHEN 'item_open' THEN 3 WHEN 'item_order' THEN 5 WHEN 'order_placed' THEN 9
              WHEN 'recommendation_view' THEN 16 WHEN 'recommendation_open' THEN 48 ELSE 0 END
    + CASE WHEN coalesce(e.available, true) THEN 0 WHEN e.type = 'item_view' THEN 64
           WHEN e.type IN ('item_open', 'item_order') THEN 192 ELSE 0 END AS steps,
  CASE WHEN e.type IN ('item_pass', 'item_view', 'item_open', 'item_order', 'order_placed') THEN e.item_id END
    AS item_id,
  e.section_id, e.position,
  CASE WHEN e.type <> 'item_view' THEN NULL WHEN e.dwell_ms > 120000 THEN 120000 ELSE e.dwell_ms END AS dwell_ms,
  CASE WHEN e.type <> 'order_placed' THEN NULL
       WHEN e.quantity > 1000000 THEN 1000000 ELSE coalesce(e.quantity, 1) END AS quantity,
  CASE WHEN e.type <> 'order_placed' OR e.price_minor IS NULL THEN NULL
       WHEN e.price_minor > 1000000000000 OR e.quantity > 1000000 THEN 1000000000000
       WHEN coalesce(e.quantity, 1) * e.price_minor > 1000000000000 THEN 1000000000000
       ELSE coalesce(e.quantity, 1) * e.price_minor END AS revenue_minor,
  CASE WHEN e.type = 'order_placed' THEN e.currency END AS currency,
  CASE WHEN e.type = 'order_placed' THEN coalesce(e.order_id, '') END AS order_id,
  CASE WHEN e.type IN ('recommendation_view', 'recommendation_open') THEN e.recommended_restaurant_id END
    AS recommended_restaurant_id,
  CASE WHEN e.type IN ('recommendation_view', 'recommendation_open') THEN e.recommended_item_id END
    AS recommended_item_id
FROM eligible AS e
JOIN beginnings AS b ON b.restaurant_id = e.restaurant_id AND b.visit_id = e.visit_id
WHERE e.derived_at BETWEEN b.first_at AND b.first_at + 86400000
