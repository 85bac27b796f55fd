-- name: receipts
-- question: When did the events of these days' visits come in, and how many of them were copies?
-- grain: local date of the visits x restaurant x quarter of an hour received
-- columns: local_date, restaurant_id, quarter_at, kept, duplicates, newest_at
-- reads: kept_events, beginnings, visits
WITH quarters AS (
  SELECT visit, 900000 * CAST(floor(CAST(received_at AS double) / 900000) AS bigint) AS quarter_at,
    count(CASE WHEN copy = 1 THEN 1 END) AS kept, count(CASE WHEN copy > 1 THEN 1 END) AS duplicates,
    max(CASE WHEN copy = 1 THEN moment END) AS moment
  FROM kept_events
  GROUP BY visit, 900000 * CAST(floor(CAST(received_at AS double) / 900000) AS bigint)
)
SELECT v.local_date, v.restaurant_id, q.quarter_at, CAST(sum(q.kept) AS bigint) AS kept,
  CAST(sum(q.duplicates) AS bigint) AS duplicates,
  max(b.first_at + bitwise_right_shift(q.moment, 36)) AS newest_at
FROM quarters AS q
JOIN beginnings AS b ON b.visit = q.visit
JOIN visits AS v ON v.restaurant_id = b.restaurant_id AND v.visit_id = b.visit_id
  AND v.began_at BETWEEN b.first_at AND b.first_at + 86400000
GROUP BY v.local_date, v.restaurant_id, q.quarter_at
