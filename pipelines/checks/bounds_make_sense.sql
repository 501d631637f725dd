-- A suppressed figure has both bounds or none, and the lower one is at least 0 and not above the upper one
-- fr: Une donnée masquée a ses deux bornes ou aucune, et la borne inférieure est d’au moins 0 et ne dépasse pas l’autre
SELECT source_id, release_id, measure_id, region_id, period_start, low, high
FROM marts.observation
WHERE (low IS NULL) <> (high IS NULL) OR low < 0 OR low > high
