-- name: visit_hours
-- question: How many visits were there, and how far did they get, hour by hour?
-- grain: restaurant x menu_version x currency x holdout or not x local date x hour when the visit began
-- parameters: first_date date, last_date date
-- columns: restaurant_id, menu_version, local_date, local_hour, currency, holdout, visits, viewed, opened, intents,
--   ordered, orders, lines, quantity, revenue_minor, dwell_ms, recommendation_viewed, recommendation_opened
-- reads: visits
-- rules: viewed, opened, intents and ordered count the visits that took that step or any later one.
SELECT restaurant_id, menu_version, local_date, local_hour, currency, holdout, count(*) AS visits,
  count(CASE WHEN viewed = 1 OR opened = 1 OR intent = 1 OR ordered = 1 THEN 1 END) AS viewed,
  count(CASE WHEN opened = 1 OR intent = 1 OR ordered = 1 THEN 1 END) AS opened,
  count(CASE WHEN intent = 1 OR ordered = 1 THEN 1 END) AS intents,
  CAST(sum(ordered) AS bigint) AS ordered, CAST(sum(orders) AS bigint) AS orders,
  CAST(sum(lines) AS bigint) AS lines, CAST(sum(quantity) AS bigint) AS quantity,
  CAST(sum(revenue_minor) AS bigint) AS revenue_minor, CAST(sum(dwell_ms) AS bigint) AS dwell_ms,
  CAST(sum(recommendation_viewed) AS bigint) AS recommendation_viewed,
  CAST(sum(recommendation_opened) AS bigint) AS recommendation_opened
FROM visits
WHERE local_date BETWEEN :first_date AND :last_date
GROUP BY restaurant_id, menu_version, local_date, local_hour, currency, holdout
