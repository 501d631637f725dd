-- Sites by quarter, one row in, one figure out; and the city's quarters as an interval.
-- A withheld count is 1 to 4: the publisher writes 0 for none.
WITH sites AS (
    SELECT
        line,
        make_date(year, 3 * try_cast(regexp_extract(year_stage, '^Q([1-4])$', 1) AS INTEGER) - 2, 1) AS period_start,
        breakdown.dimension,
        breakdown.member,
        TRY_CAST(suspected_non_fatal_overdoses AS DOUBLE) AS value,
        coalesce(markers.status, 'reported') AS status,
        if(markers.status = 'suppressed', 1, NULL)::DOUBLE AS low,
        if(markers.status = 'suppressed', 4, NULL)::DOUBLE AS high,
        [line] AS lines
    FROM raw
    LEFT JOIN markers ON markers.marker = suspected_non_fatal_overdoses
    LEFT JOIN codes.crosswalk_members AS breakdown
        ON breakdown.scheme = 'toronto_shelter_site'
        AND breakdown.publisher_member = trim(location_name)
), city AS (
    SELECT
        period_start,
        'total' AS dimension,
        'total' AS member,
        if(bool_or(status = 'suppressed'), NULL, sum(value)) AS value,
        if(bool_or(status = 'suppressed'), 'suppressed', 'reported') AS status,
        if(bool_or(status = 'suppressed'), sum(coalesce(low, value)), NULL) AS low,
        if(bool_or(status = 'suppressed'), sum(coalesce(high, value)), NULL) AS high,
        list(line ORDER BY line) AS lines
    FROM sites
    -- To September 2021 the City publishes the total itself.
    WHERE period_start >= DATE '2021-10-01' AND status <> 'not_available'
    GROUP BY period_start
), figures AS (
    SELECT * EXCLUDE (line) FROM sites
    UNION ALL BY NAME
    SELECT * FROM city
)
SELECT
    'shelter_nonfatal_overdoses' AS measure_id,
    'CA-ON-toronto' AS region_id,
    period_start,
    last_day((period_start + INTERVAL 2 MONTH)::DATE) AS period_end,
    'quarter' AS period_kind,
    dimension,
    member,
    value,
    'count' AS unit,
    status,
    low,
    high,
    lines
FROM figures
