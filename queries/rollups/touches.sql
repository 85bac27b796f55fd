-- name: touches
-- question: What did each visit do with each item?
-- grain: visit x item
-- columns: visit, item_id, section_id, position, steps, dwell_ms, quantity, revenue_minor
-- reads: kept_events
-- rules: Section and position are those of the item's first event in the visit.
SELECT visit, item_id,
  NULLIF(min_by(coalesce(section_id, ''), moment), '') AS section_id,
  NULLIF(min_by(coalesce(position, 0), moment), 0) AS position,
  CAST(bitwise_or_agg(steps) AS bigint) AS steps,
  CASE WHEN CAST(sum(dwell_ms) AS bigint) > 120000 THEN 120000
    ELSE CAST(coalesce(sum(dwell_ms), 0) AS bigint) END AS dwell_ms,
  CAST(coalesce(sum(quantity), 0) AS bigint) AS quantity,
  CAST(coalesce(sum(revenue_minor), 0) AS bigint) AS revenue_minor
FROM kept_events
WHERE copy = 1 AND item_id IS NOT NULL
GROUP BY visit, item_id
