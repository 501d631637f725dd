-- What can be asked of each measure: where, how broken down, in which unit and period.
SELECT
    measure_id, region_id, dimension, unit, period_kind,
    min(period_start) AS first_start, max(period_end) AS last_end
FROM marts.observation
WHERE is_latest AND measure_id = $measure
GROUP BY ALL
ORDER BY ALL
