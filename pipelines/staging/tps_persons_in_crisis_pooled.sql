-- One row a call without its date in, counts by neighbourhood of one period of four years out.
WITH calls AS (
    SELECT
        line,
        region.region_id,
        type.member AS call_type,
        CASE apprehension_made WHEN 'Yes' THEN true WHEN 'No' THEN false END AS apprehended
    FROM raw
    LEFT JOIN codes.crosswalk_members AS type
        ON type.scheme = 'tps_crisis' AND type.publisher_breakdown = 'event_type' AND type.publisher_member = event_type
    LEFT JOIN codes.crosswalk_regions AS region
        ON region.scheme = 'hood_158' AND region.publisher_code = hood_158_loc::VARCHAR
), counted AS (
    SELECT
        region_id, cell.measure_id, cell.dimension, cell.member,
        count(*) FILTER (cell.counts) AS value,
        coalesce(list(line) FILTER (cell.counts), []) AS lines
    FROM calls, unnest([
        {'measure_id': 'crisis_calls_attended_2014_2017', 'dimension': 'total', 'member': 'total', 'counts': true},
        {'measure_id': 'crisis_calls_attended_2014_2017', 'dimension': 'call_type', 'member': call_type, 'counts': true},
        {'measure_id': 'overdose_calls_attended_2014_2017', 'dimension': 'total', 'member': 'total', 'counts': call_type = 'overdose'},
        -- An answer other than Yes or No has no member, so that the stage can name its line.
        {'measure_id': 'crisis_apprehensions_2014_2017', 'dimension': 'total', 'member': if(apprehended IS NULL, NULL, 'total'), 'counts': coalesce(apprehended, true)}
    ]) AS unnested(cell)
    GROUP BY ALL
)
SELECT
    measure_id,
    region_id,
    DATE '2014-01-01' AS period_start,
    DATE '2017-12-31' AS period_end,
    'pooled' AS period_kind,
    dimension,
    member,
    value::DOUBLE AS value,
    'count' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    lines
FROM counted
