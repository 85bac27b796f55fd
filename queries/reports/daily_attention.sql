-- name: daily_attention
-- question: How much of the menu is looked at and skipped from day to day?
-- grain: one row a restaurant and local day on which an item was reached; sums over items
-- parameters: first_date date, last_date date
-- columns: restaurant_id, local_date, reached, viewed, skipped, opened, dwell_ms, skip_rate
-- reads: item_hours
SELECT restaurant_id, local_date,
  CAST(sum(reached) AS bigint) AS reached,
  CAST(sum(viewed) AS bigint) AS viewed,
  CAST(sum(skipped) AS bigint) AS skipped,
  CAST(sum(opened) AS bigint) AS opened,
  CAST(sum(dwell_ms) AS bigint) AS dwell_ms,
  CAST(sum(skipped) AS double) / NULLIF(CAST(sum(reached) AS double), 0) AS skip_rate
FROM item_hours
WHERE local_date BETWEEN :first_date AND :last_date
GROUP BY restaurant_id, local_date
ORDER BY restaurant_id, local_date
