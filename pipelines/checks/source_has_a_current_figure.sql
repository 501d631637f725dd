-- A source must have a current figure, unless another source of its family replaced them all
-- fr: Une source doit avoir une donnée actuelle, sauf si une autre source de sa famille les a toutes remplacées
SELECT DISTINCT file.source_id, file.family
FROM marts.release_file AS file
WHERE file.reported IS NOT NULL
    AND file.source_id NOT IN (SELECT figure.source_id FROM marts.observation AS figure WHERE figure.is_latest)
    AND NOT EXISTS (
        FROM marts.release_file AS other WHERE other.family = file.family AND other.source_id <> file.source_id
    )
