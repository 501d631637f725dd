SELECT
    source.source_id, source.publisher, source.title, source.landing_url, source.licence,
    source.attribution, source.custody, source.cadence,
    release.release_id, release.published, release.covers_from, release.covers_to,
    release.sha256, release.rows
FROM marts.source AS source
INNER JOIN marts.release AS release USING (source_id)
WHERE release.is_latest
ORDER BY source.publisher, source.title
