SELECT source_id, release_id, published, covers_from, covers_to, sha256, rows, is_latest
FROM marts.release
ORDER BY source_id, release_id DESC
