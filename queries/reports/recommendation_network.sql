-- name: recommendation_network
-- question: Between which restaurants do guests go, and what do recommendations add to that?
-- grain: one row a restaurant and another, of which it showed something, from which guests came, or whose guests it shares
-- parameters: first_date date, last_date date
-- columns: restaurant_id, restaurant_name, recommended_restaurant_id, recommended_restaurant_name, guests, views, opens,
--   arrivals, ordering_visits
-- reads: crossing_hours, crossings, restaurants
-- rules: guests is how many took something at both in the last months (0: too few to tell). The rest counts visits of the
--   window: that saw and opened a recommendation, that came of one, and that then ordered. These counts are of two
--   restaurants: who doesn't see all restaurants sees none of the rows.
WITH sides AS (
  SELECT from_restaurant_id, recommended_restaurant_id, 0 AS guests, viewed, opened, arrived, ordered
  FROM crossing_hours
  WHERE local_date BETWEEN :first_date AND :last_date AND recommended_item_id IS NULL
  UNION ALL
  SELECT from_restaurant_id, recommended_restaurant_id, guests, 0, 0, 0, 0
  FROM crossings
  WHERE item_id IS NULL AND guests > 0
)
SELECT s.from_restaurant_id AS restaurant_id, coalesce(max(f.restaurant_name), s.from_restaurant_id) AS restaurant_name,
  s.recommended_restaurant_id,
  coalesce(max(t.restaurant_name), s.recommended_restaurant_id) AS recommended_restaurant_name,
  max(s.guests) AS guests,
  CAST(sum(s.viewed) AS bigint) AS views,
  CAST(sum(s.opened) AS bigint) AS opens,
  CAST(sum(s.arrived) AS bigint) AS arrivals,
  CAST(sum(s.ordered) AS bigint) AS ordering_visits
FROM sides AS s
LEFT JOIN restaurants AS f ON f.restaurant_id = s.from_restaurant_id
LEFT JOIN restaurants AS t ON t.restaurant_id = s.recommended_restaurant_id
GROUP BY s.from_restaurant_id, s.recommended_restaurant_id
ORDER BY restaurant_id, s.recommended_restaurant_id
