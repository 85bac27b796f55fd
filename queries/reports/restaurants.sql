-- name: restaurants
-- question: How do the restaurants compare?
-- grain: one row a restaurant, also without visits; revenue in its own currency (the known one, else the first paid in)
-- parameters: first_date date, last_date date
-- columns: restaurant_id, restaurant_name, area, currency, visits, skip_rate, conversion_rate, orders, revenue_minor,
--  dwell_ms
-- reads: item_hours, restaurants, visit_hours
WITH named AS (
  SELECT restaurant_id FROM restaurants
  UNION
  SELECT restaurant_id FROM visit_hours WHERE local_date BETWEEN :first_date AND :last_date
),
own AS (
  SELECT n.restaurant_id, coalesce(max(r.restaurant_name), n.restaurant_id) AS restaurant_name, max(r.area) AS area,
    coalesce(max(r.currency), min(v.currency)) AS currency
  FROM named AS n
  LEFT JOIN restaurants AS r ON r.restaurant_id = n.restaurant_id
  LEFT JOIN visit_hours AS v
    ON v.restaurant_id = n.restaurant_id AND v.local_date BETWEEN :first_date AND :last_date
  GROUP BY n.restaurant_id
),
visited AS (
  SELECT v.restaurant_id,
    CAST(sum(v.visits) AS bigint) AS visits,
    CAST(sum(v.ordered) AS bigint) AS ordered,
    CAST(sum(v.orders) AS bigint) AS orders,
    CAST(
      sum(CASE WHEN coalesce(v.currency, o.currency) IS NOT DISTINCT FROM o.currency THEN v.revenue_minor ELSE 0 END)
      AS bigint
    ) AS revenue_minor
  FROM visit_hours AS v
  JOIN own AS o ON o.restaurant_id = v.restaurant_id
  WHERE v.local_date BETWEEN :first_date AND :last_date
  GROUP BY v.restaurant_id
),
looked AS (
  SELECT restaurant_id,
    CAST(sum(reached) AS bigint) AS reached,
    CAST(sum(skipped) AS bigint) AS skipped,
    CAST(sum(dwell_ms) AS bigint) AS dwell_ms
  FROM item_hours
  WHERE local_date BETWEEN :first_date AND :last_date
  GROUP BY restaurant_id
)
SELECT o.restaurant_id, o.restaurant_name, o.area, o.currency,
  CAST(coalesce(v.visits, 0) AS bigint) AS visits,
  CAST(l.skipped AS double) / NULLIF(CAST(l.reached AS double), 0) AS skip_rate,
  CAST(v.ordered AS double) / NULLIF(CAST(v.visits AS double), 0) AS conversion_rate,
  CAST(coalesce(v.orders, 0) AS bigint) AS orders,
  CAST(coalesce(v.revenue_minor, 0) AS bigint) AS revenue_minor,
  CAST(coalesce(l.dwell_ms, 0) AS bigint) AS dwell_ms
FROM own AS o
LEFT JOIN visited AS v ON v.restaurant_id = o.restaurant_id
LEFT JOIN looked AS l ON l.restaurant_id = o.restaurant_id
ORDER BY o.restaurant_id
