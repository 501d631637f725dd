-- Grain: one row a source and release. How many records its files held, what became of them,
-- and what the next release may do to them.
SELECT
    source_id,
    release_id,
    file,
    file_rows::BIGINT AS rows_in_file,
    rejected::BIGINT AS rows_rejected,
    rows_behind_figures::BIGINT AS rows_behind_figures,
    rows::BIGINT AS figures,
    states.reported::BIGINT AS reported,
    states.preliminary::BIGINT AS preliminary,
    states.suppressed::BIGINT AS suppressed,
    states.not_available::BIGINT AS not_available,
    supersedes,
    family,
    coalesce(fewer_rows, '') AS fewer_rows,
    coalesce(rows_may_fall_percent, 0)::DOUBLE AS rows_may_fall_percent
FROM staging.release_record
ORDER BY source_id, release_id
