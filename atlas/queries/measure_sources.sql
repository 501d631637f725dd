-- Who gives a measure, and whether with counts or with rates alone.
SELECT source_id, bool_or(unit = 'count') AS gives_counts
FROM marts.observation
WHERE is_latest AND measure_id = $measure
GROUP BY ALL
ORDER BY ALL
