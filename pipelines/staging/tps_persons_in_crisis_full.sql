-- One row a call in, counts by month, place and kind of call out.
-- A neighbourhood of NSA (not specified) counts in the city only; a place without a call is a 0.
WITH dated AS (
    SELECT
        *,
        -- Midnight in Toronto is 4 or 5 o'clock in UTC.
        (epoch_ms(EVENT_DATE) - INTERVAL 4 HOUR)::DATE AS event_date_local
    FROM raw
), calls AS (
    SELECT
        line,
        date_trunc('month', event_date_local)::DATE AS month,
        type.member AS call_type,
        CASE APPREHENSION_MADE WHEN 'Yes' THEN true WHEN 'No' THEN false END AS apprehended,
        dated.HOOD_158 IS NOT DISTINCT FROM 'NSA' AS is_unplaced,
        region.region_id
    FROM dated
    LEFT JOIN codes.crosswalk_members AS type
        ON type.scheme = 'tps_crisis' AND type.publisher_breakdown = 'event_type' AND type.publisher_member = EVENT_TYPE
    LEFT JOIN codes.crosswalk_regions AS region
        ON region.scheme = 'hood_158' AND region.publisher_code = ltrim(dated.HOOD_158, '0')
), placed AS (
    SELECT * EXCLUDE (is_unplaced) REPLACE ('CA-ON-toronto' AS region_id) FROM calls
    UNION ALL
    SELECT * EXCLUDE (is_unplaced) FROM calls WHERE NOT is_unplaced
), cells AS (
    SELECT line, month, region_id, cell.measure_id, cell.dimension, cell.member
    FROM placed, unnest([
        {'measure_id': 'crisis_calls_attended', 'dimension': 'total', 'member': 'total', 'counts': true},
        {'measure_id': 'crisis_calls_attended', 'dimension': 'call_type', 'member': call_type, 'counts': true},
        {'measure_id': 'overdose_calls_attended', 'dimension': 'total', 'member': 'total', 'counts': call_type = 'overdose'},
        -- An answer other than Yes or No has no member, so that the stage can name its line.
        {'measure_id': 'crisis_apprehensions', 'dimension': 'total', 'member': if(apprehended IS NULL, NULL, 'total'), 'counts': coalesce(apprehended, true)},
        {'measure_id': 'crisis_apprehensions', 'dimension': 'call_type', 'member': call_type, 'counts': apprehended AND region_id = 'CA-ON-toronto'}
    ]) AS unnested(cell)
    WHERE cell.counts
), counted AS (
    SELECT month, region_id, measure_id, dimension, member, count(*) AS value, list(line) AS lines
    FROM cells
    GROUP BY ALL
), covered AS (
    SELECT DISTINCT month FROM calls
), places AS (
    SELECT region_id, true AS has_kinds_of_apprehension FROM (VALUES ('CA-ON-toronto')) AS city (region_id)
    UNION ALL
    SELECT region_id, false FROM codes.crosswalk_regions WHERE scheme = 'hood_158'
), series AS (
    SELECT measure_id, dimension, unnest(members) AS member
    FROM (VALUES
        ('crisis_calls_attended', 'total', ['total']),
        ('crisis_calls_attended', 'call_type', ['overdose', 'person_in_crisis', 'suicide_related']),
        ('overdose_calls_attended', 'total', ['total']),
        ('crisis_apprehensions', 'total', ['total']),
        ('crisis_apprehensions', 'call_type', ['overdose', 'person_in_crisis', 'suicide_related'])
    ) AS listed (measure_id, dimension, members)
), expected AS (
    SELECT month, region_id, measure_id, dimension, member
    FROM covered CROSS JOIN places CROSS JOIN series
    WHERE has_kinds_of_apprehension OR measure_id <> 'crisis_apprehensions' OR dimension = 'total'
), last_record AS (
    SELECT max(event_date_local) AS last_record FROM dated
)
SELECT
    measure_id,
    region_id,
    month AS period_start,
    last_day(month) AS period_end,
    'month' AS period_kind,
    dimension,
    member,
    coalesce(value, 0)::DOUBLE AS value,
    'count' AS unit,
    -- The table may stop within its last month.
    if(last_record BETWEEN month AND last_day(month) - 1, 'preliminary', 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    coalesce(lines, []) AS lines
FROM expected
FULL JOIN counted USING (month, region_id, measure_id, dimension, member)
CROSS JOIN last_record
