-- A period must begin and end where its kind says
-- fr: Une période doit commencer et finir là où son type l’indique
SELECT DISTINCT source_id, period_kind, period_start, period_end
FROM marts.observation
WHERE CASE period_kind
    WHEN 'year' THEN period_start <> date_trunc('year', period_start) OR period_end <> period_start + INTERVAL 1 YEAR - INTERVAL 1 DAY
    WHEN 'quarter' THEN period_start <> date_trunc('quarter', period_start) OR period_end <> period_start + INTERVAL 3 MONTH - INTERVAL 1 DAY
    WHEN 'month' THEN period_start <> date_trunc('month', period_start) OR period_end <> last_day(period_start)
    WHEN 'part_year' THEN period_start <> date_trunc('month', period_start) OR period_end <> last_day(period_end)
        OR year(period_start) <> year(period_end) OR datediff('month', period_start, period_end) >= 11
    WHEN 'twelve_months' THEN period_start <> date_trunc('month', period_start) OR period_end <> period_start + INTERVAL 1 YEAR - INTERVAL 1 DAY
    WHEN 'week' THEN period_end <> period_start + INTERVAL 6 DAY
    WHEN 'day' THEN period_end <> period_start
    WHEN 'pooled' THEN period_end < period_start
    ELSE true
END
