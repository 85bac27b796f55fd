-- name: funnel_by_day
-- question: How does the way from the menu to an order change from day to day?
-- grain: one row a restaurant, local day with visits, and step; a step counts visits that took it or a later one
-- parameters: first_date date, last_date date
-- columns: restaurant_id, local_date, step, visits
-- reads: visit_hours
WITH totals AS (
  SELECT restaurant_id, local_date,
    CAST(sum(visits) AS bigint) AS visits,
    CAST(sum(viewed) AS bigint) AS viewed,
    CAST(sum(opened) AS bigint) AS opened,
    CAST(sum(intents) AS bigint) AS intents,
    CAST(sum(ordered) AS bigint) AS ordered
  FROM visit_hours
  WHERE local_date BETWEEN :first_date AND :last_date
  GROUP BY restaurant_id, local_date
)
SELECT t.restaurant_id, t.local_date, s.step,
  CAST(
    CASE s.place WHEN 1 THEN t.visits WHEN 2 THEN t.viewed WHEN 3 THEN t.opened WHEN 4 THEN t.intents ELSE t.ordered END
    AS bigint
  ) AS visits
FROM totals AS t
CROSS JOIN (VALUES (1, 'visit'), (2, 'viewed'), (3, 'opened'), (4, 'intent'), (5, 'ordered')) AS s (place, step)
ORDER BY t.restaurant_id, t.local_date, s.place
