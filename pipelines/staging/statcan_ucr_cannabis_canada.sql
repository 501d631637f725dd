-- A customised view: one line a violation and year, one column a statistic, between a preamble and footnotes.
-- The violation stands on the first year of its block only; names of statistics end with footnote numbers.
WITH statistics AS (
    SELECT position, regexp_replace(cell, '( \d+)+$', '') AS statistic
    FROM raw
    WHERE line = 10 AND position > 2
), lines AS (
    SELECT
        line,
        any_value(cell) FILTER (position = 1) AS violation_cell,
        any_value(cell) FILTER (position = 2) AS year_cell
    FROM raw
    GROUP BY line
), filled AS (
    SELECT
        line,
        TRY_CAST(year_cell AS INTEGER) AS year,
        regexp_extract(last_value(violation_cell IGNORE NULLS) OVER (ORDER BY line), '\[(\d+)\]', 1) AS violation_code
    FROM lines
), cells AS (
    -- Every year has every statistic: an empty cell stays without a value and is refused.
    SELECT
        filled.line, year, filled.violation_code, statistic,
        CASE WHEN raw.cell = '0s' THEN '0' ELSE replace(raw.cell, ',', '') END AS cell,
        markers.status AS marked,
        -- A 0 from before a violation code existed says nothing about incidents.
        (
            SELECT min(rule.above_zero)
            FROM codes.structural_zeros AS rule
            WHERE year BETWEEN rule.from_year::INTEGER AND rule.to_year::INTEGER
                AND coalesce(rule.violation_code, '') IN ('', filled.violation_code)
                AND coalesce(rule.area_level, '') IN ('', 'country')
                AND coalesce(rule.publisher_statistic, '') IN ('', statistic)
        ) AS above_zero
    FROM filled
    CROSS JOIN statistics
    LEFT JOIN raw USING (line, position)
    LEFT JOIN markers ON markers.marker = raw.cell
    WHERE year IS NOT NULL
        -- Derived by the publisher from the other figures of this and of other tables.
        AND statistic NOT IN ('Percentage change in rate', 'Percentage contribution to the Crime Severity Index (CSI)')
), states AS (
    SELECT
        *,
        TRY_CAST(cell AS DOUBLE) AS number,
        CASE
            WHEN marked IS NOT NULL THEN marked
            WHEN above_zero IS NULL OR number IS NULL THEN 'reported'
            WHEN number = 0 THEN 'not_available'
            ELSE above_zero
        END AS status
    FROM cells
), figures AS (
    SELECT
        violation.slug || '_' || statistic.suffix AS measure_id,
        'CA' AS region_id,
        make_date(year, 1, 1) AS period_start,
        make_date(year, 12, 31) AS period_end,
        'year' AS period_kind,
        statistic.dimension,
        statistic.member,
        if(status = 'not_available', NULL, number) AS value,
        statistic.unit,
        status,
        line,
        NULL::VARCHAR AS reject_reason
    FROM states
    LEFT JOIN codes.violations AS violation USING (violation_code)
    LEFT JOIN codes.violation_statistics AS statistic ON statistic.publisher_statistic = states.statistic
), other AS (
    SELECT
        line,
        if(line <= 12, 'title or header row', 'legend, correction, footnote or citation') AS reject_reason
    FROM filled
    WHERE year IS NULL
)
SELECT
    measure_id, region_id, period_start, period_end, period_kind, dimension, member, value, unit, status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line,
    reject_reason
FROM (FROM figures UNION ALL BY NAME FROM other)
