-- In a complete year the parts of Canada must sum to Canada, or to no more where a part is suppressed
-- fr: Dans une année complète, les parties du Canada doivent totaliser le Canada, ou pas plus si une partie est masquée
WITH parts AS (
    SELECT
        source_id, release_id, measure_id, period_start,
        sum(value) AS parts,
        count(*) FILTER (status = 'suppressed') AS suppressed
    FROM marts.observation
    INNER JOIN marts.region AS region USING (region_id)
    WHERE region.level IN ('province_territory', 'region_group', 'ems_area')
        AND period_kind = 'year' AND dimension = 'total' AND unit = 'count'
    GROUP BY ALL
), national AS (
    SELECT source_id, release_id, measure_id, period_start, value AS canada
    FROM marts.observation
    WHERE region_id = 'CA' AND period_kind = 'year' AND dimension = 'total' AND unit = 'count' AND status = 'reported'
)
SELECT source_id, release_id, measure_id, period_start, canada, parts, suppressed
FROM national
INNER JOIN parts USING (source_id, release_id, measure_id, period_start)
WHERE (suppressed = 0 AND parts <> canada) OR parts > canada
