-- One row an incident in, counts by month and year, place and type out; a file holds one year.
-- Rows moved for privacy repeat each other exactly: each is an incident of its own, and all are counted.
-- An incident without a neighbourhood counts in the city only; a place and month without one is a 0.
WITH incidents AS (
    SELECT
        line,
        make_date(YEAR, 1, 1) AS year_start,
        try_strptime(YEAR || '-' || MONTH, '%Y-%m')::DATE AS month_start,
        try_strptime(YEAR || '-' || MONTH || '-' || DAY, '%Y-%m-%d')::DATE AS occurred_on,
        type.member AS crime_type,
        coalesce(trim(NEIGHBOURHOOD), '') = '' AS is_unplaced,
        region.region_id
    FROM raw
    LEFT JOIN codes.crosswalk_members AS type
        ON type.scheme = 'vpd_type' AND type.publisher_member = raw.TYPE
    LEFT JOIN codes.crosswalk_regions AS region
        ON region.scheme = 'vpd_neighbourhood' AND region.publisher_code = raw.NEIGHBOURHOOD
), placed AS (
    SELECT line, year_start, month_start, crime_type, 'CA-BC-vancouver' AS region_id FROM incidents
    UNION ALL
    SELECT line, year_start, month_start, crime_type, region_id FROM incidents WHERE NOT is_unplaced
), dated AS (
    SELECT line, region_id, crime_type, 'month' AS period_kind, month_start AS period_start FROM placed
    UNION ALL
    SELECT line, region_id, crime_type, 'year', year_start FROM placed
), counted AS (
    SELECT region_id, period_kind, period_start, 'crime_type' AS dimension, crime_type AS member, list(line) AS lines
    FROM dated
    GROUP BY ALL
    UNION ALL
    -- A type that is not known stays without a member, so that the check can name its line.
    SELECT region_id, period_kind, period_start, 'total', 'total', list(line)
    FROM dated
    GROUP BY ALL
), months AS (
    SELECT DISTINCT year_start, month_start FROM incidents WHERE month_start IS NOT NULL
), covered AS (
    SELECT 'month' AS period_kind, month_start AS period_start, last_day(month_start) AS period_end FROM months
    UNION ALL
    -- A year is given only where the file holds all of it.
    SELECT 'year', year_start, make_date(year(year_start), 12, 31) FROM months GROUP BY year_start HAVING count(*) = 12
), places AS (
    SELECT 'CA-BC-vancouver' AS region_id
    UNION ALL
    SELECT region_id FROM codes.crosswalk_regions WHERE scheme = 'vpd_neighbourhood'
), series AS (
    SELECT 'total' AS dimension, 'total' AS member
    UNION ALL
    SELECT dimension, member FROM codes.crosswalk_members WHERE scheme = 'vpd_type'
), expected AS (
    SELECT * FROM covered CROSS JOIN places CROSS JOIN series
), last_record AS (
    SELECT max(occurred_on) AS last_record FROM incidents
)
SELECT
    'vpd_incidents' AS measure_id,
    region_id,
    period_start,
    coalesce(period_end, last_day(period_start)) AS period_end,
    period_kind,
    dimension,
    member,
    coalesce(len(lines), 0)::DOUBLE AS value,
    'count' AS unit,
    -- The file stops within its last month.
    if(period_kind = 'month' AND last_record BETWEEN period_start AND last_day(period_start) - 1, 'preliminary', 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    coalesce(lines, []) AS lines
FROM expected
FULL JOIN counted USING (region_id, period_kind, period_start, dimension, member)
CROSS JOIN last_record
-- The incidents of an incomplete year stand in its months.
WHERE NOT (period_kind = 'year' AND period_end IS NULL)
