-- Opioid possession (code 4170) has no figure before 2018, the code's first full year
-- fr: La possession d’opioïdes (code 4170) n’a aucune donnée avant 2018, première année complète du code
SELECT source_id, release_id, measure_id, region_id, period_start, status, value
FROM marts.observation
WHERE measure_id LIKE 'opioid\_possession\_%' ESCAPE '\' AND period_start < DATE '2018-01-01' AND status <> 'not_available'
