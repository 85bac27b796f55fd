-- name: recommendations
-- question: What else may a restaurant's guests like, elsewhere in its area, and why?
-- grain: one row a restaurant (item_id empty: for all of it) or item of its menu, and what is recommended for it
-- columns: restaurant_id, item_id, recommended_restaurant_id, recommended_item_id, rank, score, support, reason,
--   restaurant_name, item_name, recommended_restaurant_name, recommended_item_name, share_rate, item_guests, area_guests
-- reads: crossings, recommendations
-- rules: A restaurant is told rounded shares: score is the order alone, support a lower bound (empty for what is popular
--   nearby). Who sees all restaurants is told the counts. item_guests took what is recommended for, area_guests anything.
SELECT r.restaurant_id, r.item_id, r.recommended_restaurant_id, r.recommended_item_id, r.rank,
  coalesce(c.score, r.score) AS score,
  CASE WHEN c.guests > 0 THEN c.guests ELSE coalesce(c.recommended_guests, r.support) END AS support,
  CASE
    WHEN c.guests > 0 THEN concat(CAST(c.guests AS varchar), ' of ', CAST(c.item_guests AS varchar), ' guests who went ',
      CASE WHEN r.item_id IS NULL THEN 'here' ELSE concat('for ', r.item_name, ' here') END, ' also went ',
      CASE WHEN r.item_id IS NULL THEN 'to ' ELSE concat('for ', r.recommended_item_name, ' at ') END,
      r.recommended_restaurant_name)
    WHEN c.recommended_guests IS NOT NULL THEN concat(r.reason, ': ', CAST(c.recommended_guests AS varchar), ' of ',
      CAST(c.area_guests AS varchar), ' guests of the area')
    ELSE r.reason
  END AS reason,
  r.restaurant_name, r.item_name, r.recommended_restaurant_name, r.recommended_item_name, r.share_rate, c.item_guests,
  c.area_guests
FROM recommendations AS r
LEFT JOIN crossings AS c ON c.from_restaurant_id = r.restaurant_id AND coalesce(c.item_id, '') = coalesce(r.item_id, '')
  AND c.rank = r.rank
ORDER BY r.restaurant_id, coalesce(r.item_id, ''), r.rank
