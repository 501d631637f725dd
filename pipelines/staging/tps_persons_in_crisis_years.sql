-- One row a call in, counts of the city by month and kind of call out.
WITH calls AS (
    SELECT
        line,
        try_strptime(event_year || ' ' || event_month, '%Y %B')::DATE AS month,
        type.member AS call_type
    FROM raw
    LEFT JOIN codes.crosswalk_members AS type
        ON type.scheme = 'tps_crisis' AND type.publisher_breakdown = 'event_type' AND type.publisher_member = event_type
), counted AS (
    -- A month without an overdose call would be a 0, made of no line.
    SELECT
        month, cell.measure_id, cell.dimension, cell.member,
        count(*) FILTER (cell.counts) AS value,
        coalesce(list(line) FILTER (cell.counts), []) AS lines
    FROM calls, unnest([
        {'measure_id': 'crisis_calls_attended', 'dimension': 'total', 'member': 'total', 'counts': true},
        {'measure_id': 'crisis_calls_attended', 'dimension': 'call_type', 'member': call_type, 'counts': true},
        {'measure_id': 'overdose_calls_attended', 'dimension': 'total', 'member': 'total', 'counts': call_type = 'overdose'}
    ]) AS unnested(cell)
    GROUP BY ALL
)
SELECT
    measure_id,
    'CA-ON-toronto' AS region_id,
    month AS period_start,
    last_day(month) AS period_end,
    'month' AS period_kind,
    dimension,
    member,
    value::DOUBLE AS value,
    'count' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    lines
FROM counted
