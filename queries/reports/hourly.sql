-- name: hourly
-- question: How does each day run, hour by hour?
-- grain: one row a restaurant, local day and hour with visits; revenue in the restaurant's own currency
-- parameters: first_date date, last_date date
-- columns: restaurant_id, local_date, hour, visits, ordering_visits, orders, revenue_minor
-- reads: restaurants, visit_hours
WITH hours AS (
  SELECT restaurant_id, local_date, local_hour, currency,
    CAST(sum(visits) AS bigint) AS visits,
    CAST(sum(ordered) AS bigint) AS ordered,
    CAST(sum(orders) AS bigint) AS orders,
    CAST(sum(revenue_minor) AS bigint) AS revenue_minor
  FROM visit_hours
  WHERE local_date BETWEEN :first_date AND :last_date
  GROUP BY restaurant_id, local_date, local_hour, currency
),
-- The own currency: the known one, else the first that guests paid in.
own AS (
  SELECT s.restaurant_id, coalesce(max(r.currency), min(s.currency)) AS currency
  FROM hours AS s
  LEFT JOIN restaurants AS r ON r.restaurant_id = s.restaurant_id
  GROUP BY s.restaurant_id
)
SELECT h.restaurant_id, h.local_date, h.local_hour AS hour,
  CAST(sum(h.visits) AS bigint) AS visits,
  CAST(sum(h.ordered) AS bigint) AS ordering_visits,
  CAST(sum(h.orders) AS bigint) AS orders,
  CAST(sum(CASE WHEN h.currency IS NULL OR h.currency = o.currency THEN h.revenue_minor ELSE 0 END) AS bigint)
    AS revenue_minor
FROM hours AS h
JOIN own AS o ON o.restaurant_id = h.restaurant_id
GROUP BY h.restaurant_id, h.local_date, h.local_hour
ORDER BY h.restaurant_id, h.local_date, h.local_hour
