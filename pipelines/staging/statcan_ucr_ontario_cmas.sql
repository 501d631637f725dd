-- One row an area, violation, year and statistic in, one figure out: the bracketed codes are the keys.
SELECT
    violation.slug || '_' || statistic.suffix AS measure_id,
    region.region_id,
    make_date(Year, 1, 1) AS period_start,
    make_date(Year, 12, 31) AS period_end,
    'year' AS period_kind,
    statistic.dimension,
    statistic.member,
    Value AS value,
    statistic.unit,
    if(Value IS NULL, 'not_available', 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line,
    CASE Statistics
        WHEN 'Percentage change in rate' THEN 'percent change, derived from the rates'
        WHEN 'Percentage contribution to the Crime Severity Index (CSI)' THEN 'share of the Crime Severity Index, derived from another table'
    END AS reject_reason
FROM raw
LEFT JOIN codes.violations AS violation ON violation.violation_code = regexp_extract(Violations, '\[(\d+)\]$', 1)
LEFT JOIN codes.violation_statistics AS statistic ON statistic.publisher_statistic = Statistics
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'statcan_ucr' AND region.publisher_code = regexp_extract(City, '\[(\d+)\]$', 1)
