-- A customised view: one line an area and year, one column a statistic; the area stands on its first year only.
WITH statistics AS (
    SELECT position, cell AS statistic, if(position >= 9, 'percent', 'index') AS unit
    FROM raw
    WHERE line = 1 AND position > 2
), lines AS (
    SELECT
        line,
        any_value(cell) FILTER (position = 1) AS area_cell,
        TRY_CAST(any_value(cell) FILTER (position = 2) AS INTEGER) AS year
    FROM raw
    GROUP BY line
), filled AS (
    SELECT line, year, last_value(area_cell IGNORE NULLS) OVER (ORDER BY line) AS area FROM lines
), cells AS (
    -- Every line has every statistic: an empty cell stays without a value and is refused.
    SELECT filled.line, year, area, statistic, unit, raw.cell, coalesce(markers.status, 'reported') AS status
    FROM filled
    CROSS JOIN statistics
    LEFT JOIN raw USING (line, position)
    LEFT JOIN markers ON markers.marker = raw.cell
    WHERE year IS NOT NULL
), figures AS (
    SELECT
        statistic.member AS measure_id,
        region.region_id,
        make_date(year, 1, 1) AS period_start,
        make_date(year, 12, 31) AS period_end,
        'year' AS period_kind,
        'total' AS dimension,
        'total' AS member,
        if(status = 'reported', TRY_CAST(cell AS DOUBLE), NULL) AS value,
        unit,
        status,
        line,
        NULL::VARCHAR AS reject_reason
    FROM cells
    LEFT JOIN codes.crosswalk_members AS statistic
        ON statistic.scheme = 'statcan_csi' AND statistic.publisher_member = cells.statistic
    LEFT JOIN codes.crosswalk_regions AS region
        ON region.scheme = 'statcan_csi' AND region.publisher_code = area
), other AS (
    SELECT line, if(line <= 2, 'header row', 'no year') AS reject_reason FROM filled WHERE year IS NULL
)
SELECT
    measure_id, region_id, period_start, period_end, period_kind, dimension, member, value, unit, status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line,
    reject_reason
FROM (FROM figures UNION ALL BY NAME FROM other)
