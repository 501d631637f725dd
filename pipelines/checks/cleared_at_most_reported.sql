-- The Toronto Police Service's file never clears more offences than it reports in a year
-- fr: Le fichier du Service de police de Toronto ne classe jamais plus d’infractions qu’il n’en signale dans l’année
SELECT reported.source_id, reported.release_id, reported.region_id, reported.period_start, reported.member, reported.value AS reported, cleared.value AS cleared
FROM marts.observation AS reported
INNER JOIN marts.observation AS cleared
    ON cleared.measure_id = replace(reported.measure_id, '_reported', '_cleared')
    AND cleared.source_id = reported.source_id AND cleared.release_id = reported.release_id
    AND cleared.region_id = reported.region_id AND cleared.period_start = reported.period_start
    AND cleared.dimension = reported.dimension AND cleared.member = reported.member
WHERE reported.source_id = 'tps_reported_crimes'
    AND reported.measure_id LIKE '%\_reported' ESCAPE '\'
    AND cleared.value > reported.value
