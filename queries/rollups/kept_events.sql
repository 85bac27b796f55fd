-- name: kept_events
-- question: Which copy of each event counts?
-- grain: event received; copy 1 is kept, the others are duplicates
-- columns: visit, copy, seq, moment, received_at, sent_at, steps, item_id, section_id, position, dwell_ms, quantity,
--   revenue_minor, currency, order_id, recommended_restaurant_id, recommended_item_id
-- reads: candidates
-- rules: First by received_at, then by sent_at, then by the row itself. Only tangled visits can hold copies.
SELECT visit, 1 AS copy, seq, moment, received_at, sent_at, steps, item_id, section_id, position, dwell_ms,
  quantity, revenue_minor, currency, order_id, recommended_restaurant_id, recommended_item_id
FROM candidates
WHERE NOT tangled
UNION ALL
SELECT visit,
  row_number() OVER (
    PARTITION BY visit, seq
    ORDER BY received_at, sent_at, moment, steps, item_id, section_id, position, dwell_ms, quantity, revenue_minor,
      currency, order_id, recommended_restaurant_id, recommended_item_id
  ) AS copy,
  seq, moment, received_at, sent_at, steps, item_id, section_id, position, dwell_ms,
  quantity, revenue_minor, currency, order_id, recommended_restaurant_id, recommended_item_id
FROM candidates
WHERE tangled
