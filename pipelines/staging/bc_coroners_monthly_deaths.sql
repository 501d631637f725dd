-- Deaths by month, whole province: one row in, one figure out.
-- Rows of the last year are written year-day-month, so that their second part is always 01.
WITH last_year AS (
    SELECT max(year("Date")) AS last_year FROM raw
), written AS (
    SELECT
        line,
        "Deaths" AS deaths,
        last_year,
        -- 2023-01-04 is April 2023; a month of another year is read as written.
        if(
            year("Date") = 2023 AND month("Date") = 1,
            make_date(year("Date"), day("Date"), 1),
            if(day("Date") = 1, "Date", NULL)
        ) AS period_start
    FROM raw
    CROSS JOIN last_year
), incomplete AS (
    SELECT last_year AS incomplete_year FROM written GROUP BY ALL
    HAVING count(*) FILTER (year(period_start) = last_year) < 12
)
SELECT
    'unregulated_drug_deaths' AS measure_id,
    'CA-BC' AS region_id,
    period_start,
    last_day(period_start) AS period_end,
    'month' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    deaths AS value,
    'count' AS unit,
    if(incomplete_year IS NULL, 'reported', 'preliminary') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM written
LEFT JOIN incomplete ON incomplete_year = year(period_start)
