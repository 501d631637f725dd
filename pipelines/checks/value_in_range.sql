-- A figure must be finite and not negative; a percent is at most 100; a count is whole
-- fr: Une donnée doit être finie et non négative; un pourcentage vaut au plus 100; un nombre est entier
SELECT source_id, release_id, measure_id, region_id, period_start, unit, value
FROM marts.observation
WHERE value < 0
    OR NOT isfinite(value)
    OR (unit = 'percent' AND value > 100)
    OR (unit = 'count' AND value <> floor(value))
