-- Deaths by year, whole province: one row in, one figure out.
SELECT
    'unregulated_drug_deaths' AS measure_id,
    'CA-BC' AS region_id,
    make_date("Year", 1, 1) AS period_start,
    -- 2023 holds January to April: its 814 deaths are the sum of those months in the monthly file.
    if("Year" = 2023, DATE '2023-04-30', make_date("Year", 12, 31)) AS period_end,
    if("Year" = 2023, 'part_year', 'year') AS period_kind,
    'total' AS dimension,
    'total' AS member,
    "Deaths" AS value,
    'count' AS unit,
    if("Year" = 2023, 'preliminary', 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM raw
