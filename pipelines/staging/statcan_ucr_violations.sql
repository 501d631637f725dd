-- Rates by area, violation and statistic: the bracketed codes are the keys, not the names.
WITH coded AS (
    SELECT
        *,
        TRY_CAST(VALUE AS DOUBLE) AS number,
        regexp_extract(GEO, '\[([^\]]*)\]$', 1) AS area_code,
        regexp_extract(Violations, '\[(\d+)\]$', 1) AS violation_code
    FROM raw
), cells AS (
    SELECT
        coded.*,
        region.region_id,
        markers.status AS marked,
        -- A 0 that stands for no code, or for no population to divide by, says nothing about incidents.
        (
            SELECT min(rule.above_zero)
            FROM codes.structural_zeros AS rule
            WHERE REF_DATE BETWEEN rule.from_year::INTEGER AND rule.to_year::INTEGER
                AND coalesce(rule.violation_code, '') IN ('', coded.violation_code)
                AND coalesce(rule.area_level, '') IN ('', region.level)
                AND coalesce(rule.publisher_statistic, '') IN ('', Statistics)
        ) AS above_zero
    FROM coded
    LEFT JOIN codes.crosswalk_regions AS area
        ON area.scheme = 'statcan_ucr' AND area.publisher_code = area_code
    LEFT JOIN codes.regions AS region ON region.region_id = area.region_id
    LEFT JOIN markers ON markers.marker = coalesce(VALUE, '')
), states AS (
    SELECT
        *,
        CASE
            WHEN marked IS NOT NULL THEN marked
            WHEN above_zero IS NULL OR number IS NULL THEN 'reported'
            WHEN number = 0 THEN 'not_available'
            ELSE above_zero
        END AS status
    FROM cells
)
SELECT
    violation.slug || '_' || statistic.suffix AS measure_id,
    region_id,
    make_date(REF_DATE, 1, 1) AS period_start,
    make_date(REF_DATE, 12, 31) AS period_end,
    'year' AS period_kind,
    statistic.dimension,
    statistic.member,
    if(status = 'not_available', NULL, number) AS value,
    statistic.unit,
    status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM states
LEFT JOIN codes.violations AS violation USING (violation_code)
LEFT JOIN codes.violation_statistics AS statistic ON statistic.publisher_statistic = Statistics
