-- Reported and preliminary figures must have a value; suppressed and not available ones must not
SELECT source_id, release_id, measure_id, region_id, period_start, status, value
FROM marts.observation
WHERE status IS NULL
    OR status NOT IN ('reported', 'preliminary', 'suppressed', 'not_available')
    OR (status IN ('reported', 'preliminary')) <> (value IS NOT NULL)
    OR (status <> 'suppressed' AND (low IS NOT NULL OR high IS NOT NULL))
