-- A release must begin and end with its figures, and must not end after the month of its publication
-- fr: Une publication doit commencer et finir avec ses données, et ne pas finir après le mois de sa parution
WITH figures AS (
    SELECT source_id, release_id, min(period_start) AS first_day, max(period_end) AS last_day
    FROM marts.observation
    GROUP BY ALL
)
SELECT source_id, release_id, covers_from, covers_to, first_day, last_day, published
FROM marts.release
INNER JOIN figures USING (source_id, release_id)
WHERE covers_from <> first_day
    OR covers_to <> last_day
    OR (length(published) >= 7 AND covers_to > last_day(strptime(published[1:7], '%Y-%m')::DATE))
