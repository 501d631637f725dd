-- Every row of a release's snapshot must be loaded
-- fr: Chaque ligne de l’instantané d’une publication doit être chargée
SELECT release.source_id, release.release_id, release.rows, count(observation.source_id) AS loaded
FROM marts.release AS release
LEFT JOIN marts.observation AS observation USING (source_id, release_id)
WHERE release.covers_from IS NOT NULL
GROUP BY ALL
HAVING loaded <> release.rows
