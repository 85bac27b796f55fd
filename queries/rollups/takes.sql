-- name: takes
-- question: What did each guest take, and how much does it say about them?
-- grain: guest x offer that they took: an item that they opened or ordered, and its restaurant
-- parameters: first_date date, last_date date, most bigint optional, gamma double optional
-- columns: guest_id, offer, pool, house, degree, weight
-- reads: offers, visit_items
-- rules: Of a guest count the 100 (`most`) items they ordered most often, then came back to, then took last. degree is
--   how many offers of the pool the guest took, weight = 10^9 degree^-gamma as a whole number: its sums are the same in
--   whatever order they are added. gamma is .5, and 1 in a pool with a million pairs (the sum of degrees) or more.
WITH taken AS (
  SELECT guest_id, restaurant_id, item_id, CAST(sum(ordered) AS bigint) AS ordered, count(*) AS visits,
    max(local_date) AS last_date
  FROM visit_items
  WHERE local_date BETWEEN :first_date AND :last_date AND guest_id IS NOT NULL AND (opened = 1 OR ordered = 1)
  GROUP BY guest_id, restaurant_id, item_id
),
ranked AS (
  SELECT t.guest_id, o.offer, o.pool, o.house, row_number() OVER (
      PARTITION BY t.guest_id ORDER BY t.ordered DESC, t.visits DESC, t.last_date DESC, o.offer
    ) AS place
  FROM taken AS t
  JOIN offers AS o ON o.restaurant_id = t.restaurant_id AND o.item_id = t.item_id
),
strongest AS (
  SELECT guest_id, offer, pool, house FROM ranked WHERE place <= coalesce(:most, 100)
),
both AS (
  SELECT guest_id, offer, pool, house FROM strongest
  UNION ALL
  SELECT DISTINCT s.guest_id, o.offer, o.pool, o.house
  FROM strongest AS s
  JOIN offers AS o ON o.house = s.house AND o.item_id IS NULL
),
counted AS (
  SELECT guest_id, offer, pool, house, count(*) OVER (PARTITION BY guest_id, pool) AS degree FROM both
),
sized AS (
  SELECT guest_id, offer, pool, house, degree, CAST(sum(degree) OVER (PARTITION BY pool) AS bigint) AS pairs
  FROM counted
)
SELECT guest_id, offer, pool, house, degree,
  CAST(round(
    1000000000 * power(CAST(degree AS double), -coalesce(:gamma, CASE WHEN pairs < 1000000 THEN 0.5 ELSE 1.0 END))
  ) AS bigint) AS weight
FROM sized
