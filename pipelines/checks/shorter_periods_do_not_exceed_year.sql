-- The months or quarters of a year must not sum to more events than the year
-- fr: Les mois ou trimestres d’une année ne doivent pas totaliser plus d’événements que l’année
WITH years AS (
    SELECT source_id, release_id, measure_id, region_id, year(period_start) AS year, dimension, member, value AS of_year
    FROM marts.observation
    INNER JOIN marts.measure AS measure USING (measure_id)
    INNER JOIN marts.counting_rule AS rule USING (counting_rule)
    WHERE period_kind = 'year' AND observation.unit = 'count' AND value IS NOT NULL AND rule.counts_events
), shorter AS (
    SELECT
        source_id, release_id, measure_id, region_id, year(period_start) AS year, dimension, member, period_kind,
        sum(value) AS of_parts
    FROM marts.observation
    WHERE period_kind IN ('month', 'quarter') AND unit = 'count'
    GROUP BY ALL
)
SELECT source_id, release_id, measure_id, region_id, year, dimension, member, period_kind, of_parts, of_year
FROM shorter
INNER JOIN years USING (source_id, release_id, measure_id, region_id, year, dimension, member)
WHERE of_parts > of_year
