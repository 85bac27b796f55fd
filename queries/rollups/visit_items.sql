-- name: visit_items
-- question: Which items did each visit reach, view, open and order?
-- grain: visit x item
-- columns: restaurant_id, visit_id, menu_version, guest_id, local_date, local_hour, item_id, section_id, position,
--   reached, viewed, opened, intent, ordered, quantity, revenue_minor, dwell_ms
-- reads: touches, beginnings, visits
SELECT v.restaurant_id, v.visit_id, v.menu_version, v.guest_id, v.local_date, v.local_hour,
  t.item_id, t.section_id, t.position, BIGINT '1' AS reached,
  bitwise_and(t.steps, 1) AS viewed, bitwise_and(bitwise_right_shift(t.steps, 1), 1) AS opened,
  bitwise_and(bitwise_right_shift(t.steps, 2), 1) AS intent, bitwise_and(bitwise_right_shift(t.steps, 3), 1) AS ordered,
  t.quantity, t.revenue_minor, t.dwell_ms
FROM touches AS t
JOIN beginnings AS b ON b.visit = t.visit
JOIN visits AS v ON v.restaurant_id = b.restaurant_id AND v.visit_id = b.visit_id
  AND v.began_at BETWEEN b.first_at AND b.first_at + 86400000
