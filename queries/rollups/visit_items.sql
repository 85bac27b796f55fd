-- name: visit_items
-- question: Which items did each visit reach, view, open and order?
-- grain: visit x item
-- columns: restaurant_id, visit_id, menu_version, guest_id, local_date, local_hour, item_id, section_id, position,
--   reached, viewed, opened, intent, ordered, quantity, revenue_minor, dwell_ms, viewed_sold_out, opened_sold_out
-- reads: kept_events, beginnings, visits, restaurants, menu_items
-- rules: Section and position are those that the visit's menu version gives the item; where that menu isn't known, or
--   doesn't hold it, those of the item's first event that says one. Money is only what was ordered in the restaurant's
--   own currency (of a restaurant not known: the visit's), so that it can be added.
WITH touches AS (
  SELECT visit, item_id,
    min_by(section_id, CASE WHEN section_id IS NOT NULL THEN moment END) AS section_id,
    min_by(position, CASE WHEN position IS NOT NULL THEN moment END) AS position,
    CAST(bitwise_or_agg(steps) AS bigint) AS steps,
    CAST(coalesce(sum(dwell_ms), 0) AS bigint) AS dwell_ms,
    CAST(coalesce(sum(quantity), 0) AS bigint) AS quantity
  FROM kept_events
  WHERE copy = 1 AND item_id IS NOT NULL
  GROUP BY visit, item_id
),
money AS (
  SELECT k.visit, k.item_id, CAST(sum(k.revenue_minor) AS bigint) AS revenue_minor
  FROM kept_events AS k
  JOIN beginnings AS b ON b.visit = k.visit
  JOIN visits AS v ON v.restaurant_id = b.restaurant_id AND v.visit_id = b.visit_id
    AND v.began_at BETWEEN b.first_at AND b.first_at + 86400000
  LEFT JOIN restaurants AS r ON r.restaurant_id = v.restaurant_id
  WHERE k.copy = 1 AND k.item_id IS NOT NULL AND k.revenue_minor IS NOT NULL
    AND coalesce(k.currency, v.currency, '') = coalesce(r.currency, v.currency, '')
  GROUP BY k.visit, k.item_id
)
SELECT v.restaurant_id, v.visit_id, v.menu_version, v.guest_id, v.local_date, v.local_hour,
  t.item_id, coalesce(i.section_id, t.section_id) AS section_id, coalesce(i.position, t.position) AS position,
  BIGINT '1' AS reached,
  bitwise_and(t.steps, 1) AS viewed, bitwise_and(bitwise_right_shift(t.steps, 1), 1) AS opened,
  bitwise_and(bitwise_right_shift(t.steps, 2), 1) AS intent, bitwise_and(bitwise_right_shift(t.steps, 3), 1) AS ordered,
  t.quantity, coalesce(m.revenue_minor, 0) AS revenue_minor,
  CASE WHEN t.dwell_ms > 120000 THEN BIGINT '120000' ELSE t.dwell_ms END AS dwell_ms,
  bitwise_and(bitwise_right_shift(t.steps, 6), 1) AS viewed_sold_out,
  bitwise_and(bitwise_right_shift(t.steps, 7), 1) AS opened_sold_out
FROM touches AS t
JOIN beginnings AS b ON b.visit = t.visit
JOIN visits AS v ON v.restaurant_id = b.restaurant_id AND v.visit_id = b.visit_id
  AND v.began_at BETWEEN b.first_at AND b.first_at + 86400000
LEFT JOIN money AS m ON m.visit = t.visit AND m.item_id = t.item_id
LEFT JOIN menu_items AS i ON i.restaurant_id = v.restaurant_id AND i.menu_version = v.menu_version
  AND i.item_id = t.item_id
