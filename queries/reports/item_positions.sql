-- name: item_positions
-- question: How does an item do at each place where it has stood?
-- grain: one row an item and menu version in which guests of the window reached it, at its place in that version
-- parameters: first_date date, last_date date
-- columns: restaurant_id, menu_version, item_id, section_id, position, reached, viewed, opened, ordered
-- reads: item_hours
SELECT restaurant_id, menu_version, item_id, min(section_id) AS section_id, min(position) AS position,
  CAST(sum(reached) AS bigint) AS reached,
  CAST(sum(viewed) AS bigint) AS viewed,
  CAST(sum(opened) AS bigint) AS opened,
  CAST(sum(ordered) AS bigint) AS ordered
FROM item_hours
WHERE local_date BETWEEN :first_date AND :last_date
GROUP BY restaurant_id, menu_version, item_id
ORDER BY restaurant_id, menu_version, position, item_id
