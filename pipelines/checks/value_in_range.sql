-- A figure must be finite and not negative; a percent is at most 100; a count is whole; a rate is at most 100,000
-- fr: Une donnée doit être finie et non négative; un pourcentage vaut au plus 100; un nombre est entier; un taux vaut au plus 100 000
SELECT source_id, release_id, measure_id, region_id, period_start, unit, value
FROM marts.observation
WHERE value < 0
    OR NOT isfinite(value)
    OR (unit = 'percent' AND value > 100)
    OR (unit = 'count' AND value <> floor(value))
    -- The highest published so far is 55,582: all violations of one metropolitan area.
    OR (starts_with(unit, 'per_100k') AND value > 100000)
