-- name: recommendation_hours
-- question: How often did guests see and open what a restaurant shows them of others, hour by hour?
-- grain: restaurant x recommended restaurant (recommended_item_id NULL: whatever of it was shown) or item of it x local
--   date x hour when the visit began
-- columns: restaurant_id, recommended_restaurant_id, recommended_item_id, local_date, local_hour, viewed, opened
-- reads: kept_events, beginnings, visits
-- rules: viewed and opened count visits; whoever opened one has seen it.
WITH items AS (
  SELECT visit, recommended_restaurant_id, recommended_item_id, CAST(bitwise_or_agg(steps) AS bigint) AS steps
  FROM kept_events
  WHERE copy = 1 AND recommended_restaurant_id IS NOT NULL
  GROUP BY visit, recommended_restaurant_id, recommended_item_id
),
seen AS (
  SELECT visit, recommended_restaurant_id, recommended_item_id, steps FROM items WHERE recommended_item_id IS NOT NULL
  UNION ALL
  SELECT visit, recommended_restaurant_id, CAST(NULL AS varchar), CAST(bitwise_or_agg(steps) AS bigint)
  FROM items
  GROUP BY visit, recommended_restaurant_id
)
SELECT v.restaurant_id, s.recommended_restaurant_id, s.recommended_item_id, v.local_date, v.local_hour,
  count(*) AS viewed, CAST(sum(bitwise_and(bitwise_right_shift(s.steps, 5), 1)) AS bigint) AS opened
FROM seen AS s
JOIN beginnings AS b ON b.visit = s.visit
JOIN visits AS v ON v.restaurant_id = b.restaurant_id AND v.visit_id = b.visit_id
  AND v.began_at BETWEEN b.first_at AND b.first_at + 86400000
GROUP BY v.restaurant_id, s.recommended_restaurant_id, s.recommended_item_id, v.local_date, v.local_hour
