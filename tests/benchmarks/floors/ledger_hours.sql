WITH came AS (
  SELECT restaurant_id, quarter, received, bots, previews, 0 AS kept, 0 AS copies, NULL AS newest_at FROM arrivals
  UNION ALL
  SELECT restaurant_id, quarter, 0, 0, 0, kept, copies, newest_at FROM receipts WHERE quarter IS NOT NULL
),
placed AS (
  SELECT came.*, (quarter * 900000 + offset_ms) // 3600000 AS local_hours
  FROM came LEFT JOIN restaurants AS r USING (restaurant_id)
  JOIN zones AS z USING (quarter) WHERE z.time_zone = coalesce(r.time_zone, 'UTC')
),
entries AS (
  SELECT restaurant_id, local_hours, received, bots, previews, kept, copies, 0 AS lost, newest_at FROM placed
  UNION ALL
  SELECT restaurant_id, day * 24 + local_hour, 0, 0, 0, 0, 0, lost, NULL FROM receipts WHERE quarter IS NULL
)
SELECT restaurant_id, DATE '1970-01-01' + (local_hours // 24)::INT AS local_date, local_hours % 24 AS local_hour,
  sum(received)::BIGINT AS received, sum(kept)::BIGINT AS kept, sum(copies)::BIGINT AS duplicates,
  (sum(received) - sum(kept) - sum(copies) - coalesce(sum(bots), 0) - coalesce(sum(previews), 0))::BIGINT AS late,
  coalesce(sum(bots), 0)::BIGINT AS bots, coalesce(sum(previews), 0)::BIGINT AS previews, sum(lost)::BIGINT AS lost,
  0::BIGINT AS rejected, max(newest_at) AS newest_at
FROM entries GROUP BY restaurant_id, local_hours
