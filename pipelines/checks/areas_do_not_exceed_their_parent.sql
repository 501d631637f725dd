-- The areas of a place must not sum to more than the place
-- fr: Les parties d’un lieu ne doivent pas totaliser plus que le lieu
WITH areas AS (
    SELECT
        source_id, release_id, measure_id, region.parent_id, region.level, period_start, period_end, period_kind,
        dimension, member,
        sum(value) AS areas
    FROM marts.observation
    INNER JOIN marts.region AS region USING (region_id)
    WHERE unit = 'count' AND region.level NOT IN ('country', 'historical', 'cma_part')
    GROUP BY ALL
)
SELECT
    areas.source_id, areas.release_id, areas.measure_id, areas.parent_id, areas.level, areas.period_start,
    areas.period_kind, areas.dimension, areas.member, areas.areas, place.value AS place
FROM areas
INNER JOIN marts.observation AS place
    ON place.region_id = areas.parent_id
    AND place.source_id = areas.source_id
    AND place.release_id = areas.release_id
    AND place.measure_id = areas.measure_id
    AND place.period_start = areas.period_start
    AND place.period_end = areas.period_end
    AND place.period_kind = areas.period_kind
    AND place.dimension = areas.dimension
    AND place.member = areas.member
    AND place.unit = 'count'
-- A discrepancy that is the publisher's own is kept and noted, not hidden.
ANTI JOIN marts.known_discrepancy AS known
    ON known.source_id = place.source_id
    AND known.release_id = place.release_id
    AND known.measure_id = place.measure_id
    AND known.region_id = place.region_id
    AND known.dimension = place.dimension
WHERE areas.areas > coalesce(place.value, place.high)
