-- One sheet a province: lines are violation by age and sex, columns are eight periods by four kinds of clearance.
-- Violation and age stand on the first line of their block, and are sometimes repeated; footnote digits follow a name.
WITH lines AS (
    SELECT
        sheet,
        line,
        any_value(cell) FILTER (position = 1) AS violation_cell,
        any_value(cell) FILTER (position = 2) AS age_cell,
        any_value(cell) FILTER (position = 3) AS sex_cell
    FROM raw
    GROUP BY sheet, line
), filled AS (
    SELECT
        sheet,
        line,
        regexp_replace(last_value(violation_cell IGNORE NULLS) OVER block, '\d+$', '') AS violation,
        CASE last_value(age_cell IGNORE NULLS) OVER block
            WHEN '12 to 17' THEN '12-17'
            WHEN '18 to 24' THEN '18-24'
            WHEN '25 to 34' THEN '25-34'
            -- The oldest group is labelled in two ways within one block.
            WHEN '35 to 110' THEN '35+'
            WHEN '35 to 89' THEN '35+'
            WHEN 'Total' THEN 'total'
        END AS age_group,
        CASE sex_cell WHEN 'Female' THEN 'female' WHEN 'Male' THEN 'male' WHEN 'Total' THEN 'total' END AS sex,
        -- Titles, headers and notes have no third cell.
        sex_cell IS NULL AS is_text
    FROM lines
    WINDOW block AS (PARTITION BY sheet ORDER BY line)
), periods AS (
    SELECT number, period_start, period_end, if(month(period_start) = 1 AND month(period_end) = 12, 'year', 'pooled') AS period_kind
    FROM (VALUES
        (0, DATE '2015-01-01', DATE '2015-12-31'),
        (1, DATE '2016-01-01', DATE '2016-12-31'),
        (2, DATE '2017-01-01', DATE '2017-12-31'),
        (3, DATE '2018-01-01', DATE '2018-10-16'),
        (4, DATE '2018-10-17', DATE '2018-12-31'),
        (5, DATE '2019-01-01', DATE '2019-12-31'),
        (6, DATE '2020-01-01', DATE '2020-12-31'),
        (7, DATE '2021-01-01', DATE '2021-12-31')
    ) AS printed (number, period_start, period_end)
), columns AS (
    SELECT
        4 + 4 * number + place AS position,
        period_start,
        period_end,
        period_kind,
        clearance
    FROM periods
    CROSS JOIN (VALUES (0, 'charge'), (1, 'diversion'), (2, 'otherwise'), (3, 'total')) AS kinds (place, clearance)
), cells AS (
    -- Every line has every column: an empty cell stays without a value and is refused.
    SELECT
        filled.line, filled.sheet, violation, sex, age_group, clearance, period_start, period_end, period_kind,
        raw.cell,
        CASE
            -- A 0 from after an offence ended says nothing about people.
            WHEN raw.cell = '0' AND period_start >= DATE '2018-10-17' AND violation LIKE '%(Pre Legalization)' THEN 'not_available'
            WHEN raw.cell = '0' AND period_start >= DATE '2019-01-01'
                AND violation IN ('Failure to comply or refusal (drugs)', 'Failure to provide blood sample (drugs)') THEN 'not_available'
            ELSE coalesce(markers.status, 'reported')
        END AS status
    FROM filled
    CROSS JOIN columns
    LEFT JOIN raw ON raw.line = filled.line AND raw.position = columns.position
    LEFT JOIN markers ON markers.marker = raw.cell
    WHERE NOT is_text
), figures AS (
    SELECT
        measure.member AS measure_id,
        region.region_id,
        period_start,
        period_end,
        period_kind,
        -- Only what is not a total names the breakdown: clearance+age_group, sex, or total.
        coalesce(nullif(concat_ws(
            '+',
            if(clearance = 'total', NULL, 'clearance'),
            if(sex = 'total', NULL, 'sex'),
            if(age_group = 'total', NULL, 'age_group')
        ), ''), 'total') AS dimension,
        -- An unknown age or sex makes no member, so that the stage can name its line.
        if(sex IS NULL OR age_group IS NULL, NULL, coalesce(nullif(concat_ws(
            '+', nullif(clearance, 'total'), nullif(sex, 'total'), nullif(age_group, 'total')
        ), ''), 'total')) AS member,
        if(status = 'reported', TRY_CAST(cell AS DOUBLE), NULL) AS value,
        status,
        line,
        NULL::VARCHAR AS reject_reason
    FROM cells
    LEFT JOIN codes.crosswalk_members AS measure
        ON measure.scheme = 'statcan_accused' AND measure.publisher_member = violation
    LEFT JOIN codes.crosswalk_regions AS region
        ON region.scheme = 'statcan_population' AND region.publisher_code = sheet
)
SELECT
    measure_id,
    region_id,
    period_start,
    period_end,
    period_kind,
    dimension,
    member,
    value,
    'count' AS unit,
    status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line,
    reject_reason
FROM (
    FROM figures
    UNION ALL BY NAME
    SELECT line, if(line % 1_000_000_000 <= 5, 'title or header row', 'footnote or source') AS reject_reason
    FROM filled WHERE is_text
)
