-- name: ledger_hours
-- question: What became of every event that came in?
-- grain: restaurant x local date x hour received (lost: the hour when the visit began)
-- parameters: first_date date, last_date date
-- columns: restaurant_id, local_date, local_hour, received, kept, duplicates, late, bots, previews, lost, rejected,
--   newest_at
-- reads: arrivals, receipts, visits, rejects, restaurants
-- rules: late is what came in and is none of the others: more than 3 days late by the guest's own clock, or more than
--   24 hours after its visit began. A line refused before its restaurant was known stands under no restaurant, in UTC.
WITH hours AS (
  SELECT restaurant_id, quarter_at, received, 0 AS kept, 0 AS duplicates, bots, previews, 0 AS rejected,
    CAST(NULL AS bigint) AS newest_at
  FROM arrivals
  WHERE dt BETWEEN date_add('day', -2, :first_date) AND date_add('day', 2, :last_date)
  UNION ALL
  SELECT restaurant_id, quarter_at, 0, kept, duplicates, 0, 0, 0, newest_at
  FROM receipts
  WHERE local_date BETWEEN date_add('day', -6, :first_date) AND date_add('day', 2, :last_date)
  UNION ALL
  SELECT restaurant_id, 900000 * CAST(floor(CAST(received_at AS double) / 900000) AS bigint), 0, 0, 0, 0, 0, 1, NULL
  FROM rejects
  WHERE dt BETWEEN date_add('day', -2, :first_date) AND date_add('day', 2, :last_date)
),
quarters AS (
  SELECT restaurant_id, quarter_at, CAST(sum(received) AS bigint) AS received, CAST(sum(kept) AS bigint) AS kept,
    CAST(sum(duplicates) AS bigint) AS duplicates, CAST(sum(bots) AS bigint) AS bots,
    CAST(sum(previews) AS bigint) AS previews, CAST(sum(rejected) AS bigint) AS rejected, max(newest_at) AS newest_at
  FROM hours
  GROUP BY restaurant_id, quarter_at
),
local AS (
  SELECT q.restaurant_id, q.received, q.kept, q.duplicates, q.bots, q.previews, q.rejected, q.newest_at,
    at_timezone(from_unixtime(CAST(q.quarter_at AS double) / 1000), coalesce(r.time_zone, 'UTC')) AS local_at
  FROM quarters AS q LEFT JOIN restaurants AS r ON r.restaurant_id = q.restaurant_id
),
entries AS (
  SELECT restaurant_id, CAST(local_at AS date) AS local_date, hour(local_at) AS local_hour,
    received, kept, duplicates, bots, previews, 0 AS lost, rejected, newest_at
  FROM local
  UNION ALL
  SELECT restaurant_id, local_date, local_hour, 0, 0, 0, 0, 0, lost, 0, NULL FROM visits WHERE lost > 0
)
SELECT restaurant_id, local_date, local_hour,
  CAST(sum(received) AS bigint) AS received, CAST(sum(kept) AS bigint) AS kept,
  CAST(sum(duplicates) AS bigint) AS duplicates,
  CAST(sum(received - kept - duplicates - bots - previews) AS bigint) AS late,
  CAST(sum(bots) AS bigint) AS bots, CAST(sum(previews) AS bigint) AS previews, CAST(sum(lost) AS bigint) AS lost,
  CAST(sum(rejected) AS bigint) AS rejected, max(newest_at) AS newest_at
FROM entries
WHERE local_date BETWEEN :first_date AND :last_date
GROUP BY restaurant_id, local_date, local_hour
