SELECT region_id, period_start, persons
FROM marts.population
WHERE list_contains($regions::VARCHAR[], region_id) AND sex = 'total' AND age_group = 'total'
ORDER BY region_id, period_start
