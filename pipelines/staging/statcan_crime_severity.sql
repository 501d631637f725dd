-- The publisher's database table: one row an area, statistic and year in, one figure out.
SELECT
    statistic.member AS measure_id,
    CASE
        WHEN regexp_full_match(GEO, 'Canada( \[[^\]]*\])?') THEN 'CA'
        ELSE coalesce(region.region_id, coded.region_id)
    END AS region_id,
    make_date(REF_DATE, 1, 1) AS period_start,
    make_date(REF_DATE, 12, 31) AS period_end,
    'year' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    VALUE AS value,
    -- The publisher calls the unit of a clearance rate a number; it is a percent.
    CASE UOM WHEN 'Index' THEN 'index' WHEN 'Number' THEN 'percent' END AS unit,
    if(VALUE IS NULL, 'not_available', 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line,
    if(starts_with(Statistics, 'Percent change in '), 'percent change, derived from the figures of two years', NULL) AS reject_reason
FROM raw
LEFT JOIN codes.crosswalk_members AS statistic
    ON statistic.scheme = 'statcan_csi' AND statistic.publisher_member = Statistics
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'statcan_csi' AND region.publisher_code = GEO
-- In the whole table an area's name ends with its code.
LEFT JOIN codes.crosswalk_regions AS coded
    ON coded.scheme = 'statcan_ucr' AND coded.publisher_code = regexp_extract(GEO, '\[([^\]]*)\]$', 1)
