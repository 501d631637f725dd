-- A release must not hold fewer rows of a year than the one before it, unless its declaration says why
-- fr: Une publication ne doit pas contenir moins de lignes d’une année que la précédente, sauf raison déclarée
WITH releases AS (
    SELECT *, lag(release_id) OVER (PARTITION BY source_id ORDER BY release_id) AS previous_release_id
    FROM marts.release_file
    WHERE supersedes <> 'figure'
), years AS (
    SELECT
        release.source_id,
        release.release_id,
        release.previous_release_id,
        release.rows_may_fall_percent,
        previous.year,
        previous.rows AS rows_before,
        coalesce(current_year.rows, 0) AS rows_now
    FROM releases AS release
    INNER JOIN marts.ledger AS previous
        ON previous.source_id = release.source_id AND previous.release_id = release.previous_release_id
    LEFT JOIN marts.ledger AS current_year
        ON current_year.source_id = release.source_id
        AND current_year.release_id = release.release_id
        AND current_year.year = previous.year
    WHERE release.fewer_rows = ''
        AND (release.supersedes = 'release' OR current_year.year IS NOT NULL)
)
SELECT source_id, release_id, previous_release_id, year, rows_before, rows_now
FROM years
WHERE rows_now < rows_before * (1 - rows_may_fall_percent / 100)
