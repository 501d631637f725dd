-- Quarterly estimates: a figure for the first day of the quarter.
SELECT
    'population' AS measure_id,
    region.region_id,
    try_strptime(REF_DATE, '%Y-%m')::DATE AS period_start,
    last_day(period_start + INTERVAL 2 MONTH)::DATE AS period_end,
    'quarter' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    TRY_CAST(VALUE AS DOUBLE) AS value,
    CASE UOM WHEN 'Persons' THEN 'count' END AS unit,
    CASE
        WHEN markers.status IS NOT NULL THEN markers.status
        -- The publisher revises its estimates each September: those from its newest July on are preliminary.
        WHEN REF_DATE >= max(REF_DATE) FILTER (ends_with(REF_DATE, '-07')) OVER () THEN 'preliminary'
        ELSE 'reported'
    END AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM raw
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'statcan_population' AND region.publisher_code = GEO
LEFT JOIN markers ON markers.marker = coalesce(VALUE, '')
