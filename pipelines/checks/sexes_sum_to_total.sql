-- Deaths of shelter residents by sex must not exceed the total of the month
-- fr: Les décès de résidents de refuges selon le sexe ne doivent pas dépasser le total du mois
SELECT source_id, release_id, period_start,
    sum(value) FILTER (dimension = 'sex') AS by_sex, sum(value) FILTER (dimension = 'total') AS total
FROM marts.observation
WHERE measure_id = 'shelter_resident_deaths'
GROUP BY ALL
HAVING by_sex > total
