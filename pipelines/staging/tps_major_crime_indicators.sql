-- One row an offence in, counts by month of report, place and kind out.
-- A neighbourhood of NSA (not specified) counts in the city only; a place without an offence is a 0.
WITH offences AS (
    SELECT
        line,
        -- Midnight in Toronto is 4 or 5 o'clock in UTC.
        (epoch_ms(REPORT_DATE) - INTERVAL 4 HOUR)::DATE AS reported_on,
        date_trunc('month', reported_on)::DATE AS month,
        kind.member AS kind,
        HOOD_158 IS NOT DISTINCT FROM 'NSA' AS is_unplaced,
        region.region_id
    FROM raw
    LEFT JOIN codes.crosswalk_members AS kind
        ON kind.scheme = 'tps_major_crime' AND kind.publisher_member = CSI_CATEGORY
    LEFT JOIN codes.crosswalk_regions AS region
        ON region.scheme = 'hood_158' AND region.publisher_code = ltrim(HOOD_158, '0')
), placed AS (
    SELECT line, month, kind, 'CA-ON-toronto' AS region_id FROM offences
    UNION ALL
    SELECT line, month, kind, region_id FROM offences WHERE NOT is_unplaced
), counted AS (
    SELECT month, region_id, 'major_crime' AS dimension, kind AS member, count(*) AS value, list(line) AS lines
    FROM placed GROUP BY ALL
    UNION ALL
    SELECT month, region_id, 'total', 'total', count(*), list(line)
    FROM placed GROUP BY ALL
), places AS (
    SELECT 'CA-ON-toronto' AS region_id
    UNION ALL
    SELECT region_id FROM codes.crosswalk_regions WHERE scheme = 'hood_158'
), series AS (
    SELECT 'total' AS dimension, 'total' AS member
    UNION ALL
    SELECT dimension, member FROM codes.crosswalk_members WHERE scheme = 'tps_major_crime'
), months AS (
    SELECT DISTINCT month, max(reported_on) OVER () AS last_record FROM offences
), expected AS (
    SELECT month, region_id, dimension, member FROM months CROSS JOIN places CROSS JOIN series
)
SELECT
    'major_crime_offences' AS measure_id,
    region_id,
    month AS period_start,
    last_day(month) AS period_end,
    'month' AS period_kind,
    dimension,
    member,
    coalesce(value, 0)::DOUBLE AS value,
    'count' AS unit,
    if(months.last_record BETWEEN month AND last_day(month) - 1, 'preliminary', 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    coalesce(lines, []) AS lines
FROM expected
FULL JOIN counted USING (month, region_id, dimension, member)
LEFT JOIN months USING (month)
