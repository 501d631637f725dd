-- Rates by area, violation and statistic: the bracketed codes are the keys, not the names.
WITH coded AS (
    SELECT
        *,
        regexp_extract(GEO, '\[([^\]]*)\]$', 1) AS area_code,
        regexp_extract(Violations, '\[(\d+)\]$', 1) AS violation_code
    FROM raw
), cells AS (
    SELECT
        coded.*,
        -- A 0 from before a violation code existed says nothing about incidents.
        if(structural.violation_code IS NOT NULL, 'not_available', coalesce(markers.status, 'reported')) AS status
    FROM coded
    LEFT JOIN codes.structural_zeros AS structural
        ON structural.violation_code = coded.violation_code
        AND REF_DATE BETWEEN structural.from_year::INTEGER AND structural.to_year::INTEGER
    LEFT JOIN markers ON markers.marker = coalesce(VALUE, '')
)
SELECT
    violation.slug || '_' || statistic.suffix AS measure_id,
    region.region_id,
    make_date(REF_DATE, 1, 1) AS period_start,
    make_date(REF_DATE, 12, 31) AS period_end,
    'year' AS period_kind,
    statistic.dimension,
    statistic.member,
    if(status = 'reported', TRY_CAST(VALUE AS DOUBLE), NULL) AS value,
    statistic.unit,
    status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM cells
LEFT JOIN codes.violations AS violation ON violation.violation_code = cells.violation_code
LEFT JOIN codes.violation_statistics AS statistic ON statistic.publisher_statistic = Statistics
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'statcan_ucr' AND region.publisher_code = area_code
