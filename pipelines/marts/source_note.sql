-- Grain: one row a source and note. Suppression rules, breaks and limits travel with the figures.
SELECT
    source_id,
    row_number() OVER (PARTITION BY source_id) AS position,
    note.kind,
    note.text_en,
    note.text_fr
FROM (
    SELECT source_id, unnest(notes) AS note
    FROM staging.release_record
    QUALIFY dense_rank() OVER (PARTITION BY source_id ORDER BY release_id DESC) = 1
)
ORDER BY source_id, position
