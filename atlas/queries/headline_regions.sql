-- Where each headline measure has figures at all, and from which source.
SELECT DISTINCT
    headline.measure_id, headline.domain, headline.on_card, headline.position,
    coverage.region_id, coverage.source_id
FROM marts.headline_measure AS headline
INNER JOIN marts.coverage AS coverage USING (measure_id)
WHERE coverage.reported_to IS NOT NULL
ORDER BY headline.position, coverage.region_id
