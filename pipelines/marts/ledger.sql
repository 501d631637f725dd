-- Grain: source, release, year. How many of the publisher's rows stand behind the figures of a year.
SELECT source_id, release_id, entry.year::INTEGER AS year, entry.rows::BIGINT AS rows
FROM (
    SELECT source_id, release_id, unnest(ledger) AS entry
    FROM staging.release_record
)
ORDER BY source_id, release_id, year
