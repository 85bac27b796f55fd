-- name: tables
-- question: At which tables do guests order?
-- grain: one row a restaurant, table (NULL: opened without a table's code) and currency
-- parameters: first_date date, last_date date
-- columns: restaurant_id, table_id, visits, ordering_visits, orders, revenue_minor, currency, conversion_rate
-- reads: restaurants, visits
WITH own AS (
  -- A visit without money counts with its restaurant's own currency: the known one, else the first that guests paid in.
  SELECT v.restaurant_id, coalesce(max(r.currency), min(v.currency)) AS currency
  FROM visits AS v
  LEFT JOIN restaurants AS r ON r.restaurant_id = v.restaurant_id
  WHERE v.local_date BETWEEN :first_date AND :last_date
  GROUP BY v.restaurant_id
)
SELECT v.restaurant_id, v.table_id,
  count(*) AS visits,
  CAST(sum(v.ordered) AS bigint) AS ordering_visits,
  CAST(sum(v.orders) AS bigint) AS orders,
  CAST(sum(v.revenue_minor) AS bigint) AS revenue_minor,
  coalesce(v.currency, o.currency) AS currency,
  CAST(sum(v.ordered) AS double) / NULLIF(CAST(count(*) AS double), 0) AS conversion_rate
FROM visits AS v
JOIN own AS o ON o.restaurant_id = v.restaurant_id
WHERE v.local_date BETWEEN :first_date AND :last_date
GROUP BY v.restaurant_id, v.table_id, coalesce(v.currency, o.currency)
ORDER BY v.restaurant_id, v.table_id, currency
