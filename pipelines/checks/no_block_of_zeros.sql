-- A year of police figures must not be 0 in every area of a level where the figure is usually above 0
-- fr: Une année de données policières ne doit pas être à 0 dans tous les endroits d’un niveau où la donnée dépasse d’ordinaire 0
WITH years AS (
    SELECT
        source_id, release_id, measure_id, unit, dimension, member, region.level, period_start,
        count(*) AS areas,
        count(*) FILTER (value > 0) / count(*) AS above_zero
    FROM marts.observation
    INNER JOIN marts.region AS region USING (region_id)
    WHERE source_id IN (
            SELECT release_file.source_id FROM marts.release_file AS release_file WHERE family = 'statcan_35100177'
        )
        AND status IN ('reported', 'preliminary')
    GROUP BY ALL
), usual AS (
    SELECT
        *,
        -- Usual is what comes later, or came the year before: a figure may well fall to 0, as prostitution did.
        greatest(
            coalesce(median(above_zero) FILTER (above_zero > 0) OVER later, 0),
            coalesce(lag(above_zero) OVER series, 0)
        ) AS usual
    FROM years
    WINDOW
        series AS (
            PARTITION BY source_id, release_id, measure_id, unit, dimension, member, level ORDER BY period_start
        ),
        later AS (
            PARTITION BY source_id, release_id, measure_id, unit, dimension, member, level
            ORDER BY period_start ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        )
)
SELECT source_id, release_id, measure_id, unit, dimension, member, level, period_start, areas, usual
FROM usual
-- Areas that are each above 0 with the usual chance are all 0 less than once in 10,000: rare figures may well be.
WHERE above_zero = 0 AND areas >= 5 AND pow(1 - usual, areas) < 0.0001
