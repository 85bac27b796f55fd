-- name: restaurants
-- question: How do the restaurants compare?
-- grain: one row a restaurant, also without visits; revenue in its own currency (the known one, else the first paid in)
-- parameters: first_date date, last_date date
-- columns: restaurant_id, restaurant_name, area, currency, visits, skip_rate, conversion_rate, orders, revenue_minor,
--  dwell_ms
-- reads: item_hours, restaurants, visit_hours
WITH visited AS (
  SELECT restaurant_id, currency,
    CAST(sum(visits) AS bigint) AS visits,
    CAST(sum(ordered) AS bigint) AS ordered,
    CAST(sum(orders) AS bigint) AS orders,
    CAST(sum(revenue_minor) AS bigint) AS revenue_minor
  FROM visit_hours
  WHERE local_date BETWEEN :first_date AND :last_date
  GROUP BY restaurant_id, currency
),
looked AS (
  SELECT restaurant_id,
    CAST(sum(reached) AS bigint) AS reached,
    CAST(sum(skipped) AS bigint) AS skipped,
    CAST(sum(dwell_ms) AS bigint) AS dwell_ms
  FROM item_hours
  WHERE local_date BETWEEN :first_date AND :last_date
  GROUP BY restaurant_id
),
-- Known or visited, or both; `first_currency` is the first that guests paid in.
named AS (
  SELECT restaurant_id, max(restaurant_name) AS restaurant_name, max(area) AS area, max(currency) AS currency,
    min(first_currency) AS first_currency
  FROM (
    SELECT restaurant_id, restaurant_name, area, currency, CAST(NULL AS varchar) AS first_currency FROM restaurants
    UNION ALL
    SELECT restaurant_id, NULL, NULL, NULL, currency FROM visited
  ) AS sources
  GROUP BY restaurant_id
)
SELECT n.restaurant_id,
  coalesce(max(n.restaurant_name), n.restaurant_id) AS restaurant_name,
  max(n.area) AS area,
  max(coalesce(n.currency, n.first_currency)) AS currency,
  CAST(coalesce(sum(v.visits), 0) AS bigint) AS visits,
  CAST(max(l.skipped) AS double) / NULLIF(CAST(max(l.reached) AS double), 0) AS skip_rate,
  CAST(sum(v.ordered) AS double) / NULLIF(CAST(sum(v.visits) AS double), 0) AS conversion_rate,
  CAST(coalesce(sum(v.orders), 0) AS bigint) AS orders,
  CAST(
    coalesce(
      sum(
        CASE WHEN v.currency IS NULL OR v.currency = coalesce(n.currency, n.first_currency)
        THEN v.revenue_minor ELSE 0 END
      ), 0
    ) AS bigint
  ) AS revenue_minor,
  CAST(coalesce(max(l.dwell_ms), 0) AS bigint) AS dwell_ms
FROM named AS n
LEFT JOIN visited AS v ON v.restaurant_id = n.restaurant_id
LEFT JOIN looked AS l ON l.restaurant_id = n.restaurant_id
GROUP BY n.restaurant_id
ORDER BY n.restaurant_id
