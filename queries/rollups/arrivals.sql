-- name: arrivals
-- question: How many events came in, and how many of them were a bot's or a preview's?
-- grain: dt x restaurant x quarter of an hour received (zones differ by whole quarters)
-- parameters: first_date date, last_date date
-- columns: dt, restaurant_id, quarter_at, received, bots, previews
-- reads: requests
WITH arrived AS (
  SELECT r.dt, r.request.restaurant_id AS restaurant_id,
    900000 * CAST(floor(CAST(r.received_at AS double) / 900000) AS bigint) AS quarter_at,
    coalesce(r.bot, false) AS bot, coalesce(r.request.variant, '') = 'preview' AS preview,
    cardinality(r.request.events) AS events
  FROM requests AS r
  WHERE r.dt BETWEEN :first_date AND :last_date
)
SELECT dt, restaurant_id, quarter_at,
  CAST(sum(events) AS bigint) AS received,
  CAST(sum(CASE WHEN bot THEN events ELSE 0 END) AS bigint) AS bots,
  CAST(sum(CASE WHEN preview AND NOT bot THEN events ELSE 0 END) AS bigint) AS previews
FROM arrived
GROUP BY dt, restaurant_id, quarter_at
