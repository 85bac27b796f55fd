-- name: item_pairs
-- question: What goes well with each item of the same menu?
-- grain: item x the 10 (`keep`) items of the same menu that score highest
-- parameters: last_date date, least bigint optional, keep bigint optional
-- columns: restaurant_id, local_date, item_id, item_name, other_item_id, other_item_name, rank, score, support,
--   item_guests, other_guests, restaurant_guests, attach_rate, lift, reason
-- reads: offers, takers, takes
-- rules: The score is that of crossings with the restaurant for an area: q is the share of its own guests who took the
--   other. attach_rate is the share of the item's guests who took the other too, lift that over q. Fewer than `least`
--   (5) guests behind a pair are none: then the menu's own favourites stand there, support NULL, as "Popular here".
WITH pairs AS (
  SELECT a.offer, b.offer AS other, count(*) AS guests, CAST(sum(a.weight) AS bigint) AS weight
  FROM takes AS a
  JOIN takes AS b ON b.guest_id = a.guest_id AND b.pool = a.pool AND b.house = a.house AND b.offer <> a.offer
  GROUP BY a.offer, b.offer
  HAVING count(*) >= coalesce(:least, 5)
),
items AS (
  SELECT o.offer, o.house, o.restaurant_id, o.item_id, o.item_name, o.dish, t.guests, t.worth, t.prior, t.source_power,
    t.share_power, h.guests AS house_guests, CAST(t.guests AS double) / NULLIF(CAST(h.guests AS double), 0) AS share
  FROM offers AS o
  JOIN takers AS t ON t.offer = o.offer
  JOIN offers AS r ON r.house = o.house AND r.item_id IS NULL
  JOIN takers AS h ON h.offer = r.offer
  WHERE o.item_id IS NOT NULL
),
joined AS (
  SELECT a.restaurant_id, a.offer, a.item_id, a.item_name, b.offer AS other, b.item_id AS other_item_id,
    b.item_name AS other_item_name, p.guests AS support, a.guests AS item_guests, b.guests AS other_guests,
    a.house_guests AS restaurant_guests, b.share,
    CAST(round(CAST(coalesce(p.weight, 0) + 1000000000 * b.prior * b.share AS double) / NULLIF(
      power(CAST(a.worth AS double) / 1000000000 + a.prior, a.source_power) * power(b.share, b.share_power), 0
    )) AS double) / 1000000000 AS score,
    CAST(p.guests AS double) / NULLIF(CAST(a.guests AS double), 0) AS attach_rate
  FROM items AS a
  JOIN items AS b ON b.house = a.house AND b.offer <> a.offer AND b.dish <> a.dish
  LEFT JOIN pairs AS p ON p.offer = a.offer AND p.other = b.offer
  WHERE b.guests >= coalesce(:least, 5)
),
ranked AS (
  SELECT restaurant_id, item_id, item_name, other_item_id, other_item_name, score, support, item_guests, other_guests,
    restaurant_guests, attach_rate, share, row_number() OVER (PARTITION BY offer ORDER BY score DESC, other) AS rank
  FROM joined
)
SELECT restaurant_id, :last_date AS local_date, item_id, item_name, other_item_id, other_item_name, rank, score, support,
  item_guests, other_guests, restaurant_guests, attach_rate, CAST(attach_rate AS double) / NULLIF(share, 0) AS lift,
  CASE
    WHEN support IS NULL THEN 'Popular here'
    ELSE CASE WHEN attach_rate < 0.075 THEN 'A few' WHEN attach_rate < 0.15 THEN 'About a tenth'
        WHEN attach_rate < 0.225 THEN 'About a fifth' WHEN attach_rate < 0.29 THEN 'About a quarter'
        WHEN attach_rate < 0.4 THEN 'About a third' WHEN attach_rate < 0.6 THEN 'About half'
        WHEN attach_rate < 0.7 THEN 'About two thirds' WHEN attach_rate < 0.85 THEN 'About three quarters'
        ELSE 'Most' END || ' of the guests who went for ' || item_name || ' also went for ' || other_item_name
  END AS reason
FROM ranked
WHERE rank <= coalesce(:keep, 10)
