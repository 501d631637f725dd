-- Wide years by crime to figures, with the population that each count and rate imply; NA stands where nothing was recorded.
WITH cells_of_text AS (
    SELECT line, HOOD_ID, COLUMNS(lambda name: regexp_full_match(name, '[A-Z]+_(RATE_)?\d{4}') AND name NOT LIKE 'POPULATION%') FROM raw
), counts AS (
    SELECT line, HOOD_ID, string_split(cell, '_')[1] AS crime, string_split(cell, '_')[2]::INTEGER AS year, count
    FROM (SELECT line, HOOD_ID, COLUMNS('^[A-Z]+_\d{4}$') FROM cells_of_text)
    UNPIVOT INCLUDE NULLS (count FOR cell IN (COLUMNS('^[A-Z]+_\d{4}$')))
), rates AS (
    SELECT line, string_split(cell, '_')[1] AS crime, string_split(cell, '_')[3]::INTEGER AS year, rate
    FROM (SELECT line, COLUMNS('^[A-Z]+_RATE_\d{4}$') FROM cells_of_text)
    UNPIVOT INCLUDE NULLS (rate FOR cell IN (COLUMNS('^[A-Z]+_RATE_\d{4}$')))
), cells AS (
    -- NA is a zero: see the source's notes. Other text has no number, and the stage names its line.
    SELECT
        line, HOOD_ID, crime, year,
        if(count = 'NA', 0, TRY_CAST(count AS DOUBLE)) AS count,
        if(rate = 'NA', 0, TRY_CAST(rate AS DOUBLE)) AS rate
    FROM counts
    LEFT JOIN rates USING (line, crime, year)
), populations AS (
    SELECT line, HOOD_ID, year, round(100000 * max_by(count, count) / max_by(rate, count)) AS persons
    FROM cells
    -- The publisher divided these two counts of 2022 by the population of 2023.
    WHERE rate > 0 AND NOT (year = 2022 AND crime IN ('BIKETHEFT', 'THEFTFROMMV'))
    GROUP BY ALL
), figures AS (
    SELECT
        line, HOOD_ID, year, crime,
        unnest([count, rate]) AS value,
        unnest(['count', 'per_100k']) AS unit,
        (count = 0) = (rate = 0) AS consistent
    FROM cells
    UNION ALL
    SELECT line, HOOD_ID, year, 'POPULATION', persons, 'count', true FROM populations
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
    -- A count without its rate, or the reverse, is no zero: without a status the stage refuses it.
    if(consistent, 'reported', NULL) AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM figures
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'hood_158' AND region.publisher_code = HOOD_ID::VARCHAR
