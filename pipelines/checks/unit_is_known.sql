-- A unit must be one of those that the dictionary explains
-- fr: Une unité doit être l’une de celles que le dictionnaire explique
SELECT DISTINCT source_id, measure_id, unit
FROM marts.observation
WHERE unit NOT IN ('count', 'per_100k', 'per_100k_12_plus', 'per_100k_18_plus', 'per_100k_12_to_17', 'per_100k_age_adjusted', 'percent', 'index')
