-- name: directory
-- question: Which restaurants are there, where are they, and what do they count in?
-- grain: one row a restaurant that is known or was ever visited (one that isn't known goes by its id, in UTC)
-- parameters:
-- columns: restaurant_id, restaurant_name, area, time_zone, currency
-- reads: restaurants, visit_hours
WITH visited AS (
  SELECT restaurant_id, min(currency) AS currency
  FROM visit_hours
  GROUP BY restaurant_id
),
named AS (
  SELECT restaurant_id FROM restaurants
  UNION
  SELECT restaurant_id FROM visited
)
SELECT n.restaurant_id, coalesce(r.restaurant_name, n.restaurant_id) AS restaurant_name, r.area,
  coalesce(r.time_zone, 'UTC') AS time_zone, coalesce(r.currency, v.currency) AS currency
FROM named AS n
LEFT JOIN restaurants AS r ON r.restaurant_id = n.restaurant_id
LEFT JOIN visited AS v ON v.restaurant_id = n.restaurant_id
ORDER BY n.restaurant_id
