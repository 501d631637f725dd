-- A figure must be current in one release of one source
-- fr: Une donnée ne doit être actuelle que dans une publication d’une seule source
SELECT
    min(source_id) AS source_id, max(source_id) AS other_source_id, measure_id, region_id, period_start,
    period_kind, dimension, member, unit, count(*) AS times
FROM marts.observation
WHERE is_latest
GROUP BY measure_id, region_id, period_start, period_kind, dimension, member, unit
HAVING count(*) > 1
