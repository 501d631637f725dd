-- The City's quarters, with a Total row a year, to two figures a row: non-fatal and fatal.
-- A Total is the publisher's own year; where the year is not over, it is a part year.
WITH quarters AS (
    SELECT
        *,
        try_cast(regexp_extract(year_stage, '^Q([1-4])$', 1) AS INTEGER) AS quarter,
        max(quarter) OVER (PARTITION BY year) AS last_quarter
    FROM raw
), periods AS (
    SELECT
        *,
        CASE
            WHEN quarter IS NOT NULL THEN 'quarter'
            WHEN year_stage = 'Total' AND last_quarter = 4 THEN 'year'
            WHEN year_stage = 'Total' THEN 'part_year'
        END AS period_kind
    FROM quarters
)
SELECT
    figure.measure_id,
    'CA-ON-toronto' AS region_id,
    make_date(year, 3 * coalesce(quarter, 1) - 2, 1) AS period_start,
    last_day(make_date(year, 3 * coalesce(quarter, last_quarter), 1)) AS period_end,
    period_kind,
    'total' AS dimension,
    'total' AS member,
    TRY_CAST(figure.cell AS DOUBLE) AS value,
    'count' AS unit,
    coalesce(markers.status, if(period_kind = 'part_year', 'preliminary', 'reported')) AS status,
    -- Unlike the table by site, this one shows no zero: a withheld quarter may be one.
    if(markers.status = 'suppressed', 0, NULL)::DOUBLE AS low,
    if(markers.status = 'suppressed', 4, NULL)::DOUBLE AS high,
    line
FROM periods, unnest([
    {'measure_id': 'shelter_nonfatal_overdoses', 'cell': suspected_non_fatal_overdoses_incidents::VARCHAR},
    {'measure_id': 'shelter_fatal_overdoses', 'cell': fatal_overdoses_incident}
]) AS figures(figure)
LEFT JOIN markers ON markers.marker = figure.cell
