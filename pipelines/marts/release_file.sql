-- Grain: one row a source and release. How many records its files held, what became of them,
-- and what the next release may do to them.
SELECT
    source_id,
    release_id,
    file,
    file_rows::BIGINT AS rows_in_file,
    rejected::BIGINT AS rows_rejected,
    rows::BIGINT AS figures,
    supersedes,
    coalesce(fewer_rows, '') AS fewer_rows,
    coalesce(rows_may_fall_percent, 0)::DOUBLE AS rows_may_fall_percent
FROM staging.release_record
ORDER BY source_id, release_id
