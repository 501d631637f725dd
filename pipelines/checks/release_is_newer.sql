-- A release must not end, or be published, earlier than the one before it
-- fr: Une publication ne doit ni finir ni paraître avant la précédente
SELECT source_id, release_id, covers_to, previous_covers_to, published, previous_published
FROM (
    SELECT
        *,
        lag(covers_to) OVER (PARTITION BY source_id ORDER BY release_id) AS previous_covers_to,
        lag(published) OVER (PARTITION BY source_id ORDER BY release_id) AS previous_published
    FROM marts.release
    INNER JOIN marts.release_file USING (source_id, release_id)
    -- Releases that complement each other may cover other years.
    WHERE supersedes = 'release'
)
WHERE covers_to < previous_covers_to OR published < previous_published
