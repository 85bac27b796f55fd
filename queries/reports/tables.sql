-- name: tables
-- question: At which tables do guests order?
-- grain: one row a restaurant, table (NULL: opened without a table's code) and currency
-- parameters: first_date date, last_date date
-- columns: restaurant_id, table_id, visits, ordering_visits, orders, revenue_minor, currency, conversion_rate
-- reads: restaurants, visits
WITH seats AS (
  SELECT restaurant_id, table_id, currency, count(*) AS visits,
    CAST(sum(ordered) AS bigint) AS ordered,
    CAST(sum(orders) AS bigint) AS orders,
    CAST(sum(revenue_minor) AS bigint) AS revenue_minor
  FROM visits
  WHERE local_date BETWEEN :first_date AND :last_date
  GROUP BY restaurant_id, table_id, currency
),
-- A visit without money counts with its restaurant's own currency: the known one, else the first that guests paid in.
own AS (
  SELECT s.restaurant_id, coalesce(max(r.currency), min(s.currency)) AS currency
  FROM seats AS s
  LEFT JOIN restaurants AS r ON r.restaurant_id = s.restaurant_id
  GROUP BY s.restaurant_id
)
SELECT s.restaurant_id, s.table_id,
  CAST(sum(s.visits) AS bigint) AS visits,
  CAST(sum(s.ordered) AS bigint) AS ordering_visits,
  CAST(sum(s.orders) AS bigint) AS orders,
  CAST(sum(s.revenue_minor) AS bigint) AS revenue_minor,
  coalesce(s.currency, o.currency) AS currency,
  CAST(sum(s.ordered) AS double) / NULLIF(CAST(sum(s.visits) AS double), 0) AS conversion_rate
FROM seats AS s
JOIN own AS o ON o.restaurant_id = s.restaurant_id
GROUP BY s.restaurant_id, s.table_id, coalesce(s.currency, o.currency)
ORDER BY s.restaurant_id, s.table_id, currency
