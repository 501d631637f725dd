-- Deaths by city in part of 2022: one row in, one figure out. The file names the year alone.
SELECT
    'unregulated_drug_deaths' AS measure_id,
    region.region_id,
    DATE '2022-01-01' AS period_start,
    -- Against the file's version of a month before, counts grew by about the deaths reported for August.
    if("Year" = 2022, DATE '2022-08-31', NULL) AS period_end,
    'part_year' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    "Deaths"::DOUBLE AS value,
    'count' AS unit,
    'preliminary' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM raw
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'bc_township' AND region.publisher_code = "City"
