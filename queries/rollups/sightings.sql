-- name: sightings
-- question: Which visits does a partition of the lake hold events of, and when did those happen?
-- grain: dt x restaurant x visit x UTC day of the derived instant
-- parameters: first_date date, last_date date
-- columns: dt, restaurant_id, visit_id, utc_day, events, low_seqs, high_seqs, first_at, last_at
-- reads: events
-- rules: Only what can be kept: no bot's, no preview's, at most 3 days late by the guest's own clock. An event happened
--   at received_at - max(0, sent_at - at). The seqs are bitmaps (0 to 62, 63 to 125; all beyond share the last bit):
--   where fewer bits than events are set, some seq may be there twice.
WITH eligible AS (
  SELECT dt, restaurant_id, visit_id, seq,
    received_at - CASE WHEN sent_at > "at" THEN sent_at - "at" ELSE 0 END AS derived_at
  FROM events
  WHERE dt BETWEEN :first_date AND :last_date
    AND NOT coalesce(bot, false) AND coalesce(variant, '') <> 'preview' AND sent_at - "at" <= 259200000
)
SELECT dt, restaurant_id, visit_id, CAST(floor(CAST(derived_at AS double) / 86400000) AS bigint) AS utc_day,
  count(*) AS events,
  bitwise_or_agg(CASE WHEN seq < 63 THEN bitwise_left_shift(BIGINT '1', CAST(seq AS integer)) ELSE 0 END) AS low_seqs,
  bitwise_or_agg(CASE WHEN seq < 63 THEN 0 WHEN seq < 125 THEN bitwise_left_shift(BIGINT '1', CAST(seq - 63 AS integer))
                      ELSE 4611686018427387904 END) AS high_seqs,
  min(derived_at) AS first_at, max(derived_at) AS last_at
FROM eligible
GROUP BY dt, restaurant_id, visit_id, CAST(floor(CAST(derived_at AS double) / 86400000) AS bigint)
