-- The parts of a count must not exceed its total
-- fr: Les parties d’un nombre ne doivent pas en dépasser le total
WITH parts AS (
    SELECT
        source_id, release_id, measure_id, region_id, period_start, period_end, period_kind, unit, dimension,
        sum(value) AS parts
    FROM marts.observation
    WHERE unit = 'count'
        AND (
            dimension IN ('sex', 'intent', 'manner_of_death', 'flow')
            -- Population and charges are given for age groups that hold each other.
            OR (dimension = 'age_group' AND measure_id <> 'population' AND measure_id NOT LIKE '%persons\_charged' ESCAPE '\')
        )
    GROUP BY ALL
)
SELECT
    parts.source_id, parts.release_id, parts.measure_id, parts.region_id, parts.period_start, parts.period_kind,
    parts.dimension, parts.parts, whole.value AS total
FROM parts
INNER JOIN marts.observation AS whole
    USING (source_id, release_id, measure_id, region_id, period_start, period_end, period_kind, unit)
WHERE whole.dimension = 'total' AND parts.parts > coalesce(whole.value, whole.high)
