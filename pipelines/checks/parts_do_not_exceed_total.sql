-- The parts of a count must not exceed its total
-- fr: Les parties d’un nombre ne doivent pas en dépasser le total
WITH parts AS (
    SELECT
        source_id, release_id, measure_id, region_id, period_start, period_end, period_kind, dimension,
        sum(value) AS parts
    FROM marts.observation
    WHERE unit = 'count' AND dimension IN (SELECT dimension.dimension FROM marts.dimension WHERE is_partition)
    GROUP BY ALL
), whole AS (
    SELECT
        source_id, release_id, measure_id, region_id, period_start, period_end, period_kind,
        coalesce(value, high) AS total
    FROM marts.observation
    WHERE unit = 'count' AND dimension = 'total'
)
SELECT source_id, release_id, measure_id, region_id, period_start, period_kind, dimension, parts, total
FROM parts
INNER JOIN whole USING (source_id, release_id, measure_id, region_id, period_start, period_end, period_kind)
WHERE parts > total
