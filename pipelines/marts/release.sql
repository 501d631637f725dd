-- Grain: one row a source and release. Every release is kept; is_latest marks those that still give
-- current figures: the newest, and older ones whose years or figures no newer release replaced.
WITH releases AS (
    SELECT *, max(release_id) OVER (PARTITION BY source_id) AS newest
    FROM staging.release_record
), current_releases AS (
    SELECT DISTINCT source_id, release_id FROM marts.observation WHERE is_latest
)
SELECT
    source_id,
    release_id,
    published::VARCHAR AS published,
    covers_from::DATE AS covers_from,
    covers_to::DATE AS covers_to,
    file_sha256 AS sha256,
    rows,
    release_id = newest OR current_releases.source_id IS NOT NULL AS is_latest
FROM releases
LEFT JOIN current_releases USING (source_id, release_id)
ORDER BY source_id, release_id
