-- Deaths by month of death: one row in, one month out.
WITH months AS (
    SELECT *, try_strptime("Year.of.death" || ' ' || "Month.of.death", '%Y %B')::DATE AS period_start FROM raw
)
SELECT
    'homeless_deaths' AS measure_id,
    'CA-ON-toronto' AS region_id,
    period_start,
    last_day(period_start) AS period_end,
    'month' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    Count::DOUBLE AS value,
    'count' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM months
