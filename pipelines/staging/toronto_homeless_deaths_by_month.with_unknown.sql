-- Deaths by month of death: one row in, one month out.
-- Deaths whose month is not known belong to their year, as a part of it that no month holds.
WITH months AS (
    SELECT
        *,
        Month_of_death = 'Unknown' AS is_unknown,
        if(
            is_unknown,
            make_date(Year_of_death, 1, 1),
            try_strptime(Year_of_death || ' ' || Month_of_death, '%Y %B')::DATE
        ) AS period_start
    FROM raw
)
SELECT
    'homeless_deaths' AS measure_id,
    'CA-ON-toronto' AS region_id,
    period_start,
    if(is_unknown, make_date(Year_of_death, 12, 31), last_day(period_start)) AS period_end,
    if(is_unknown, 'year', 'month') AS period_kind,
    if(is_unknown, 'month_of_death', 'total') AS dimension,
    if(is_unknown, 'unknown', 'total') AS member,
    Count::DOUBLE AS value,
    'count' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM months
