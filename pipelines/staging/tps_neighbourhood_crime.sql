-- Wide years by crime to figures, with the population that each count and rate imply.
WITH counts AS (
    UNPIVOT (SELECT line, HOOD_ID, COLUMNS('^[A-Z]+_\d{4}$') FROM raw)
    ON COLUMNS('^[A-Z]+_\d{4}$') INTO NAME cell VALUE count
), counted AS (
    SELECT line, HOOD_ID, string_split(cell, '_')[1] AS crime, string_split(cell, '_')[2]::INTEGER AS year, count
    FROM counts
    WHERE cell NOT LIKE 'POPULATION%'
), rates AS (
    UNPIVOT (SELECT line, COLUMNS('^[A-Z]+_RATE_\d{4}$') FROM raw)
    ON COLUMNS('^[A-Z]+_RATE_\d{4}$') INTO NAME cell VALUE rate
), rated AS (
    SELECT line, string_split(cell, '_')[1] AS crime, string_split(cell, '_')[3]::INTEGER AS year, rate FROM rates
), grid AS (
    -- Empty cells are zeros (see the source's notes), and UNPIVOT leaves them out.
    SELECT raw.line, raw.HOOD_ID, crimes.crime, years.year
    FROM raw
    CROSS JOIN (SELECT DISTINCT crime FROM counted) AS crimes
    CROSS JOIN (SELECT DISTINCT year FROM counted) AS years
), cells AS (
    SELECT grid.*, coalesce(count, 0) AS count, coalesce(rate, 0) AS rate
    FROM grid
    LEFT JOIN counted USING (line, crime, year)
    LEFT JOIN rated USING (line, crime, year)
), populations AS (
    SELECT line, HOOD_ID, year, round(100000 * max_by(count, count) / max_by(rate, count)) AS persons
    FROM cells
    WHERE rate > 0
    GROUP BY ALL
), figures AS (
    SELECT line, HOOD_ID, year, crime, unnest([count::DOUBLE, rate]) AS value, unnest(['count', 'per_100k']) AS unit
    FROM cells
    UNION ALL
    SELECT line, HOOD_ID, year, 'POPULATION', persons, 'count' FROM populations
)
SELECT
    CASE crime
        WHEN 'ASSAULT' THEN 'assault_occurrences'
        WHEN 'AUTOTHEFT' THEN 'auto_theft_occurrences'
        WHEN 'BIKETHEFT' THEN 'bike_theft_occurrences'
        WHEN 'BREAKENTER' THEN 'break_and_enter_occurrences'
        WHEN 'HOMICIDE' THEN 'homicide_occurrences'
        WHEN 'ROBBERY' THEN 'robbery_occurrences'
        WHEN 'SHOOTING' THEN 'shooting_occurrences'
        WHEN 'THEFTFROMMV' THEN 'theft_from_motor_vehicle_occurrences'
        WHEN 'THEFTOVER' THEN 'theft_over_5000_occurrences'
        WHEN 'POPULATION' THEN 'neighbourhood_population'
    END AS measure_id,
    region.region_id,
    make_date(year, 1, 1) AS period_start,
    make_date(year, 12, 31) AS period_end,
    'year' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    value,
    unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM figures
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'hood_158' AND region.publisher_code = HOOD_ID::VARCHAR
