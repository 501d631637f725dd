-- One sheet a year, one line a state, one column a measure, to figures; every other column is left out.
-- In 2021 many places counted no one outside shelters and the file shows them as 0: what holds these is not available.
WITH cells AS (
    SELECT sheet, line, line % 1000000000 AS sheet_line, position, cell FROM raw
), lines AS (
    SELECT sheet, line, sheet_line, any_value(cell) FILTER (position = 1) AS state FROM cells GROUP BY ALL
), wanted AS (
    SELECT * FROM (VALUES
        ('Overall Homeless', 'hud_homeless_one_night', 'total', 'total', true),
        ('Sheltered Total Homeless', 'hud_homeless_one_night', 'shelter_status', 'sheltered', false),
        ('Unsheltered Homeless', 'hud_homeless_one_night', 'shelter_status', 'unsheltered', true),
        ('Overall Homeless Individuals', 'hud_homeless_one_night', 'household_type', 'individuals', true),
        ('Overall Homeless People in Families', 'hud_homeless_one_night', 'household_type', 'people_in_families', true),
        ('Overall Homeless Veterans', 'hud_homeless_veterans_one_night', 'total', 'total', true),
        ('Sheltered Total Homeless Veterans', 'hud_homeless_veterans_one_night', 'shelter_status', 'sheltered', false),
        ('Unsheltered Homeless Veterans', 'hud_homeless_veterans_one_night', 'shelter_status', 'unsheltered', true),
        ('Overall Chronically Homeless Individuals', 'hud_chronically_homeless_one_night', 'total', 'total', true),
        ('Sheltered Total Chronically Homeless Individuals', 'hud_chronically_homeless_one_night', 'shelter_status', 'sheltered', false),
        ('Unsheltered Chronically Homeless Individuals', 'hud_chronically_homeless_one_night', 'shelter_status', 'unsheltered', true)
    ) AS listed (name, measure_id, dimension, member, holds_unsheltered)
), years AS (
    -- A sheet that has the counts; of 2007 the file holds only the number of reporting areas.
    SELECT sheet, make_date(TRY_CAST(sheet AS INTEGER), 1, 1) AS period_start
    FROM cells
    WHERE sheet_line = 1 AND cell = 'Overall Homeless, ' || sheet
), columns AS (
    -- A wanted column that a sheet lacks has no position: its figures have no status and the file is refused.
    SELECT years.sheet, period_start, header.position, wanted.*
    FROM years
    CROSS JOIN wanted
    LEFT JOIN cells AS header
        ON header.sheet = years.sheet AND header.sheet_line = 1 AND header.cell = name || ', ' || years.sheet
), figures AS (
    SELECT
        lines.line,
        region.region_id,
        columns.*,
        count.cell,
        (holds_unsheltered AND columns.sheet = '2021') AS is_partial,
        -- One total of the publisher is below the sum of its own states.
        lines.state = 'Total' AND TRY_CAST(count.cell AS DOUBLE) < sum(TRY_CAST(count.cell AS DOUBLE))
            FILTER (lines.state <> 'Total') OVER (PARTITION BY columns.sheet, columns.position) AS is_contradicted
    FROM lines
    INNER JOIN columns ON columns.sheet = lines.sheet
    LEFT JOIN codes.crosswalk_regions AS region
        ON region.scheme = 'hud_pit' AND region.publisher_code = lines.state
    LEFT JOIN cells AS count ON count.line = lines.line AND count.position = columns.position
    WHERE lines.sheet_line > 1
)
SELECT
    measure_id,
    region_id,
    period_start,
    make_date(year(period_start), 12, 31) AS period_end,
    'year' AS period_kind,
    dimension,
    member,
    if(is_partial OR coalesce(is_contradicted, false), NULL, TRY_CAST(cell AS DOUBLE)) AS value,
    'count' AS unit,
    CASE
        WHEN position IS NULL THEN NULL
        WHEN is_partial OR is_contradicted OR cell IS NULL THEN 'not_available'
        ELSE 'reported'
    END AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line,
    NULL::VARCHAR AS reject_reason
FROM figures
UNION ALL
SELECT
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    line,
    CASE
        WHEN sheet = 'Change' THEN 'change since an earlier year, not a count'
        WHEN sheet_line = 1 THEN 'names of the columns'
        -- A sheet of another shape has neither figures nor a reason, and the stage names its line.
        WHEN sheet = '2007' THEN 'the number of reporting areas only, without counts of people'
    END
FROM lines
WHERE sheet_line = 1 OR sheet NOT IN (SELECT sheet FROM years)
