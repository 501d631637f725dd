-- Grain: region, period_start, sex, age_group, release. The denominators of every rate computed here.
SELECT
    region_id,
    period_start,
    'total' AS sex,
    'total' AS age_group,
    value::BIGINT AS persons,
    release_id
FROM marts.observation
WHERE measure_id IN ('population', 'neighbourhood_population')
    AND status IN ('reported', 'preliminary')
    AND is_latest
ORDER BY region_id, period_start
