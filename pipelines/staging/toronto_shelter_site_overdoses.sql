-- Sites by quarter: one row in, one figure out. The city's own total is another file of the publisher.
-- A withheld count is 1 to 4: the publisher writes 0 for none.
WITH sites AS (
    SELECT
        line,
        make_date(year, 3 * try_cast(regexp_extract(year_stage, '^Q([1-4])$', 1) AS INTEGER) - 2, 1) AS period_start,
        breakdown.dimension,
        breakdown.member,
        suspected_non_fatal_overdoses AS cell
    FROM raw
    LEFT JOIN codes.crosswalk_members AS breakdown
        ON breakdown.scheme = 'toronto_shelter_site'
        AND breakdown.publisher_member = trim(location_name)
)
SELECT
    'shelter_nonfatal_overdoses' AS measure_id,
    'CA-ON-toronto' AS region_id,
    period_start,
    last_day((period_start + INTERVAL 2 MONTH)::DATE) AS period_end,
    'quarter' AS period_kind,
    dimension,
    member,
    TRY_CAST(cell AS DOUBLE) AS value,
    'count' AS unit,
    coalesce(markers.status, 'reported') AS status,
    if(markers.status = 'suppressed', 1, NULL)::DOUBLE AS low,
    if(markers.status = 'suppressed', 4, NULL)::DOUBLE AS high,
    line
FROM sites
LEFT JOIN markers ON markers.marker = cell
