-- name: goes_well_with
-- question: What do guests who take an item take with it from the same menu?
-- grain: one row an item of the newest menu and another of it, the strongest first
-- columns: restaurant_id, item_id, item_name, other_item_id, other_item_name, rank, score, support, reason, item_guests,
--   other_guests, restaurant_guests, attach_rate, lift
-- reads: item_pairs
-- rules: support is empty where too few guests took both: then the other is one of the menu's favourites.
SELECT restaurant_id, item_id, item_name, other_item_id, other_item_name, rank, score, support, reason, item_guests,
  other_guests, restaurant_guests, attach_rate, lift
FROM item_pairs
ORDER BY restaurant_id, item_id, rank
