-- name: recommendations
-- question: What else may a restaurant's guests like, elsewhere in its area, and why?
-- grain: restaurant (item_id NULL: for all of it) or item x restaurant or item elsewhere
-- parameters: least bigint optional
-- columns: restaurant_id, local_date, restaurant_name, item_id, item_name, recommended_restaurant_id,
--   recommended_restaurant_name, recommended_item_id, recommended_item_name, rank, score, support, share_rate, reason
-- reads: crossings, offers
-- rules: All that this says of another restaurant are the order, and how many guests took both rounded down to a step
--   (`least` wide, wider for more). support is that step's lower end, NULL for what is popular nearby; share_rate the
--   step's middle over the restaurant's own guests, so it says no more; score the order alone, from 1 downward. With a
--   whole restaurant stands its item that scores highest for any of this restaurant's.
WITH stepped AS (
  SELECT local_date, from_restaurant_id, item_id, recommended_restaurant_id, recommended_item_id, rank, guests,
    item_guests, pinned, coalesce(:least, 5) * CASE
      WHEN guests < 20 * coalesce(:least, 5) THEN 1
      WHEN guests < 40 * coalesce(:least, 5) THEN 2
      WHEN guests < 100 * coalesce(:least, 5) THEN 5
      WHEN guests < 200 * coalesce(:least, 5) THEN 10
      WHEN guests < 400 * coalesce(:least, 5) THEN 20
      WHEN guests < 1000 * coalesce(:least, 5) THEN 50
      ELSE 100
    END AS step
  FROM crossings
),
supported AS (
  SELECT local_date, from_restaurant_id, item_id, recommended_restaurant_id, recommended_item_id, rank, pinned,
    CASE WHEN guests > 0 THEN guests - mod(guests, step) END AS support,
    CASE WHEN guests > 0 THEN
      CAST(2 * (guests - mod(guests, step)) + step - 1 AS double) / NULLIF(CAST(2 * item_guests AS double), 0)
    END AS share
  FROM stepped
),
shares AS (
  SELECT local_date, from_restaurant_id, item_id, recommended_restaurant_id, recommended_item_id, rank, support,
    pinned, CASE WHEN share < 0.075 THEN 0.05 WHEN share < 0.15 THEN 0.1 WHEN share < 0.225 THEN 0.2 WHEN share < 0.29 THEN 0.25
      WHEN share < 0.4 THEN 0.33 WHEN share < 0.6 THEN 0.5 WHEN share < 0.7 THEN 0.67 WHEN share < 0.85 THEN 0.75
      WHEN share >= 0.85 THEN 0.9 END AS share_rate,
    CASE WHEN share < 0.075 THEN 'A few' WHEN share < 0.15 THEN 'About a tenth' WHEN share < 0.225 THEN 'About a fifth'
      WHEN share < 0.29 THEN 'About a quarter' WHEN share < 0.4 THEN 'About a third' WHEN share < 0.6 THEN 'About half'
      WHEN share < 0.7 THEN 'About two thirds' WHEN share < 0.85 THEN 'About three quarters' ELSE 'Most' END AS words
  FROM supported
),
best AS (
  SELECT from_restaurant_id, recommended_restaurant_id, recommended_item_id, row_number() OVER (
      PARTITION BY from_restaurant_id, recommended_restaurant_id ORDER BY score DESC, recommended_item_id, item_id
    ) AS place
  FROM crossings
  WHERE item_id IS NOT NULL
),
named AS (
  SELECT s.local_date, s.from_restaurant_id, o.restaurant_name, s.item_id, o.item_name, s.recommended_restaurant_id,
    p.restaurant_name AS recommended_restaurant_name, coalesce(s.recommended_item_id, b.recommended_item_id) AS dish_id,
    s.rank, s.support, s.share_rate, s.words, s.pinned
  FROM shares AS s
  JOIN offers AS o ON o.restaurant_id = s.from_restaurant_id AND coalesce(o.item_id, '') = coalesce(s.item_id, '')
  JOIN offers AS p ON p.restaurant_id = s.recommended_restaurant_id AND p.item_id IS NULL
  LEFT JOIN best AS b ON b.from_restaurant_id = s.from_restaurant_id
    AND b.recommended_restaurant_id = s.recommended_restaurant_id AND b.place = 1 AND s.item_id IS NULL
)
SELECT n.from_restaurant_id AS restaurant_id, n.local_date, n.restaurant_name, n.item_id, n.item_name,
  n.recommended_restaurant_id, n.recommended_restaurant_name, n.dish_id AS recommended_item_id,
  d.item_name AS recommended_item_name, n.rank,
  CAST(round(CAST(1000 AS double) / NULLIF(n.rank + 9, 0)) AS double) / 100 AS score,
  n.support, CAST(n.share_rate AS double) AS share_rate,
  CASE
    WHEN n.support IS NULL AND n.pinned THEN 'Pinned'
    WHEN n.support IS NULL THEN 'Popular nearby'
    WHEN n.item_id IS NULL THEN n.words || ' of the guests here also went to ' || n.recommended_restaurant_name
    ELSE n.words || ' of the guests who went for ' || n.item_name || ' here also went for ' || d.item_name || ' at '
      || n.recommended_restaurant_name
  END AS reason
FROM named AS n
LEFT JOIN offers AS d ON d.restaurant_id = n.recommended_restaurant_id AND d.item_id = n.dish_id
