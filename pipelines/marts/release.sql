-- Grain: one row a source and release. Every release is kept; the newest of a source is the latest.
-- A figure of an older one can still be current: marts.observation.is_latest says which are.
SELECT
    source_id,
    release_id,
    published::VARCHAR AS published,
    covers_from::DATE AS covers_from,
    covers_to::DATE AS covers_to,
    file_sha256 AS sha256,
    rows,
    release_id = max(release_id) OVER (PARTITION BY source_id) AS is_latest
FROM staging.release_record
ORDER BY source_id, release_id
