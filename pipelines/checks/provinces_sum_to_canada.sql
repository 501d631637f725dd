-- The parts of Canada must sum to Canada, or to no more where a part is suppressed
-- fr: Les parties du Canada doivent totaliser le Canada, ou pas plus si une partie est masquée
WITH parts AS (
    SELECT
        source_id, release_id, measure_id, period_start, period_kind,
        sum(value) AS parts,
        count(*) FILTER (status = 'suppressed') AS suppressed
    FROM marts.observation
    INNER JOIN marts.region AS region USING (region_id)
    WHERE region.level IN ('province_territory', 'region_group', 'ems_area', 'historical')
        AND dimension = 'total' AND unit = 'count'
        -- July 1991 is given both for the undivided and for the divided territories.
        AND NOT (region_id = 'CA-NT-with-nunavut' AND period_start = DATE '1991-07-01')
    GROUP BY ALL
), national AS (
    SELECT source_id, release_id, measure_id, period_start, period_kind, value AS canada
    FROM marts.observation
    WHERE region_id = 'CA' AND dimension = 'total' AND unit = 'count' AND status IN ('reported', 'preliminary')
)
SELECT source_id, release_id, measure_id, period_start, period_kind, canada, parts, suppressed
FROM national
INNER JOIN parts USING (source_id, release_id, measure_id, period_start, period_kind)
WHERE (suppressed = 0 AND parts IS DISTINCT FROM canada) OR parts > canada
