-- One row a patient in an incident in, counts by month out.
-- A blank police flag is neither yes nor no: a month in which one is blank is not available.
WITH patients AS (
    SELECT
        line,
        date_trunc('month', try_strptime("Incident Date", '%m/%d/%Y %I:%M:%S %p'))::DATE AS month,
        try_strptime("Incident Date", '%m/%d/%Y %I:%M:%S %p')::DATE AS day,
        disposition.member AS disposition,
        CASE coalesce("PD Narcan", '') WHEN 'True' THEN 'given' WHEN 'False' THEN 'not_given' WHEN '' THEN 'not_recorded' END AS police_naloxone
    FROM raw
    LEFT JOIN codes.crosswalk_members AS disposition
        ON disposition.scheme = 'mesa_disposition' AND disposition.publisher_member = "Incident Disposition"
), cells AS (
    SELECT line, month, cell.*
    FROM patients, unnest([
        {'measure_id': 'overdose_review_patients', 'dimension': 'total', 'member': 'total', 'counts': true, 'answered': true},
        {'measure_id': 'overdose_review_patients', 'dimension': 'disposition', 'member': disposition, 'counts': true, 'answered': true},
        {'measure_id': 'overdose_review_patients', 'dimension': 'police_naloxone', 'member': police_naloxone, 'counts': true, 'answered': true},
        {'measure_id': 'overdose_review_dead_on_scene', 'dimension': 'total', 'member': 'total', 'counts': disposition LIKE 'dead\_%' ESCAPE '\', 'answered': true},
        {'measure_id': 'police_naloxone_patients', 'dimension': 'total', 'member': 'total', 'counts': police_naloxone = 'given', 'answered': police_naloxone <> 'not_recorded'}
    ]) AS unnested(cell)
), grouped AS (
    SELECT
        month, measure_id, dimension, member,
        count(*) FILTER (counts) AS value,
        coalesce(list(line) FILTER (counts), []) AS lines,
        bool_and(answered) AS answered
    FROM cells
    GROUP BY ALL
), expected AS (
    -- In a month that has patients, a kind without one is a 0.
    SELECT month, measure_id, dimension, member
    FROM (SELECT DISTINCT month FROM patients WHERE month IS NOT NULL)
    CROSS JOIN (SELECT DISTINCT measure_id, dimension, member FROM cells WHERE member IS NOT NULL)
), counted AS (
    SELECT
        month, measure_id, dimension, member,
        coalesce(value, 0) AS value,
        coalesce(lines, []) AS lines,
        coalesce(answered, true) AS answered
    FROM expected
    FULL JOIN grouped USING (month, measure_id, dimension, member)
), last_record AS (
    SELECT max(day) AS last_record FROM patients
)
SELECT
    measure_id,
    'US-AZ-mesa' AS region_id,
    month AS period_start,
    last_day(month) AS period_end,
    'month' AS period_kind,
    dimension,
    member,
    if(answered, value::DOUBLE, NULL) AS value,
    'count' AS unit,
    CASE
        WHEN NOT answered THEN 'not_available'
        -- The publisher's records begin on 14 June 2017 and stop within the last month.
        WHEN month = DATE '2017-06-01' OR last_record BETWEEN month AND last_day(month) - 1 THEN 'preliminary'
        ELSE 'reported'
    END AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    lines
FROM counted
CROSS JOIN last_record
