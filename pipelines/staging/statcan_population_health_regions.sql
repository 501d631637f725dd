-- One row a health region in, a column a year; a figure for each 1 July out.
-- `pop` repeats a region's newest year.
WITH years AS (
    SELECT line, hruid, unnest([
        {july: DATE '2019-07-01', cell: pop_2019_07},
        {july: DATE '2020-07-01', cell: pop_2020_07},
        {july: DATE '2021-07-01', cell: pop_2021_07},
        {july: DATE '2022-07-01', cell: pop_2022_07},
        {july: DATE '2023-07-01', cell: pop_2023_07}
    ], recursive := true)
    FROM raw
)
SELECT
    'population' AS measure_id,
    region.region_id,
    july AS period_start,
    (july + INTERVAL 3 MONTH - INTERVAL 1 DAY)::DATE AS period_end,
    'quarter' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    TRY_CAST(cell AS DOUBLE) AS value,
    'count' AS unit,
    coalesce(markers.status, 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM years
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'hruid' AND region.publisher_code = hruid::VARCHAR
LEFT JOIN markers ON markers.marker = coalesce(cell, '')
