-- Reported and preliminary figures must have a value; suppressed and not available ones must not
-- fr: Une donnée déclarée ou préliminaire doit avoir une valeur; une donnée masquée ou non disponible ne doit pas en avoir
SELECT source_id, release_id, measure_id, region_id, period_start, status, value
FROM marts.observation
WHERE status IS NULL
    OR status NOT IN ('reported', 'preliminary', 'suppressed', 'not_available')
    OR (status IN ('reported', 'preliminary')) <> (value IS NOT NULL)
    OR (status <> 'suppressed' AND (low IS NOT NULL OR high IS NOT NULL))
