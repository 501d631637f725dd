-- As many figures must be reported, preliminary, suppressed and not available as were staged
-- fr: Il doit y avoir autant de données déclarées, préliminaires, masquées et non disponibles qu’à la lecture
WITH found AS (
    SELECT
        source_id,
        release_id,
        count(*) FILTER (status = 'reported') AS reported,
        count(*) FILTER (status = 'preliminary') AS preliminary,
        count(*) FILTER (status = 'suppressed') AS suppressed,
        count(*) FILTER (status = 'not_available') AS not_available
    FROM marts.observation
    GROUP BY ALL
)
SELECT found.source_id, found.release_id, found.suppressed, file.suppressed AS suppressed_staged,
    found.not_available, file.not_available AS not_available_staged
FROM found
INNER JOIN marts.release_file AS file USING (source_id, release_id)
WHERE (found.reported, found.preliminary, found.suppressed, found.not_available)
    <> (file.reported, file.preliminary, file.suppressed, file.not_available)
