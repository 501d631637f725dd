-- Grain: source, measure, region, year. Who reports what, until when, and in which state.
SELECT
    source_id,
    measure_id,
    region_id,
    -- Twelve months belong to the year in which they end.
    year(if(period_kind = 'twelve_months', period_end, period_start)) AS year,
    max(period_end) FILTER (status IN ('reported', 'preliminary')) AS reported_to,
    count(*) FILTER (status = 'reported') AS reported,
    count(*) FILTER (status = 'preliminary') AS preliminary,
    count(*) FILTER (status = 'suppressed') AS suppressed,
    count(*) FILTER (status = 'not_available') AS not_available
FROM marts.observation
WHERE is_latest AND dimension = 'total'
GROUP BY ALL
ORDER BY ALL
