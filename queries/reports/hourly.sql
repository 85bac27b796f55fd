-- name: hourly
-- question: How does each day run, hour by hour?
-- grain: one row a restaurant, local day and hour with visits; revenue in the restaurant's own currency
-- parameters: first_date date, last_date date
-- columns: restaurant_id, local_date, hour, visits, ordering_visits, orders, revenue_minor
-- reads: restaurants, visit_hours
WITH own AS (
  SELECT v.restaurant_id, coalesce(max(r.currency), min(v.currency)) AS currency
  FROM visit_hours AS v
  LEFT JOIN restaurants AS r ON r.restaurant_id = v.restaurant_id
  WHERE v.local_date BETWEEN :first_date AND :last_date
  GROUP BY v.restaurant_id
)
SELECT v.restaurant_id, v.local_date, v.local_hour AS hour,
  CAST(sum(v.visits) AS bigint) AS visits,
  CAST(sum(v.ordered) AS bigint) AS ordering_visits,
  CAST(sum(v.orders) AS bigint) AS orders,
  CAST(
    sum(CASE WHEN coalesce(v.currency, o.currency) IS NOT DISTINCT FROM o.currency THEN v.revenue_minor ELSE 0 END)
    AS bigint
  ) AS revenue_minor
FROM visit_hours AS v
JOIN own AS o ON o.restaurant_id = v.restaurant_id
WHERE v.local_date BETWEEN :first_date AND :last_date
GROUP BY v.restaurant_id, v.local_date, v.local_hour
ORDER BY v.restaurant_id, v.local_date, v.local_hour
