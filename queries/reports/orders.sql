-- name: orders
-- question: What do the orders of each day hold?
-- grain: one row a restaurant, local day with orders, and currency (one, unless guests paid in several that day)
-- parameters: first_date date, last_date date
-- columns: restaurant_id, local_date, currency, orders, lines, quantity, revenue_minor
-- reads: restaurants, visit_hours
SELECT v.restaurant_id, v.local_date,
  coalesce(v.currency, r.currency) AS currency,
  CAST(sum(v.orders) AS bigint) AS orders,
  CAST(sum(v.lines) AS bigint) AS lines,
  CAST(sum(v.quantity) AS bigint) AS quantity,
  CAST(sum(v.revenue_minor) AS bigint) AS revenue_minor
FROM visit_hours AS v
LEFT JOIN restaurants AS r ON r.restaurant_id = v.restaurant_id
WHERE v.local_date BETWEEN :first_date AND :last_date
GROUP BY v.restaurant_id, v.local_date, coalesce(v.currency, r.currency)
HAVING max(v.orders) > 0
ORDER BY v.restaurant_id, v.local_date, currency
