-- The last day of the newest figure of each domain, wherever it is.
SELECT measure.domain, max(coverage.reported_to) AS newest
FROM marts.coverage AS coverage
INNER JOIN marts.measure AS measure USING (measure_id)
GROUP BY ALL
