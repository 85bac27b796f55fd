-- name: crossings
-- question: Which guests of one restaurant go to another, and for what?
-- grain: restaurant (item_id NULL) or item x the 10 (`keep`) restaurants, or items, elsewhere that score highest
-- parameters: last_date date, least bigint optional, keep bigint optional, favourites bigint optional,
--   bucket bigint optional, buckets bigint optional
-- columns: restaurant_id, local_date, from_restaurant_id, item_id, recommended_restaurant_id, recommended_item_id, rank,
--   score, guests, item_guests, recommended_guests, area_guests, pinned
-- reads: offers, recommendation_rules, takers, takes
-- rules: score = (c + h q) / ((r + h)^a q^b): c the sum of weights of the guests who took both, r the worth of what is
--   recommended for, q the share of what is recommended, h the prior, a and b the powers. Two are a pair if `least` (5)
--   guests or more took both; beside those stands what is popular nearby, taken by as many, where three restaurants of
--   the area have such (guests = 0: nothing is known of the two together). Of that the first 7 (`favourites`) stand on
--   every list. Behind them the others take turns, two to a list, so that each stands on some: in its turn one counts as
--   the last of the favourites does. The lists of the best known eighth, which most guests read, are left alone. Another
--   restaurant, the same area, not the same dish, and the restaurants' rules come before the cut: what is hidden stands
--   nowhere, what is silent gets none, what is blocked for a restaurant not there, and what is pinned for it comes first
--   of what is recommended for all of it, in the pins' order, from whatever area, with the item that the pin names. These
--   counts are of two restaurants, so they are no restaurant's: restaurant_id is NULL, and only who may see all
--   restaurants sees them. Buckets are parts of what is recommended for.
WITH pairs AS (
  SELECT a.offer, b.offer AS other, count(*) AS guests, CAST(sum(a.weight) AS bigint) AS weight
  FROM takes AS a
  JOIN takes AS b ON b.guest_id = a.guest_id AND b.pool = a.pool AND b.house <> a.house
  WHERE mod(a.offer, coalesce(:buckets, 1)) = coalesce(:bucket, 0)
  GROUP BY a.offer, b.offer
  HAVING count(*) >= coalesce(:least, 5)
),
blocked AS (
  SELECT DISTINCT o.house, p.offer
  FROM recommendation_rules AS r
  JOIN offers AS o ON o.restaurant_id = r.restaurant_id AND o.item_id IS NULL
  JOIN offers AS p ON p.restaurant_id = r.recommended_restaurant_id
    AND (r.recommended_item_id IS NULL OR p.item_id = r.recommended_item_id)
  WHERE r.rule = 'block'
),
blocks AS (
  SELECT house, count(*) AS offers FROM blocked GROUP BY house
),
-- A pin of an item stands with the restaurant that has it.
pins AS (
  SELECT o.offer, p.offer AS other, r.recommended_item_id AS item_id, coalesce(min(r.place), 0) AS place
  FROM recommendation_rules AS r
  JOIN offers AS o ON o.restaurant_id = r.restaurant_id AND o.item_id IS NULL
  JOIN offers AS p ON p.restaurant_id = r.recommended_restaurant_id AND p.item_id IS NULL AND p.house <> o.house
  JOIN offers AS d ON d.house = p.house AND coalesce(d.item_id, '') = coalesce(r.recommended_item_id, '')
  LEFT JOIN blocked AS b ON b.house = o.house AND b.offer = d.offer
  WHERE r.rule = 'pin' AND b.offer IS NULL AND mod(o.offer, coalesce(:buckets, 1)) = coalesce(:bucket, 0)
  GROUP BY o.offer, p.offer, r.recommended_item_id
),
-- Enough of each pool for whatever another restaurant's item, another dish, or what is blocked, leaves out.
favourites AS (
  SELECT t.offer, t.pool, t.house, t.share,
    row_number() OVER (PARTITION BY t.pool, t.house ORDER BY t.share DESC, t.offer) AS of_house,
    row_number() OVER (PARTITION BY t.pool, coalesce(o.dish, o.restaurant_id) ORDER BY t.share DESC, t.offer) AS of_dish
  FROM takers AS t
  JOIN offers AS o ON o.offer = t.offer
  WHERE t.guests >= coalesce(:least, 5) AND NOT o.hidden
),
wide AS (
  SELECT pool FROM favourites GROUP BY pool HAVING count(DISTINCT house) >= 3
),
popular AS (
  SELECT f.offer, f.pool, f.house, f.share, row_number() OVER (PARTITION BY f.pool ORDER BY f.share DESC, f.offer) AS place
  FROM favourites AS f
  JOIN wide AS w ON w.pool = f.pool
  WHERE f.of_house <= coalesce(:keep, 10) AND f.of_dish <= coalesce(:keep, 10)
),
others AS (
  SELECT offer, pool, house, row_number() OVER (PARTITION BY pool ORDER BY offer) - 1 AS nth,
    count(*) OVER (PARTITION BY pool) AS in_all
  FROM popular
  WHERE place > coalesce(:favourites, 7)
),
lists AS (
  SELECT offer, pool, house, row_number() OVER (PARTITION BY pool ORDER BY offer) AS nth
  FROM (
    SELECT offer, pool, house, row_number() OVER (PARTITION BY pool ORDER BY share DESC, offer) AS place,
      count(*) OVER (PARTITION BY pool) AS in_all
    FROM takers
  ) AS placed
  WHERE 8 * place > in_all
),
turns AS (
  SELECT l.offer, l.pool, l.house, mod(2 * l.nth + t.turn, s.in_all) AS nth
  FROM lists AS l
  JOIN (SELECT DISTINCT pool, in_all FROM others) AS s ON s.pool = l.pool
  CROSS JOIN (SELECT 0 AS turn UNION ALL SELECT 1) AS t
  WHERE mod(l.offer, coalesce(:buckets, 1)) = coalesce(:bucket, 0)
),
candidates AS (
  SELECT offer, other, guests, weight, 0 AS in_turn FROM pairs
  UNION ALL
  SELECT t.offer, o.offer, 0, 0, 1
  FROM turns AS t
  JOIN others AS o ON o.pool = t.pool AND o.nth = t.nth AND o.house <> t.house
  UNION ALL
  SELECT o.offer, p.offer, 0, 0, 0
  FROM offers AS o
  JOIN popular AS p ON p.pool = o.pool AND p.house <> o.house
  LEFT JOIN blocks AS b ON b.house = o.house
  WHERE p.place <= 3 * coalesce(:keep, 10) + coalesce(b.offers, 0)
    AND mod(o.offer, coalesce(:buckets, 1)) = coalesce(:bucket, 0)
  UNION ALL
  SELECT offer, other, 0, 0, 0 FROM pins
),
known AS (
  SELECT offer, other, CAST(sum(guests) AS bigint) AS guests, CAST(sum(weight) AS bigint) AS weight,
    max(in_turn) AS in_turn
  FROM candidates
  GROUP BY offer, other
),
shared AS (
  SELECT k.offer, k.other, k.guests, k.weight, b.guests AS recommended_guests, b.pool_guests AS area_guests, b.prior,
    b.share_power, CASE WHEN k.in_turn = 1 AND k.guests = 0 AND p.share > b.share THEN p.share ELSE b.share END AS share
  FROM known AS k
  JOIN takers AS b ON b.offer = k.other
  LEFT JOIN popular AS p ON p.pool = b.pool AND p.place = coalesce(:favourites, 7)
),
scored AS (
  SELECT s.offer, s.other, s.guests, a.guests AS item_guests, s.recommended_guests, s.area_guests,
    CAST(round(CAST(s.weight + 1000000000 * s.prior * s.share AS double) / NULLIF(
      power(CAST(a.worth AS double) / 1000000000 + a.prior, a.source_power) * power(s.share, s.share_power), 0
    )) AS double) / 1000000000 AS score
  FROM shared AS s
  JOIN takers AS a ON a.offer = s.offer
),
ranked AS (
  SELECT o.restaurant_id AS from_restaurant_id, o.item_id, p.restaurant_id AS recommended_restaurant_id,
    coalesce(p.item_id, f.item_id) AS recommended_item_id, coalesce(s.score, 0) AS score, s.guests, s.item_guests,
    s.recommended_guests, s.area_guests, f.offer IS NOT NULL AS pinned,
    row_number() OVER (
      PARTITION BY s.offer ORDER BY f.offer IS NOT NULL DESC, f.place, coalesce(s.score, 0) DESC, s.other, f.item_id
    ) AS rank
  FROM scored AS s
  JOIN offers AS o ON o.offer = s.offer
  JOIN offers AS p ON p.offer = s.other
  LEFT JOIN pins AS f ON f.offer = s.offer AND f.other = s.other
  LEFT JOIN blocked AS b ON b.house = o.house AND b.offer = s.other
  WHERE (o.dish IS NULL OR o.dish <> p.dish) AND NOT o.silent AND NOT p.hidden AND b.offer IS NULL
)
SELECT CAST(NULL AS varchar) AS restaurant_id, :last_date AS local_date, from_restaurant_id, item_id,
  recommended_restaurant_id, recommended_item_id, rank, score, guests, item_guests, recommended_guests, area_guests,
  pinned
FROM ranked
WHERE rank <= coalesce(:keep, 10)
