-- Grain: source, release, line. A publisher's row that is no figure, with the reason; nothing is dropped.
-- The text is kept where the licence lets it be shown.
SELECT source_id, release_id, line, reason, text
FROM staging.rejected_row
ORDER BY source_id, release_id, line
