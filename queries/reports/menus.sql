-- name: menus
-- question: What stood where, at what price, in each version of the menu?
-- grain: one row a restaurant, menu version and item; every published version
-- parameters:
-- columns: restaurant_id, menu_version, published_at, item_id, item_name, section_id, section_name, section_position,
--  position, price_minor, food_cost_minor
-- reads: menu_items
SELECT restaurant_id, menu_version, from_unixtime(CAST(published_at AS double) / 1000) AS published_at,
  item_id, item_name, section_id, section_name, section_position, position, price_minor, food_cost_minor
FROM menu_items
ORDER BY restaurant_id, menu_version, position, item_id
