-- name: ledger
-- question: What became of every event that arrived?
-- grain: one row a restaurant and local day on which events arrived
-- parameters: first_date date, last_date date
-- columns: restaurant_id, local_date, received, kept, duplicates, late, bots, previews, lost, rejected
-- reads: ledger_hours
SELECT restaurant_id, local_date,
  CAST(sum(received) AS bigint) AS received,
  CAST(sum(kept) AS bigint) AS kept,
  CAST(sum(duplicates) AS bigint) AS duplicates,
  CAST(sum(late) AS bigint) AS late,
  CAST(sum(bots) AS bigint) AS bots,
  CAST(sum(previews) AS bigint) AS previews,
  CAST(sum(lost) AS bigint) AS lost,
  CAST(sum(rejected) AS bigint) AS rejected
FROM ledger_hours
WHERE local_date BETWEEN :first_date AND :last_date
GROUP BY restaurant_id, local_date
ORDER BY restaurant_id, local_date
