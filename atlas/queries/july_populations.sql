SELECT region_id, year(period_start) AS year, persons
FROM marts.population
WHERE month(period_start) = 7 AND sex = 'total' AND age_group = 'total'
