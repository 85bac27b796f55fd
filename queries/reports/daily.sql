-- name: daily
-- question: How many visits, orders and how much money does each day bring?
-- grain: one row a restaurant, local day with visits, and currency (one, unless guests paid in several that day)
-- parameters: first_date date, last_date date
-- columns: restaurant_id, local_date, visits, orders, ordering_visits, revenue_minor, currency, conversion_rate
-- reads: restaurants, visit_hours
WITH days AS (
  SELECT restaurant_id, local_date, currency,
    CAST(sum(visits) AS bigint) AS visits,
    CAST(sum(orders) AS bigint) AS orders,
    CAST(sum(ordered) AS bigint) AS ordered,
    CAST(sum(revenue_minor) AS bigint) AS revenue_minor
  FROM visit_hours
  WHERE local_date BETWEEN :first_date AND :last_date
  GROUP BY restaurant_id, local_date, currency
),
-- A visit without money counts with its restaurant's own currency: the known one, else the first that guests paid in.
own AS (
  SELECT s.restaurant_id, coalesce(max(r.currency), min(s.currency)) AS currency
  FROM days AS s
  LEFT JOIN restaurants AS r ON r.restaurant_id = s.restaurant_id
  GROUP BY s.restaurant_id
)
SELECT d.restaurant_id, d.local_date,
  CAST(sum(d.visits) AS bigint) AS visits,
  CAST(sum(d.orders) AS bigint) AS orders,
  CAST(sum(d.ordered) AS bigint) AS ordering_visits,
  CAST(sum(d.revenue_minor) AS bigint) AS revenue_minor,
  coalesce(d.currency, o.currency) AS currency,
  CAST(sum(d.ordered) AS double) / NULLIF(CAST(sum(d.visits) AS double), 0) AS conversion_rate
FROM days AS d
JOIN own AS o ON o.restaurant_id = d.restaurant_id
GROUP BY d.restaurant_id, d.local_date, coalesce(d.currency, o.currency)
ORDER BY d.restaurant_id, d.local_date, currency
