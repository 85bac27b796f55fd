-- name: crossing_hours
-- question: What followed elsewhere from what a restaurant showed of others, hour by hour?
-- grain: restaurant that showed x recommended restaurant (recommended_item_id NULL: all of it) or item of it x local date
--   x hour when the visit began that saw it, or that came of it
-- parameters: first_date date, last_date date
-- columns: restaurant_id, from_restaurant_id, recommended_restaurant_id, recommended_item_id, local_date, local_hour,
--   viewed, opened, arrived, ordered
-- reads: recommendation_hours, visits, visit_items
-- rules: A visit arrived if its menu was opened from another restaurant's recommendation (source_restaurant_id); at an
--   item, if it opened or ordered that one. ordered counts those of them that ordered, or ordered the item. These counts
--   are of two restaurants, so they are no restaurant's: restaurant_id is NULL, and only who may see all sees them.
WITH sides AS (
  SELECT restaurant_id AS from_restaurant_id, recommended_restaurant_id, recommended_item_id, local_date, local_hour,
    viewed, opened, 0 AS arrived, 0 AS ordered
  FROM recommendation_hours
  WHERE local_date BETWEEN :first_date AND :last_date
  UNION ALL
  SELECT source_restaurant_id, restaurant_id, CAST(NULL AS varchar), local_date, local_hour, 0, 0, 1, ordered
  FROM visits
  WHERE local_date BETWEEN :first_date AND :last_date AND source_restaurant_id <> restaurant_id
  UNION ALL
  SELECT v.source_restaurant_id, v.restaurant_id, i.item_id, v.local_date, v.local_hour, 0, 0, 1, i.ordered
  FROM visits AS v
  JOIN visit_items AS i ON i.restaurant_id = v.restaurant_id AND i.visit_id = v.visit_id
    AND i.local_date = v.local_date AND i.local_hour = v.local_hour
  WHERE v.local_date BETWEEN :first_date AND :last_date AND i.local_date BETWEEN :first_date AND :last_date
    AND v.source_restaurant_id <> v.restaurant_id AND (i.opened = 1 OR i.ordered = 1)
)
SELECT CAST(NULL AS varchar) AS restaurant_id, from_restaurant_id, recommended_restaurant_id, recommended_item_id,
  local_date, local_hour, CAST(sum(viewed) AS bigint) AS viewed, CAST(sum(opened) AS bigint) AS opened,
  CAST(sum(arrived) AS bigint) AS arrived, CAST(sum(ordered) AS bigint) AS ordered
FROM sides
GROUP BY from_restaurant_id, recommended_restaurant_id, recommended_item_id, local_date, local_hour
