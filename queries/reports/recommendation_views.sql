-- name: recommendation_views
-- question: What of other restaurants did guests see and open here, and what followed there?
-- grain: one row a restaurant, local day, and recommended restaurant (recommended_item_id empty: whatever of it was shown)
--   or item of it
-- parameters: first_date date, last_date date
-- columns: restaurant_id, local_date, recommended_restaurant_id, recommended_restaurant_name, recommended_item_id,
--   recommended_item_name, views, opens, arrivals, ordering_visits, open_rate
-- reads: crossing_hours, menu_items, recommendation_hours, recommendations, restaurants
-- rules: views and opens count visits that saw and opened it. arrivals are visits there that came from here (to an item:
--   those that opened or ordered it), ordering_visits those of them that ordered (the item), each on the day when it
--   began. What followed elsewhere is no restaurant's to know: both are empty for who doesn't see all restaurants.
WITH days AS (
  SELECT restaurant_id, local_date, recommended_restaurant_id, recommended_item_id, viewed, opened,
    CAST(NULL AS bigint) AS arrived, CAST(NULL AS bigint) AS ordered
  FROM recommendation_hours
  WHERE local_date BETWEEN :first_date AND :last_date
  UNION ALL
  SELECT from_restaurant_id, local_date, recommended_restaurant_id, recommended_item_id, 0, 0, arrived, ordered
  FROM crossing_hours
  WHERE local_date BETWEEN :first_date AND :last_date
),
-- Guests who came look at more than what they were shown.
shown AS (
  SELECT DISTINCT restaurant_id, recommended_restaurant_id, recommended_item_id
  FROM recommendation_hours
  WHERE local_date BETWEEN :first_date AND :last_date
),
sums AS (
  SELECT d.restaurant_id, d.local_date, d.recommended_restaurant_id, d.recommended_item_id,
    CAST(sum(d.viewed) AS bigint) AS views,
    CAST(sum(d.opened) AS bigint) AS opens,
    CAST(sum(d.arrived) AS bigint) AS arrivals,
    CAST(sum(d.ordered) AS bigint) AS ordering_visits
  FROM days AS d
  JOIN shown AS s ON s.restaurant_id = d.restaurant_id AND s.recommended_restaurant_id = d.recommended_restaurant_id
    AND coalesce(s.recommended_item_id, '') = coalesce(d.recommended_item_id, '')
  GROUP BY d.restaurant_id, d.local_date, d.recommended_restaurant_id, d.recommended_item_id
),
-- A restaurant knows another's names by what is recommended to it, who sees all of them by their menus.
houses AS (
  SELECT restaurant_id, max(restaurant_name) AS restaurant_name
  FROM (
    SELECT recommended_restaurant_id AS restaurant_id, recommended_restaurant_name AS restaurant_name FROM recommendations
    UNION ALL
    SELECT restaurant_id, restaurant_name FROM restaurants
  ) AS named
  GROUP BY restaurant_id
),
items AS (
  SELECT restaurant_id, item_id, max_by(item_name, newness) AS item_name
  FROM (
    SELECT recommended_restaurant_id AS restaurant_id, recommended_item_id AS item_id,
      recommended_item_name AS item_name, -1 AS newness
    FROM recommendations
    WHERE recommended_item_id IS NOT NULL
    UNION ALL
    SELECT restaurant_id, item_id, item_name, menu_version FROM menu_items
  ) AS named
  GROUP BY restaurant_id, item_id
)
SELECT s.restaurant_id, s.local_date, s.recommended_restaurant_id,
  coalesce(h.restaurant_name, s.recommended_restaurant_id) AS recommended_restaurant_name, s.recommended_item_id,
  coalesce(i.item_name, s.recommended_item_id) AS recommended_item_name, s.views, s.opens, s.arrivals,
  s.ordering_visits, CAST(s.opens AS double) / NULLIF(CAST(s.views AS double), 0) AS open_rate
FROM sums AS s
LEFT JOIN houses AS h ON h.restaurant_id = s.recommended_restaurant_id
LEFT JOIN items AS i ON i.restaurant_id = s.recommended_restaurant_id AND i.item_id = s.recommended_item_id
ORDER BY s.restaurant_id, s.local_date, s.recommended_restaurant_id, coalesce(s.recommended_item_id, '')
