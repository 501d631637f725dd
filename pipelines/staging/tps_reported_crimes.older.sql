-- Older copies, read by position: one line a year, division, category and subtype.
-- The city is the sum of its divisions and of the lines without one.
WITH lines AS (
    SELECT
        line,
        TRY_CAST(any_value(cell) FILTER (position = 3) AS INTEGER) AS report_year,
        any_value(cell) FILTER (position = 4) AS division,
        any_value(cell) FILTER (position = 5) AS category,
        any_value(cell) FILTER (position = 6) AS subtype,
        TRY_CAST(any_value(cell) FILTER (position = 7) AS INTEGER) AS reported,
        TRY_CAST(any_value(cell) FILTER (position = 8) AS INTEGER) AS cleared
    FROM raw
    GROUP BY line
), coded AS (
    SELECT
        line, report_year, region.region_id, category.member AS category,
        category.member || '+' || subtype.member AS subtype,
        reported, cleared
    FROM lines
    LEFT JOIN codes.crosswalk_regions AS region
        ON region.scheme = 'tps_division' AND region.publisher_code = division
    LEFT JOIN codes.crosswalk_members AS category
        ON category.scheme = 'tps_category'
        AND category.publisher_breakdown = 'category'
        AND category.publisher_member = lines.category
    LEFT JOIN codes.crosswalk_members AS subtype
        ON subtype.scheme = 'tps_category'
        AND subtype.publisher_breakdown = 'subtype'
        AND subtype.publisher_member = lines.subtype
    WHERE line > 1
), placed AS (
    SELECT * FROM coded
    UNION ALL
    -- A division that is not known stays without a region, so that the check can name its line.
    SELECT * REPLACE (if(region_id IS NULL, NULL, 'CA-ON-toronto') AS region_id) FROM coded
), figures AS (
    SELECT line, report_year, region_id, cell.*
    FROM placed, unnest([
        {'measure': 'offences', 'dimension': 'total', 'member': if(subtype IS NULL, NULL, 'total'), 'reported': reported, 'cleared': cleared},
        {'measure': 'offences', 'dimension': 'category', 'member': category, 'reported': reported, 'cleared': cleared},
        {'measure': 'offences', 'dimension': 'category+subtype', 'member': subtype, 'reported': reported, 'cleared': cleared},
        {'measure': if(category = 'drugs', 'drug_offences', NULL), 'dimension': 'total', 'member': 'total', 'reported': reported, 'cleared': cleared}
    ]) AS cells(cell)
    WHERE cell.measure IS NOT NULL
), counted AS (
    SELECT
        measure, region_id, report_year, dimension, member,
        -- A sum that passes over an empty cell would be too low; the stage refuses one without a value.
        if(bool_or(reported IS NULL), NULL, sum(reported)) AS reported,
        if(bool_or(cleared IS NULL), NULL, sum(cleared)) AS cleared,
        coalesce(list(line) FILTER (reported IS NULL OR cleared IS NULL), list(line)) AS lines
    FROM figures
    GROUP BY ALL
)
SELECT
    measure || '_' || outcome AS measure_id,
    region_id,
    make_date(report_year, 1, 1) AS period_start,
    make_date(report_year, 12, 31) AS period_end,
    'year' AS period_kind,
    dimension,
    member,
    value::DOUBLE AS value,
    'count' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    lines,
    NULL::VARCHAR AS reject_reason
FROM counted
UNPIVOT INCLUDE NULLS (value FOR outcome IN (reported, cleared))
UNION ALL BY NAME
SELECT [1::BIGINT] AS lines, 'header row' AS reject_reason
