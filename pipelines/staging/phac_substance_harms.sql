-- PHAC's long table to figures: one row in, one row out.
-- EMS sub-areas share a province's PRUID, so regions are matched by name.
WITH periods AS (
    SELECT
        *,
        CASE
            WHEN regexp_full_match(Year_Quarter, '\d{4}') THEN 'year'
            WHEN regexp_full_match(Year_Quarter, '\d{4} Q[1-4]') THEN 'quarter'
            WHEN regexp_full_match(Year_Quarter, '\d{4} \([A-Z][a-z]{2} to [A-Z][a-z]{2}\)') THEN 'part_year'
        END AS period_kind
    FROM raw
), dated AS (
    SELECT
        *,
        CASE period_kind
            WHEN 'year' THEN make_date(Year_Quarter::INTEGER, 1, 1)
            WHEN 'quarter' THEN make_date(Year_Quarter[1:4]::INTEGER, 3 * Year_Quarter[7:7]::INTEGER - 2, 1)
            WHEN 'part_year' THEN try_strptime(Year_Quarter[1:4] || Year_Quarter[7:9], '%Y%b')::DATE
        END AS period_start,
        CASE period_kind
            WHEN 'year' THEN make_date(Year_Quarter::INTEGER, 12, 31)
            WHEN 'quarter' THEN last_day(make_date(Year_Quarter[1:4]::INTEGER, 3 * Year_Quarter[7:7]::INTEGER, 1))
            WHEN 'part_year' THEN last_day(try_strptime(Year_Quarter[1:4] || Year_Quarter[14:16], '%Y%b')::DATE)
        END AS period_end
    FROM periods
), incomplete_year AS (
    SELECT DISTINCT year(period_start) AS incomplete_year FROM dated WHERE period_kind = 'part_year'
)
SELECT
    CASE Substance WHEN 'Opioids' THEN 'opioid' WHEN 'Stimulants' THEN 'stimulant' END
    || CASE Source
        WHEN 'Deaths' THEN '_deaths'
        WHEN 'Hospitalizations' THEN '_hospitalizations'
        WHEN 'Emergency Department (ED) Visits' THEN '_ed_visits'
        WHEN 'Emergency Medical Services (EMS)' THEN '_ems_responses'
    END AS measure_id,
    region.region_id,
    period_start,
    period_end,
    period_kind,
    breakdown.dimension,
    breakdown.member,
    TRY_CAST(Value AS DOUBLE) AS value,
    CASE Unit WHEN 'Number' THEN 'count' WHEN 'Crude rate' THEN 'per_100k' WHEN 'Percent' THEN 'percent' END AS unit,
    -- The publisher flags no cell: the year that the release does not complete is preliminary.
    coalesce(markers.status, if(incomplete_year IS NOT NULL, 'preliminary', 'reported')) AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM dated
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'phac' AND region.publisher_code = Region
LEFT JOIN codes.crosswalk_members AS breakdown
    ON breakdown.scheme = 'phac'
    AND breakdown.publisher_breakdown = Specific_Measure
    -- Aggregator repeats the year except where it holds an age group.
    AND coalesce(breakdown.publisher_group, '') = if(Specific_Measure = 'Sex and age group', Aggregator, '')
    AND coalesce(breakdown.publisher_member, '') = coalesce(Disaggregator, '')
LEFT JOIN markers ON markers.marker = Value
LEFT JOIN incomplete_year ON incomplete_year.incomplete_year = year(period_start)
