-- name: takers
-- question: How many guests took each offer, and how does the score weigh that?
-- grain: offer, whether or not anybody took it
-- parameters: least bigint optional, prior double optional, source_power double optional, share_power double optional
-- columns: offer, pool, house, guests, pool_guests, worth, share, prior, source_power, share_power
-- reads: offers, takes
-- rules: worth is the sum of weight x degree, in 10^-9. share is that of the pool's guests who took the offer, by a
--   rounded count: the middle of the step that the count lies on (steps are `least` guests wide, wider for more), so
--   that not even the order of what it scores tells one restaurant how many took another's. Without a guest it is 0.
--   Few pairs call for a strong prior (30; powers 1 and .3), a million of them for a weak one (1; powers 1 and .1).
WITH counted AS (
  SELECT offer, count(*) AS guests, CAST(sum(weight * degree) AS bigint) AS worth FROM takes GROUP BY offer
),
pools AS (
  SELECT pool, count(DISTINCT guest_id) AS guests, CAST(sum(degree) AS bigint) AS pairs FROM takes GROUP BY pool
),
stepped AS (
  SELECT o.offer, o.pool, o.house, coalesce(c.guests, 0) AS guests, coalesce(p.guests, 0) AS pool_guests,
    coalesce(c.worth, 0) AS worth, coalesce(p.pairs, 0) AS pairs, coalesce(:least, 5) * CASE
      WHEN c.guests < 20 * coalesce(:least, 5) THEN 1
      WHEN c.guests < 40 * coalesce(:least, 5) THEN 2
      WHEN c.guests < 100 * coalesce(:least, 5) THEN 5
      WHEN c.guests < 200 * coalesce(:least, 5) THEN 10
      WHEN c.guests < 400 * coalesce(:least, 5) THEN 20
      WHEN c.guests < 1000 * coalesce(:least, 5) THEN 50
      ELSE 100
    END AS step
  FROM offers AS o
  LEFT JOIN counted AS c ON c.offer = o.offer
  LEFT JOIN pools AS p ON p.pool = o.pool
)
SELECT offer, pool, house, guests, pool_guests, worth,
  CASE WHEN guests = 0 THEN 0 ELSE
    CAST(2 * (guests - mod(guests, step)) + step - 1 AS double) / NULLIF(CAST(2 * pool_guests AS double), 0)
  END AS share,
  coalesce(:prior, CASE WHEN pairs < 1000000 THEN 30.0 ELSE 1.0 END) AS prior,
  coalesce(:source_power, 1.0) AS source_power,
  coalesce(:share_power, CASE WHEN pairs < 1000000 THEN 0.3 ELSE 0.1 END) AS share_power
FROM stepped
