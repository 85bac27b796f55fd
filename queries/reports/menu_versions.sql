-- name: menu_versions
-- question: Which versions of the menu are there, and when did guests read them?
-- grain: one row a restaurant and menu version that was published or, in the window, visited
-- parameters: first_date date, last_date date
-- columns: restaurant_id, menu_version, published_at, items, visits, first_seen_date, last_seen_date
-- reads: menu_items, visit_hours
WITH published AS (
  SELECT restaurant_id, menu_version, max(published_at) AS published_at, count(*) AS items
  FROM menu_items
  GROUP BY restaurant_id, menu_version
),
visited AS (
  SELECT restaurant_id, menu_version, CAST(sum(visits) AS bigint) AS visits, min(local_date) AS first_seen_date,
    max(local_date) AS last_seen_date
  FROM visit_hours
  WHERE local_date BETWEEN :first_date AND :last_date
  GROUP BY restaurant_id, menu_version
),
versions AS (
  SELECT restaurant_id, menu_version FROM published
  UNION
  SELECT restaurant_id, menu_version FROM visited
)
SELECT k.restaurant_id, k.menu_version, from_unixtime(CAST(p.published_at AS double) / 1000) AS published_at, p.items,
  CAST(coalesce(v.visits, 0) AS bigint) AS visits, v.first_seen_date, v.last_seen_date
FROM versions AS k
LEFT JOIN published AS p ON p.restaurant_id = k.restaurant_id AND p.menu_version = k.menu_version
LEFT JOIN visited AS v ON v.restaurant_id = k.restaurant_id AND v.menu_version = k.menu_version
ORDER BY k.restaurant_id, k.menu_version
