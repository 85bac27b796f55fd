-- name: daily
-- question: How many visits, orders and how much money does each day bring?
-- grain: one row a restaurant, local day with visits, and currency (one, unless guests paid in several that day)
-- parameters: first_date date, last_date date
-- columns: restaurant_id, local_date, visits, orders, ordering_visits, revenue_minor, currency, conversion_rate
-- reads: restaurants, visit_hours
WITH own AS (
  -- A visit without money counts with its restaurant's own currency: the known one, else the first that guests paid in.
  SELECT v.restaurant_id, coalesce(max(r.currency), min(v.currency)) AS currency
  FROM visit_hours AS v
  LEFT JOIN restaurants AS r ON r.restaurant_id = v.restaurant_id
  WHERE v.local_date BETWEEN :first_date AND :last_date
  GROUP BY v.restaurant_id
)
SELECT v.restaurant_id, v.local_date,
  CAST(sum(v.visits) AS bigint) AS visits,
  CAST(sum(v.orders) AS bigint) AS orders,
  CAST(sum(v.ordered) AS bigint) AS ordering_visits,
  CAST(sum(v.revenue_minor) AS bigint) AS revenue_minor,
  coalesce(v.currency, o.currency) AS currency,
  CAST(sum(v.ordered) AS double) / NULLIF(CAST(sum(v.visits) AS double), 0) AS conversion_rate
FROM visit_hours AS v
JOIN own AS o ON o.restaurant_id = v.restaurant_id
WHERE v.local_date BETWEEN :first_date AND :last_date
GROUP BY v.restaurant_id, v.local_date, coalesce(v.currency, o.currency)
ORDER BY v.restaurant_id, v.local_date, currency
