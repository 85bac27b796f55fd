-- name: funnel
-- question: How many visits get from the menu to an order, step by step?
-- grain: one row a restaurant and step, for restaurants with visits; a step counts visits that took it or a later one
-- parameters: first_date date, last_date date
-- columns: restaurant_id, step, visits
-- reads: visit_hours
WITH totals AS (
  SELECT restaurant_id,
    CAST(sum(visits) AS bigint) AS visits,
    CAST(sum(viewed) AS bigint) AS viewed,
    CAST(sum(opened) AS bigint) AS opened,
    CAST(sum(intents) AS bigint) AS intents,
    CAST(sum(ordered) AS bigint) AS ordered
  FROM visit_hours
  WHERE local_date BETWEEN :first_date AND :last_date
  GROUP BY restaurant_id
)
SELECT t.restaurant_id, s.step,
  CAST(
    CASE s.place WHEN 1 THEN t.visits WHEN 2 THEN t.viewed WHEN 3 THEN t.opened WHEN 4 THEN t.intents ELSE t.ordered END
    AS bigint
  ) AS visits
FROM totals AS t
CROSS JOIN (VALUES (1, 'visit'), (2, 'viewed'), (3, 'opened'), (4, 'intent'), (5, 'ordered')) AS s (place, step)
ORDER BY t.restaurant_id, s.place
