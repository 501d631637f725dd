-- What a map of provinces and territories can show: a yearly rate, or a count to make one of.
SELECT observation.measure_id
FROM marts.observation AS observation
INNER JOIN marts.region AS region USING (region_id)
INNER JOIN marts.measure AS measure USING (measure_id)
WHERE is_latest
    AND region.level = 'province_territory'
    AND measure.domain <> 'population'
    AND observation.dimension = 'total'
    AND observation.period_kind = 'year'
    AND observation.unit IN ('count', 'per_100k', 'per_100k_12_plus')
    AND observation.value IS NOT NULL
GROUP BY observation.measure_id
HAVING count(DISTINCT observation.region_id) > 1
