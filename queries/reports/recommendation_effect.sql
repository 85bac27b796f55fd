-- name: recommendation_effect
-- question: Do visits that may see recommendations go otherwise than those that see none?
-- grain: one row a restaurant, group ('shown' or 'holdout') and currency; from the first day on which it showed any to
--   the last
-- parameters: first_date date, last_date date
-- columns: restaurant_id, group, visits, ordering_visits, orders, revenue_minor, currency, views, opens, conversion_rate
-- reads: restaurants, visit_hours
-- rules: The groups are drawn by chance at a visit's beginning, so what they differ in beyond chance comes of the
--   recommendations: all visits that may see some count, whether or not they got that far. views and opens count visits
--   that saw one and that opened one.
WITH days AS (
  SELECT restaurant_id, min(local_date) AS first_shown_date, max(local_date) AS last_shown_date
  FROM visit_hours
  WHERE local_date BETWEEN :first_date AND :last_date AND recommendation_viewed > 0
  GROUP BY restaurant_id
),
sums AS (
  SELECT v.restaurant_id, v.holdout, v.currency,
    CAST(sum(v.visits) AS bigint) AS visits,
    CAST(sum(v.ordered) AS bigint) AS ordered,
    CAST(sum(v.orders) AS bigint) AS orders,
    CAST(sum(v.revenue_minor) AS bigint) AS revenue_minor,
    CAST(sum(v.recommendation_viewed) AS bigint) AS views,
    CAST(sum(v.recommendation_opened) AS bigint) AS opens
  FROM visit_hours AS v
  JOIN days AS d ON d.restaurant_id = v.restaurant_id
    AND v.local_date BETWEEN d.first_shown_date AND d.last_shown_date
  WHERE v.local_date BETWEEN :first_date AND :last_date
  GROUP BY v.restaurant_id, v.holdout, v.currency
),
-- A visit without money counts with its restaurant's own currency: the known one, else the first that guests paid in.
own AS (
  SELECT s.restaurant_id, coalesce(max(r.currency), min(s.currency)) AS currency
  FROM sums AS s
  LEFT JOIN restaurants AS r ON r.restaurant_id = s.restaurant_id
  GROUP BY s.restaurant_id
)
SELECT s.restaurant_id, CASE WHEN s.holdout = 1 THEN 'holdout' ELSE 'shown' END AS "group",
  CAST(sum(s.visits) AS bigint) AS visits,
  CAST(sum(s.ordered) AS bigint) AS ordering_visits,
  CAST(sum(s.orders) AS bigint) AS orders,
  CAST(sum(s.revenue_minor) AS bigint) AS revenue_minor,
  coalesce(s.currency, o.currency) AS currency,
  CAST(sum(s.views) AS bigint) AS views,
  CAST(sum(s.opens) AS bigint) AS opens,
  CAST(sum(s.ordered) AS double) / NULLIF(CAST(sum(s.visits) AS double), 0) AS conversion_rate
FROM sums AS s
JOIN own AS o ON o.restaurant_id = s.restaurant_id
GROUP BY s.restaurant_id, s.holdout, coalesce(s.currency, o.currency)
ORDER BY s.restaurant_id, s.holdout, currency
