-- PHAC's long table as released to 2022, with a type of event: one row in, one row out.
-- Sex, age and substances are given of accidental deaths; the total of deaths is an event of its own.
-- The release of 2022 writes -1 for suppressed and -2 for not available: markers, never values.
-- EMS sub-areas share a province's PRUID, so regions are matched by name.
WITH periods AS (
    SELECT
        *,
        CASE
            WHEN regexp_full_match(Year_Quarter, '\d{4}') THEN 'year'
            WHEN regexp_full_match(Year_Quarter, '\d{4} Q[1-4]') THEN 'quarter'
            WHEN regexp_full_match(Year_Quarter, '\d{4} \([A-Z][a-z]{2} to [A-Z][a-z]{2}\)') THEN 'part_year'
        END AS period_kind,
        -- Blank in 2021, the year itself in 2022, unless it holds the first of two breakdowns.
        if(Aggregator = Year_Quarter, '', coalesce(Aggregator, '')) AS first_breakdown
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
    -- 2018 (Apr to Dec) is where a breakdown begins: that year is complete.
    SELECT DISTINCT year(period_start) AS incomplete_year
    FROM dated
    WHERE period_kind = 'part_year' AND month(period_start) = 1
)
SELECT
    CASE Substance WHEN 'Opioids' THEN 'opioid' WHEN 'Stimulants' THEN 'stimulant' END
    || CASE Source
        WHEN 'Deaths' THEN '_deaths'
        WHEN 'Hospitalizations' THEN '_hospitalizations'
        WHEN 'Emergency Medical Services (EMS)' THEN '_ems_responses'
    END AS measure_id,
    region.region_id,
    period_start,
    period_end,
    period_kind,
    CASE
        WHEN event.dimension = 'total' THEN breakdown.dimension
        WHEN breakdown.dimension = 'total' THEN event.dimension
        ELSE event.dimension || '+' || breakdown.dimension
    END AS dimension,
    CASE
        WHEN event.dimension = 'total' THEN breakdown.member
        WHEN breakdown.dimension = 'total' THEN event.member
        ELSE event.member || '+' || breakdown.member
    END AS member,
    if(markers.marker IS NULL, TRY_CAST(Value AS DOUBLE), NULL) AS value,
    CASE Unit
        WHEN 'Number' THEN 'count'
        WHEN 'Crude rate' THEN 'per_100k'
        WHEN 'Age-adjusted rate' THEN 'per_100k_age_adjusted'
        WHEN 'Percent' THEN 'percent'
    END AS unit,
    coalesce(markers.status, if(incomplete_year IS NOT NULL, 'preliminary', 'reported')) AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM dated
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'phac_type_event' AND region.publisher_code = Region
LEFT JOIN codes.crosswalk_members AS event
    ON event.scheme = 'phac_type_event'
    AND event.publisher_breakdown = 'Type of event'
    AND event.publisher_member = Type_Event
LEFT JOIN codes.crosswalk_members AS breakdown
    ON breakdown.scheme = 'phac_type_event'
    AND breakdown.publisher_breakdown = Specific_Measure
    AND coalesce(breakdown.publisher_group, '') = first_breakdown
    AND coalesce(breakdown.publisher_member, '') = coalesce(Disaggregator, '')
LEFT JOIN markers ON markers.marker = Value
LEFT JOIN incomplete_year ON incomplete_year.incomplete_year = year(period_start)
