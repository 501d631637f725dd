-- The publisher's whole table: one row an area, violation, statistic and year in, one figure out.
-- An empty VALUE has a STATUS that says why; a place and a violation end with their codes.
WITH coded AS (
    SELECT
        line, REF_DATE, VALUE, STATUS, Statistics,
        if(regexp_full_match(GEO, 'Canada( \[[^\]]*\])?'), 'Canada', regexp_extract(GEO, '\[([^\]]*)\]$', 1)) AS area_code,
        regexp_extract(Violations, '\[(\d+)\]$', 1) AS violation_code
    FROM raw
), areas AS (
    SELECT publisher_code, region_id FROM codes.crosswalk_regions WHERE scheme = 'statcan_ucr'
    UNION ALL VALUES ('Canada', 'CA')
)
SELECT
    violation.slug || '_' || statistic.suffix AS measure_id,
    areas.region_id,
    make_date(REF_DATE, 1, 1) AS period_start,
    make_date(REF_DATE, 12, 31) AS period_end,
    'year' AS period_kind,
    statistic.dimension,
    statistic.member,
    if(structural.violation_code IS NULL, VALUE, NULL) AS value,
    statistic.unit,
    CASE
        -- A 0 from before a violation code existed says nothing about incidents.
        WHEN structural.violation_code IS NOT NULL THEN 'not_available'
        WHEN VALUE IS NOT NULL THEN if(STATUS = 'p', 'preliminary', 'reported')
        WHEN STATUS = 'x' THEN 'suppressed'
        -- Not available, not available for this period, does not apply, too unreliable to be published.
        WHEN STATUS IN ('..', '.', '...', 'F') THEN 'not_available'
    END AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    -- Given as a list, millions of rows need not be written twice.
    [line] AS lines,
    CASE
        WHEN violation_code <> '' AND violation.violation_code IS NULL THEN 'violation is not used here'
        WHEN starts_with(Statistics, 'Percentage c') THEN 'derived by the publisher from the other figures of this and of other tables'
    END AS reject_reason
FROM coded
LEFT JOIN areas ON areas.publisher_code = area_code
LEFT JOIN codes.violations AS violation USING (violation_code)
LEFT JOIN codes.violation_statistics AS statistic ON statistic.publisher_statistic = Statistics
LEFT JOIN codes.structural_zeros AS structural
    ON structural.violation_code = coded.violation_code
    AND REF_DATE BETWEEN structural.from_year::INTEGER AND structural.to_year::INTEGER
