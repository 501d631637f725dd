-- Grain: one row a region. Ids read as paths; population_latest is the newest estimate, if there is one.
WITH latest AS (
    SELECT region_id, max_by(persons, period_start) AS population_latest
    FROM marts.population
    WHERE sex = 'total' AND age_group = 'total'
    GROUP BY region_id
)
SELECT
    region.region_id,
    region.level,
    nullif(region.parent_id, '') AS parent_id,
    region.name_en,
    region.name_fr,
    nullif(region.code, '') AS code,
    latest.population_latest
FROM codes.regions AS region
LEFT JOIN latest USING (region_id)
ORDER BY region.region_id
