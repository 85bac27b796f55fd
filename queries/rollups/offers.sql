-- name: offers
-- question: What can be recommended to guests: which restaurants, and which items of their newest menus?
-- grain: restaurant that has a menu (item_id NULL), and item of its newest version
-- columns: offer, pool, house, restaurant_id, restaurant_name, item_id, item_name, dish, hidden, silent
-- reads: menu_items, recommendation_rules, restaurants
-- rules: Offers of one pool can stand for each other: the restaurants, or the items, of one area. A restaurant without an
--   area has pools of its own. Two names are one dish if they differ in case, spaces and marks only. What is hidden is
--   not shown elsewhere, what is silent shows no others: so the restaurant wants it.
WITH newest AS (
  SELECT restaurant_id, max(menu_version) AS menu_version FROM menu_items GROUP BY restaurant_id
),
items AS (
  SELECT i.restaurant_id, coalesce(r.restaurant_name, i.restaurant_id) AS restaurant_name,
    coalesce('in ' || NULLIF(trim(r.area), ''), 'at ' || i.restaurant_id) AS place, i.item_id, i.item_name
  FROM menu_items AS i
  JOIN newest AS n ON n.restaurant_id = i.restaurant_id AND n.menu_version = i.menu_version
  LEFT JOIN restaurants AS r ON r.restaurant_id = i.restaurant_id
),
ruled AS (
  SELECT restaurant_id, count(CASE WHEN rule = 'hidden' THEN 1 END) AS hidden,
    count(CASE WHEN rule = 'silent' THEN 1 END) AS silent
  FROM recommendation_rules
  GROUP BY restaurant_id
),
named AS (
  SELECT 2 AS grain, restaurant_id, restaurant_name, place, item_id, item_name FROM items
  UNION ALL
  SELECT DISTINCT 1, restaurant_id, restaurant_name, place, CAST(NULL AS varchar), CAST(NULL AS varchar) FROM items
)
SELECT row_number() OVER (ORDER BY n.restaurant_id, n.grain, n.item_id) AS offer,
  dense_rank() OVER (ORDER BY n.grain, n.place) AS pool, dense_rank() OVER (ORDER BY n.restaurant_id) AS house,
  n.restaurant_id, n.restaurant_name, n.item_id, n.item_name,
  translate(lower(n.item_name), ' -–—_''’‘"“”.,:;!?()&/+*', '') AS dish,
  coalesce(r.hidden, 0) > 0 AS hidden, coalesce(r.silent, 0) > 0 AS silent
FROM named AS n
LEFT JOIN ruled AS r ON r.restaurant_id = n.restaurant_id
