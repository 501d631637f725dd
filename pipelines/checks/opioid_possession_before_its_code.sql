-- Opioid possession (code 4170) has no zero before 2018, the code's first full year, and what it has is preliminary
-- fr: La possession d’opioïdes (code 4170) n’a aucun zéro avant 2018, première année complète du code, et ses données y sont préliminaires
SELECT source_id, release_id, measure_id, region_id, period_start, status, value
FROM marts.observation
WHERE measure_id LIKE 'opioid\_possession\_%' ESCAPE '\' AND period_start < DATE '2018-01-01'
    AND (status = 'reported' OR value = 0)
