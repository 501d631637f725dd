-- One row a patient's call in, counts by month out. The month is that of the printed date.
-- NULL, blank and None all mean that nothing was recorded.
WITH calls AS (
    SELECT
        line,
        try_strptime(Incident_Date[1:10], '%Y/%m/%d')::DATE AS day,
        date_trunc('month', day)::DATE AS month,
        CASE Opioid_Use WHEN 'Yes' THEN 'yes' WHEN 'No' THEN 'no' WHEN 'Unknown' THEN 'unknown' END AS opioid_use,
        CASE coalesce(Narcan_Given, '') WHEN 'Yes' THEN 'given' WHEN 'No' THEN 'not_given' WHEN '' THEN 'not_recorded' WHEN 'NULL' THEN 'not_recorded' END AS naloxone,
        CASE coalesce(Patient_Homeless, '') WHEN 'Yes' THEN 'homeless' WHEN 'No' THEN 'housed' WHEN 'Unknown' THEN 'unknown' WHEN '' THEN 'unknown' WHEN 'NULL' THEN 'unknown' END AS housing
    FROM raw
), cells AS (
    SELECT line, month, cell.*
    FROM calls, unnest([
        {'dimension': 'total', 'member': 'total'},
        {'dimension': 'opioid_use', 'member': opioid_use},
        {'dimension': 'naloxone', 'member': naloxone},
        {'dimension': 'housing', 'member': housing}
    ]) AS unnested(cell)
), grouped AS (
    SELECT month, dimension, member, count(*) AS value, list(line) AS lines FROM cells GROUP BY ALL
), expected AS (
    -- In a month that has calls, an answer without one is a 0.
    SELECT month, dimension, member
    FROM (SELECT DISTINCT month FROM calls WHERE month IS NOT NULL)
    CROSS JOIN (SELECT DISTINCT dimension, member FROM cells WHERE member IS NOT NULL)
), counted AS (
    SELECT month, dimension, member, coalesce(value, 0) AS value, coalesce(lines, []) AS lines
    FROM expected
    FULL JOIN grouped USING (month, dimension, member)
), last_record AS (
    SELECT max(day) AS last_record FROM calls
)
SELECT
    'opioid_ems_calls' AS measure_id,
    'US-AZ-tempe' AS region_id,
    month AS period_start,
    last_day(month) AS period_end,
    'month' AS period_kind,
    dimension,
    member,
    value::DOUBLE AS value,
    'count' AS unit,
    if(last_record BETWEEN month AND last_day(month) - 1, 'preliminary', 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    lines
FROM counted
CROSS JOIN last_record
