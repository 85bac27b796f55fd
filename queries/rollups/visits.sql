-- name: visits
-- question: Which visits began, from where, and what came of each?
-- grain: visit, under the local date and hour when it began
-- parameters: first_date date, last_date date
-- columns: restaurant_id, visit_id, menu_version, guest_id, source_restaurant_id, table_id, locale, viewport_width,
--   began_at, local_date, local_hour, viewed, opened, intent, ordered, orders, lines, quantity, revenue_minor,
--   currency, dwell_ms, lost, holdout, recommendation_viewed, recommendation_opened
-- reads: beginnings, kept_events, requests, restaurants
-- rules: A visit begins with its first kept event, which also says its menu version, table, language and the rest: they
--   are those of the request that brought it. Two requests of one visit that were sent and received in the same
--   millisecond count as one: the least of what they say. A visit has one currency, the least that its order lines name,
--   else its restaurant's; lines in another one bring it no money. lost = highest seq + 1 - seqs kept, at most 10,000 a
--   visit: a seq is the guest's word. A holdout is a visit that was drawn to be shown no recommendations.
WITH sums AS (
  SELECT visit, min(moment) AS moment, min_by(received_at, moment) AS received_at, min_by(sent_at, moment) AS sent_at,
    max(seq) + 1 - count(*) AS lost, CAST(bitwise_or_agg(steps) AS bigint) AS steps, count(order_id) AS lines,
    CAST(coalesce(sum(quantity), 0) AS bigint) AS quantity, min(currency) AS currency
  FROM kept_events
  WHERE copy = 1
  GROUP BY visit
),
money AS (
  SELECT k.visit, CAST(sum(k.revenue_minor) AS bigint) AS revenue_minor
  FROM kept_events AS k JOIN sums AS s ON s.visit = k.visit
  WHERE k.copy = 1 AND k.revenue_minor IS NOT NULL AND (k.currency IS NULL OR k.currency = s.currency)
  GROUP BY k.visit
),
orders AS (
  SELECT visit, count(DISTINCT order_id) AS orders FROM kept_events WHERE copy = 1 AND order_id IS NOT NULL GROUP BY visit
),
item_dwells AS (
  SELECT visit, item_id, CAST(sum(dwell_ms) AS bigint) AS dwell_ms
  FROM kept_events
  WHERE copy = 1 AND dwell_ms IS NOT NULL AND item_id IS NOT NULL
  GROUP BY visit, item_id
),
dwells AS (
  SELECT visit, CAST(sum(CASE WHEN dwell_ms > 120000 THEN 120000 ELSE dwell_ms END) AS bigint) AS dwell_ms
  FROM item_dwells
  GROUP BY visit
),
begun AS (
  SELECT b.visit, b.restaurant_id, b.visit_id, b.first_at + bitwise_right_shift(s.moment, 36) AS began_at,
    s.received_at, s.sent_at, s.lost, s.steps, s.lines, s.quantity, coalesce(m.revenue_minor, 0) AS revenue_minor,
    s.currency
  FROM sums AS s
  JOIN beginnings AS b ON b.visit = s.visit
  LEFT JOIN money AS m ON m.visit = s.visit
),
placed AS (
  SELECT b.visit, b.restaurant_id, b.visit_id, b.began_at, b.received_at, b.sent_at, b.lost, b.steps, b.lines,
    b.quantity, b.revenue_minor, coalesce(b.currency, r.currency) AS currency,
    at_timezone(from_unixtime(CAST(b.began_at AS double) / 1000), coalesce(r.time_zone, 'UTC')) AS local_at
  FROM begun AS b LEFT JOIN restaurants AS r ON r.restaurant_id = b.restaurant_id
),
envelopes AS (
  SELECT p.visit, q.request.menu_version AS menu_version, q.request.guest_id AS guest_id,
    q.request.source_restaurant_id AS source_restaurant_id, q.request.table_id AS table_id,
    q.request.locale AS locale, q.request.viewport_width AS viewport_width,
    CASE WHEN q.request.variant = 'holdout' THEN 1 ELSE 0 END AS holdout,
    row_number() OVER (
      PARTITION BY p.visit
      ORDER BY q.request.menu_version, q.request.guest_id, q.request.source_restaurant_id, q.request.table_id,
        q.request.locale, q.request.viewport_width, q.request.variant
    ) AS nth
  FROM requests AS q
  JOIN placed AS p ON p.restaurant_id = q.request.restaurant_id AND p.visit_id = q.request.visit_id
    AND p.received_at = q.received_at AND p.sent_at = q.request.sent_at
  WHERE q.dt BETWEEN date_add('day', -3, :first_date) AND date_add('day', 6, :last_date)
    AND NOT coalesce(q.bot, false) AND coalesce(q.request.variant, '') <> 'preview'
)
SELECT p.restaurant_id, p.visit_id, e.menu_version, e.guest_id, e.source_restaurant_id, e.table_id, e.locale,
  e.viewport_width, p.began_at, CAST(p.local_at AS date) AS local_date, hour(p.local_at) AS local_hour,
  bitwise_and(p.steps, 1) AS viewed, bitwise_and(bitwise_right_shift(p.steps, 1), 1) AS opened,
  bitwise_and(bitwise_right_shift(p.steps, 2), 1) AS intent, bitwise_and(bitwise_right_shift(p.steps, 3), 1) AS ordered,
  coalesce(o.orders, 0) AS orders, p.lines, p.quantity, p.revenue_minor, p.currency,
  coalesce(d.dwell_ms, 0) AS dwell_ms, CASE WHEN p.lost > 10000 THEN BIGINT '10000' ELSE p.lost END AS lost,
  CAST(e.holdout AS bigint) AS holdout, bitwise_and(bitwise_right_shift(p.steps, 4), 1) AS recommendation_viewed,
  bitwise_and(bitwise_right_shift(p.steps, 5), 1) AS recommendation_opened
FROM placed AS p
JOIN envelopes AS e ON e.visit = p.visit AND e.nth = 1
LEFT JOIN orders AS o ON o.visit = p.visit
LEFT JOIN dwells AS d ON d.visit = p.visit
WHERE CAST(p.local_at AS date) BETWEEN :first_date AND :last_date
