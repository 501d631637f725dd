-- CDC's long table of twelve-month sums: one row in, one figure out, and its prediction.
-- The completeness of a place's records and its deaths under investigation repeat on every
-- indicator of a period: one figure each, made of all those rows.
WITH periods AS (
    SELECT
        line,
        region.region_id,
        last_day(try_strptime("Year" || "Month", '%Y%B')::DATE) AS period_end,
        "Period" AS period,
        "Indicator" AS indicator,
        replace("Data Value", ',', '') AS count_or_share,
        "Predicted Value" AS predicted,
        "Percent Pending Investigation" AS pending,
        "Percent Complete" AS complete,
        if(contains(lower(coalesce("Footnote", '')), 'underreported'), 'preliminary', 'reported') AS status,
        -- A cell without a value is withheld where its footnote says so.
        CASE
            WHEN "Data Value" IS NULL AND contains(lower("Footnote"), 'suppress') THEN 'suppressed'
            ELSE empty_cell.status
        END AS status_of_empty
    FROM raw
    LEFT JOIN codes.crosswalk_regions AS region
        ON region.scheme = 'us_vsrr' AND region.publisher_code = "State"
    LEFT JOIN markers AS empty_cell ON empty_cell.marker = '' AND "Data Value" IS NULL
), counted AS (
    SELECT
        region_id, period_end, period,
        coalesce(status_of_empty, status) AS status,
        CASE indicator
            WHEN 'Number of Deaths' THEN 'us_deaths'
            WHEN 'Percent with drugs specified' THEN 'us_overdose_deaths_with_drug_named'
            ELSE if(breakdown.member IS NULL, NULL, 'us_overdose_deaths')
        END AS measure_id,
        coalesce(breakdown.dimension, 'total') AS dimension,
        coalesce(breakdown.member, 'total') AS member,
        TRY_CAST(count_or_share AS DOUBLE) AS value,
        if(indicator = 'Percent with drugs specified', 'percent', 'count') AS unit,
        predicted,
        [line] AS lines
    FROM periods
    LEFT JOIN codes.crosswalk_members AS breakdown
        ON breakdown.scheme = 'us_vsrr' AND breakdown.publisher_member = indicator
), quality AS (
    SELECT
        region_id, period_end, period,
        cell.measure_id,
        'total' AS dimension,
        'total' AS member,
        cell.value,
        'percent' AS unit,
        if(cell.low IS NULL, status, 'suppressed') AS status,
        cell.low,
        if(cell.low IS NULL, NULL, 100)::DOUBLE AS high,
        list(line ORDER BY line) AS lines
    FROM periods, unnest([
        {'measure_id': 'us_deaths_pending_investigation', 'value': pending, 'low': NULL::DOUBLE},
        -- 99.5+ is a bound, not a value.
        {'measure_id': 'us_death_records_complete', 'value': TRY_CAST(complete AS DOUBLE), 'low': TRY_CAST(regexp_extract(complete, '^([0-9.]+)\+$', 1) AS DOUBLE)}
    ]) AS cells(cell)
    GROUP BY ALL
), figures AS (
    SELECT * EXCLUDE (predicted) FROM counted
    UNION ALL BY NAME
    -- Only overdose deaths are predicted.
    SELECT
        * EXCLUDE (predicted)
        REPLACE ('us_overdose_deaths_predicted' AS measure_id, predicted AS value, if(predicted IS NULL, 'not_available', status) AS status)
    FROM counted
    WHERE measure_id = 'us_overdose_deaths'
    UNION ALL BY NAME
    FROM quality
)
SELECT
    measure_id,
    region_id,
    (date_trunc('month', period_end) - INTERVAL 11 MONTH)::DATE AS period_start,
    period_end,
    if(period = '12 month-ending', 'twelve_months', NULL) AS period_kind,
    dimension,
    member,
    value,
    unit,
    status,
    low::DOUBLE AS low,
    high::DOUBLE AS high,
    lines
FROM figures
