-- name: busy_hours
-- question: At which hours of the week do guests come and order?
-- grain: one row a restaurant, weekday (1 = Monday) and local hour with visits
-- parameters: first_date date, last_date date
-- columns: restaurant_id, weekday, hour, visits, orders
-- reads: visit_hours
SELECT restaurant_id, day_of_week(local_date) AS weekday, local_hour AS hour,
  CAST(sum(visits) AS bigint) AS visits,
  CAST(sum(orders) AS bigint) AS orders
FROM visit_hours
WHERE local_date BETWEEN :first_date AND :last_date
GROUP BY restaurant_id, day_of_week(local_date), local_hour
ORDER BY restaurant_id, weekday, hour
