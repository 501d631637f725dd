-- Days by code to figures of days and of whole months; a month of which days are missing has no row.
-- The codes of a day do not always sum to the calls coded: both stand as published.
WITH days AS (
    SELECT line, "Date" AS day, cell.*
    FROM raw, unnest([
        {'measure_id': 'central_intake_calls', 'dimension': 'total', 'member': 'total', 'calls': "Total calls handled"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'total', 'member': 'total', 'calls': "Total calls coded"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'call_outcome', 'member': 'referred_to_space', 'calls': "Code 1A - Referral to a Sleeping/Resting Space"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'call_outcome', 'member': 'transferred_to_assaulted_womens_helpline', 'calls': "Code 1B - External Transfer to AWHL"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'call_outcome', 'member': 'referred_to_eviction_prevention', 'calls': "Code 1C - Referral to Eviction Prevention Service"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'call_outcome', 'member': 'declined_space', 'calls': "Code 1D - Declined Shelter/Resting Space"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'call_outcome', 'member': 'transferred_within_central_intake', 'calls': "Code 2A - Internal Transfer to CI"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'call_outcome', 'member': 'transferred_homelessness_related', 'calls': "Code 2B - External Transfer - Homelessness-related"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'call_outcome', 'member': 'information_homelessness_and_prevention', 'calls': "Code 2C - Information - Homelessness & Prevention Services"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'call_outcome', 'member': 'information_other', 'calls': "Code 2D - Information - Non-Homelessness-related"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'call_outcome', 'member': 'no_space_family', 'calls': "Code 3A - Shelter Space Unavailable - Family"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'call_outcome', 'member': 'no_space_individuals_or_couples', 'calls': "Code 3B - Shelter Space Unavailable - Individuals/Couples"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'call_outcome', 'member': 'follow_up', 'calls': "Code 3C - Follow-up / Check on Placement"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'call_outcome', 'member': 'dead_air', 'calls': "Code 4A - Dead Air"},
        {'measure_id': 'central_intake_calls_coded', 'dimension': 'call_outcome', 'member': 'disconnected', 'calls': "Code 4B - Disconnected - No Outcome"}
    ]) AS unnested(cell)
), figures AS (
    SELECT 'day' AS period_kind, day AS period_start, day AS period_end, measure_id, dimension, member, calls, [line] AS lines
    FROM days
    UNION ALL
    SELECT
        'month', date_trunc('month', day)::DATE, last_day(date_trunc('month', day)), measure_id, dimension, member,
        if(bool_or(calls IS NULL), NULL, sum(calls)), list(line)
    FROM days
    GROUP BY date_trunc('month', day), measure_id, dimension, member
    HAVING count(DISTINCT day) = day(last_day(date_trunc('month', day)))
)
SELECT
    measure_id,
    'CA-ON-toronto' AS region_id,
    period_start,
    period_end,
    period_kind,
    dimension,
    member,
    calls::DOUBLE AS value,
    'count' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    lines
FROM figures
