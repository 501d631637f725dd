-- Months by community and category, cells above 0 only, some given twice: summed, and zeros filled in.
-- A community is filled from its first month in the file on; before, it may not have existed.
-- The city is the sum of its communities and of the areas outside them.
WITH cells AS (
    SELECT
        line,
        try_strptime(Year || '-' || Month, '%Y-%m')::DATE AS month_start,
        region.region_id,
        category.member AS crime_type,
        "Crime Count" AS crimes
    FROM raw
    LEFT JOIN codes.crosswalk_regions AS region
        ON region.scheme = 'calgary_community' AND region.publisher_code = trim(Community)
    -- One category holds a no-break space.
    LEFT JOIN codes.crosswalk_members AS category
        ON category.scheme = 'calgary_category'
        AND category.publisher_member = regexp_replace(trim(raw.Category), '[\s\x{00A0}]+', ' ', 'g')
), months AS (
    SELECT DISTINCT month_start FROM cells WHERE month_start IS NOT NULL
), first_months AS (
    SELECT region_id, min(month_start) AS first_month FROM cells WHERE region_id IS NOT NULL GROUP BY region_id
    UNION ALL
    SELECT 'CA-AB-calgary', min(month_start) FROM cells
), placed AS (
    SELECT * FROM cells
    UNION ALL
    SELECT * REPLACE (if(region_id IS NULL, NULL, 'CA-AB-calgary') AS region_id) FROM cells
), monthly AS (
    SELECT region_id, month_start, 'crime_type' AS dimension, crime_type AS member, sum(crimes) AS value, list(line) AS lines
    FROM placed
    GROUP BY ALL
    UNION ALL
    -- A category that is not known stays without a member above, so that the check can name its line.
    SELECT region_id, month_start, 'total', 'total', sum(crimes), list(line)
    FROM placed
    GROUP BY ALL
), series AS (
    SELECT 'total' AS dimension, 'total' AS member
    UNION ALL
    SELECT dimension, member FROM codes.crosswalk_members WHERE scheme = 'calgary_category'
), expected AS (
    SELECT region_id, month_start, dimension, member
    FROM first_months
    INNER JOIN months ON month_start >= first_month
    CROSS JOIN series
), filled AS (
    SELECT region_id, month_start, dimension, member, coalesce(value, 0) AS value, coalesce(lines, []) AS lines
    FROM expected
    FULL JOIN monthly USING (region_id, month_start, dimension, member)
), figures AS (
    SELECT region_id, 'month' AS period_kind, month_start AS period_start, dimension, member, value, lines FROM filled
    UNION ALL
    -- A year is given only where all its months are.
    SELECT region_id, 'year', date_trunc('year', month_start)::DATE, dimension, member, sum(value), flatten(list(lines))
    FROM filled
    GROUP BY region_id, date_trunc('year', month_start), dimension, member
    HAVING count(*) = 12
)
SELECT
    'calgary_crime_incidents' AS measure_id,
    region_id,
    period_start,
    if(period_kind = 'year', make_date(year(period_start), 12, 31), last_day(period_start)) AS period_end,
    period_kind,
    dimension,
    member,
    value::DOUBLE AS value,
    'count' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    lines
FROM figures
