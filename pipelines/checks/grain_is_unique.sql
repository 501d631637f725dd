-- A figure must stand once in a release
-- fr: Une donnée doit figurer une seule fois dans une publication
SELECT source_id, release_id, measure_id, region_id, period_start, period_kind, dimension, member, unit, count(*) AS times
FROM marts.observation
GROUP BY ALL
HAVING count(*) > 1
