SELECT restaurant_id, quarter, sum(kept)::BIGINT AS kept, sum(copies)::BIGINT AS copies, max(first_at + (moment >> 36)) AS newest_at,
  0 AS lost, 0 AS local_hour
FROM (
  SELECT v, received_at // 900000 AS quarter, count(*) FILTER (copy = 1) AS kept, count(*) FILTER (copy > 1) AS copies,
    max(moment) FILTER (copy = 1) AS moment
  FROM kept GROUP BY ALL
)
JOIN begun USING (v) SEMI JOIN (SELECT hash(restaurant_id, visit_id) AS v FROM visits) USING (v)
GROUP BY ALL
UNION ALL
SELECT restaurant_id, NULL, 0, 0, NULL, sum(lost)::BIGINT, local_hour FROM visits GROUP BY ALL HAVING sum(lost) > 0
