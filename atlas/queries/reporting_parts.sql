-- The provinces and territories that stand in a national figure of a year, with their population.
SELECT observation.region_id, observation.period_start, population.persons
FROM marts.observation AS observation
INNER JOIN marts.region AS region USING (region_id)
INNER JOIN marts.population AS population
    ON population.region_id = observation.region_id
    AND population.period_start = observation.period_start + INTERVAL 6 MONTH
    AND population.sex = 'total' AND population.age_group = 'total'
WHERE is_latest
    AND observation.measure_id = $measure
    AND region.level = 'province_territory'
    AND observation.dimension = 'total'
    AND observation.period_kind = 'year'
    AND observation.unit = 'count'
    AND observation.status <> 'not_available'
ORDER BY observation.period_start, observation.region_id
