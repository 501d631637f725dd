-- One row an area, violation, year and statistic in, one figure out: the bracketed codes are the keys.
WITH cells AS (
    SELECT
        raw.*,
        region.region_id,
        regexp_extract(Violations, '\[(\d+)\]$', 1) AS violation_code,
        -- A 0 that stands for no code, or for no population to divide by, says nothing about incidents.
        (
            SELECT min(rule.above_zero)
            FROM codes.structural_zeros AS rule
            WHERE raw.Year BETWEEN rule.from_year::INTEGER AND rule.to_year::INTEGER
                AND coalesce(rule.violation_code, '') IN ('', regexp_extract(Violations, '\[(\d+)\]$', 1))
                AND coalesce(rule.area_level, '') IN ('', region.level)
                AND coalesce(rule.publisher_statistic, '') IN ('', Statistics)
        ) AS above_zero
    FROM raw
    LEFT JOIN codes.crosswalk_regions AS area
        ON area.scheme = 'statcan_ucr' AND area.publisher_code = regexp_extract(City, '\[(\d+)\]$', 1)
    LEFT JOIN codes.regions AS region ON region.region_id = area.region_id
)
SELECT
    violation.slug || '_' || statistic.suffix AS measure_id,
    region_id,
    make_date(Year, 1, 1) AS period_start,
    make_date(Year, 12, 31) AS period_end,
    'year' AS period_kind,
    statistic.dimension,
    statistic.member,
    if(cells.Value = 0 AND above_zero IS NOT NULL, NULL, cells.Value) AS value,
    statistic.unit,
    CASE
        WHEN cells.Value IS NULL OR cells.Value = 0 AND above_zero IS NOT NULL THEN 'not_available'
        ELSE coalesce(above_zero, 'reported')
    END AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line,
    CASE Statistics
        WHEN 'Percentage change in rate' THEN 'percent change, derived from the rates'
        WHEN 'Percentage contribution to the Crime Severity Index (CSI)' THEN 'share of the Crime Severity Index, derived from another table'
    END AS reject_reason
FROM cells
LEFT JOIN codes.violations AS violation USING (violation_code)
LEFT JOIN codes.violation_statistics AS statistic ON statistic.publisher_statistic = Statistics
