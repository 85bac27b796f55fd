-- name: beginnings
-- question: Which visits may begin in these local days?
-- grain: visit (restaurant x visit_id x first sight)
-- parameters: first_date date, last_date date
-- columns: visit, restaurant_id, visit_id, first_at, last_at, events, low_seqs, high_seqs, tangled, local_date,
--   last_local_date
-- reads: sightings, restaurants
-- rules: A visit id is first seen where it wasn't seen in the 3 days before; what it does after 24 hours is late, until
--   it has stayed away for more than 3 days and begins anew. A tangled visit may hold copies of an event: which of them
--   are kept, and so when it began, is not known yet, so one seen first on the day before may still begin in these
--   days. Bounds: 14 hours of zones, a day for the tangled, 3 days to look back, 24 hours of visit, 3 days of delay,
--   and a partition on each side for a dt that isn't exact.
WITH days AS (
  SELECT restaurant_id, visit_id, utc_day, CAST(sum(events) AS bigint) AS events,
    bitwise_or_agg(low_seqs) AS low_seqs, bitwise_or_agg(high_seqs) AS high_seqs,
    min(first_at) AS first_at, max(last_at) AS last_at
  FROM sightings
  WHERE dt BETWEEN date_add('day', -6, :first_date) AND date_add('day', 6, :last_date)
    AND utc_day BETWEEN date_diff('day', DATE '1970-01-01', :first_date) - 5
                    AND date_diff('day', DATE '1970-01-01', :last_date) + 2
  GROUP BY restaurant_id, visit_id, utc_day
),
neighbours AS (
  SELECT restaurant_id, visit_id, utc_day, events, low_seqs, high_seqs, first_at, last_at,
    lag(last_at) OVER visit_days AS before_at,
    lead(utc_day) OVER visit_days AS next_utc_day, lead(events) OVER visit_days AS next_events,
    lead(low_seqs) OVER visit_days AS next_low_seqs, lead(high_seqs) OVER visit_days AS next_high_seqs,
    lead(last_at) OVER visit_days AS next_last_at
  FROM days
  WINDOW visit_days AS (PARTITION BY restaurant_id, visit_id ORDER BY utc_day)
),
firsts AS (
  SELECT restaurant_id, visit_id, first_at,
    CASE WHEN next_utc_day = utc_day + 1 THEN next_last_at ELSE last_at END AS last_at,
    events + CASE WHEN next_utc_day = utc_day + 1 THEN next_events ELSE 0 END AS events,
    CASE WHEN next_utc_day = utc_day + 1 THEN bitwise_or(low_seqs, next_low_seqs) ELSE low_seqs END AS low_seqs,
    CASE WHEN next_utc_day = utc_day + 1 THEN bitwise_or(high_seqs, next_high_seqs) ELSE high_seqs END AS high_seqs
  FROM neighbours
  WHERE (before_at IS NULL OR first_at - before_at > 259200000)
    AND utc_day BETWEEN date_diff('day', DATE '1970-01-01', :first_date) - 2
                    AND date_diff('day', DATE '1970-01-01', :last_date) + 1
),
placed AS (
  SELECT f.restaurant_id, f.visit_id, f.first_at, f.last_at, f.events, f.low_seqs, f.high_seqs,
    f.events <> bit_count(f.low_seqs, 64) + bit_count(f.high_seqs, 64) AS tangled,
    CAST(at_timezone(from_unixtime(CAST(f.first_at AS double) / 1000), coalesce(r.time_zone, 'UTC')) AS date)
      AS local_date,
    CAST(at_timezone(from_unixtime(CAST(
      CASE WHEN f.last_at > f.first_at + 86400000 THEN f.first_at + 86400000 ELSE f.last_at END
      AS double) / 1000), coalesce(r.time_zone, 'UTC')) AS date) AS last_local_date
  FROM firsts AS f LEFT JOIN restaurants AS r ON r.restaurant_id = f.restaurant_id
)
SELECT row_number() OVER (ORDER BY restaurant_id, visit_id, first_at) AS visit,
  restaurant_id, visit_id, first_at, last_at, events, low_seqs, high_seqs, tangled, local_date, last_local_date
FROM placed
WHERE local_date BETWEEN :first_date AND :last_date
  OR (tangled AND local_date < :first_date AND last_local_date >= :first_date)
