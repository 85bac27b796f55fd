-- Once over the lake: which visits begin when. Everything by numbers: a visit is the hash of its two ids, local time is
-- an offset from a table of quarters of an hour, repeated seqs show as fewer bits than events.
CREATE TEMP TABLE zones AS
SELECT time_zone, quarter, epoch_ms(timezone(time_zone, to_timestamp(quarter * 900))) - quarter * 900000 AS offset_ms
FROM (SELECT DISTINCT coalesce(time_zone, 'UTC') AS time_zone FROM restaurants UNION SELECT 'UTC'),
  (SELECT unnest(range(min(received_at) // 900000 - 500, max(received_at) // 900000 + 500)) AS quarter FROM requests);

CREATE TEMP TABLE arrivals AS
SELECT dt, request.restaurant_id AS restaurant_id, received_at // 900000 AS quarter, sum(len(request.events)) AS received,
  sum(len(request.events)) FILTER (bot) AS bots,
  sum(len(request.events)) FILTER (NOT bot AND request.variant = 'preview') AS previews
FROM requests
GROUP BY ALL;

CREATE TEMP TABLE houses AS
SELECT v, any_value(restaurant_id) AS restaurant_id
FROM (SELECT hash(request.restaurant_id, request.visit_id) AS v, request.restaurant_id AS restaurant_id FROM requests)
GROUP BY v;

CREATE TEMP TABLE sightings AS
SELECT dt, v, d // 86400000 AS utc_day, count(*) AS n, bit_or(1::HUGEINT << least(seq, 126)) AS bits,
  min(d) AS first_at, max(d) AS last_at
FROM (
  SELECT dt, v, e.seq, received_at - CASE WHEN sent_at > e."at" THEN sent_at - e."at" ELSE 0 END AS d
  FROM (
    SELECT dt, hash(request.restaurant_id, request.visit_id) AS v, received_at, request.sent_at AS sent_at,
      unnest(request.events) AS e
    FROM requests
    WHERE NOT bot AND request.variant IS DISTINCT FROM 'preview'
  )
  WHERE sent_at - e."at" <= 259200000
)
GROUP BY ALL;

CREATE TEMP TABLE beginnings AS
WITH short AS (
  SELECT v, min(first_at) AS first_at, max(last_at) AS last_at, sum(n) AS n, bit_or(bits) AS bits
  FROM sightings GROUP BY v HAVING max(last_at) - min(first_at) <= 86400000
),
long AS (
  SELECT v, utc_day, sum(n) AS n, bit_or(bits) AS bits, min(first_at) AS first_at, max(last_at) AS last_at
  FROM sightings ANTI JOIN short USING (v) GROUP BY v, utc_day
),
near AS (
  SELECT *, first_at - lag(last_at) OVER w AS away, lead(utc_day) OVER w = utc_day + 1 AS next,
    lead(n) OVER w AS next_n, lead(bits) OVER w AS next_bits, lead(last_at) OVER w AS next_last_at
  FROM long WINDOW w AS (PARTITION BY v ORDER BY utc_day)
),
all_of AS (
  FROM short
  UNION ALL
  SELECT v, first_at, CASE WHEN next THEN next_last_at ELSE last_at END, n + CASE WHEN next THEN next_n ELSE 0 END,
    bits | CASE WHEN next THEN next_bits ELSE 0 END
  FROM near WHERE away IS NULL OR away > 259200000
)
SELECT v, restaurant_id, a.time_zone, currency, first_at,
  n <> bit_count(bits) AS tangled, (first_at + a.offset_ms) // 86400000 AS local_day,
  (least(last_at, first_at + 86400000) + b.offset_ms) // 86400000 AS last_local_day
FROM all_of JOIN houses USING (v) LEFT JOIN restaurants USING (restaurant_id)
JOIN zones AS a ON a.time_zone = coalesce(restaurants.time_zone, 'UTC') AND a.quarter = first_at // 900000
JOIN zones AS b ON b.time_zone = coalesce(restaurants.time_zone, 'UTC')
  AND b.quarter = least(last_at, first_at + 86400000) // 900000;
