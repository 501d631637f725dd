-- The publisher's whole table: one row an area, violation, statistic and year in, one figure out.
-- An empty VALUE has a STATUS that says why; a place and a violation end with their codes.
WITH coded AS (
    SELECT
        line, REF_DATE, VALUE, STATUS, Statistics,
        if(regexp_full_match(GEO, 'Canada( \[[^\]]*\])?'), 'Canada', regexp_extract(GEO, '\[([^\]]*)\]$', 1)) AS area_code,
        regexp_extract(Violations, '\[(\d+)\]$', 1) AS violation_code
    FROM raw
), areas AS (
    SELECT publisher_code, region_id, region.level
    FROM (
        SELECT publisher_code, region_id FROM codes.crosswalk_regions WHERE scheme = 'statcan_ucr'
        UNION ALL VALUES ('Canada', 'CA')
    )
    LEFT JOIN codes.regions AS region USING (region_id)
), structural AS (
    -- A 0 that stands for no code, or for no population to divide by, says nothing about incidents.
    -- Each rule is written out, so that millions of rows find theirs by equality.
    SELECT
        violation.violation_code, statistic.publisher_statistic, level.level, year.year,
        min(rule.above_zero) AS above_zero
    FROM codes.structural_zeros AS rule
    INNER JOIN codes.violations AS violation
        ON coalesce(rule.violation_code, '') IN ('', violation.violation_code)
    INNER JOIN codes.violation_statistics AS statistic
        ON coalesce(rule.publisher_statistic, '') IN ('', statistic.publisher_statistic)
    INNER JOIN (SELECT DISTINCT level FROM areas) AS level ON coalesce(rule.area_level, '') IN ('', level.level)
    INNER JOIN (SELECT DISTINCT REF_DATE AS year FROM coded) AS year
        ON year.year BETWEEN rule.from_year::INTEGER AND rule.to_year::INTEGER
    GROUP BY ALL
)
SELECT
    violation.slug || '_' || statistic.suffix AS measure_id,
    areas.region_id,
    make_date(REF_DATE, 1, 1) AS period_start,
    make_date(REF_DATE, 12, 31) AS period_end,
    'year' AS period_kind,
    statistic.dimension,
    statistic.member,
    if(VALUE = 0 AND structural.above_zero IS NOT NULL, NULL, VALUE) AS value,
    statistic.unit,
    CASE
        WHEN VALUE = 0 AND structural.above_zero IS NOT NULL THEN 'not_available'
        WHEN VALUE IS NOT NULL THEN if(STATUS = 'p', 'preliminary', coalesce(structural.above_zero, 'reported'))
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
LEFT JOIN structural
    ON structural.violation_code = coded.violation_code
    AND structural.publisher_statistic = Statistics
    AND structural.level = areas.level
    AND structural.year = REF_DATE
