-- Every record of a release's files must be behind a figure or rejected with a reason
-- fr: Chaque enregistrement des fichiers d’une publication doit servir à une donnée ou être rejeté avec un motif
WITH rejected AS (
    SELECT source_id, release_id, count(*) AS rows_kept, count(nullif(trim(reason), '')) AS rows_with_reason
    FROM marts.rejected_row
    GROUP BY ALL
)
SELECT source_id, release_id, rows_in_file, rows_behind_figures, rows_rejected, coalesce(rows_kept, 0) AS rows_kept
FROM marts.release_file
LEFT JOIN rejected USING (source_id, release_id)
WHERE rows_in_file <> rows_behind_figures + rows_rejected
    OR rows_rejected <> coalesce(rows_with_reason, 0)
    OR rows_rejected <> coalesce(rows_kept, 0)
