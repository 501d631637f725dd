-- One row an occurrence in, counts of the city by month, category and type out.
-- The file names an intersection but no neighbourhood. A kind without an occurrence in a month is a 0.
WITH occurrences AS (
    SELECT
        line,
        try_strptime("Date Reported", '%Y/%m/%d')::DATE AS day,
        date_trunc('month', day)::DATE AS month,
        category.member AS category,
        type.member AS type
    FROM raw
    LEFT JOIN codes.crosswalk_members AS category
        ON category.scheme = 'eps_category' AND category.publisher_member = Occurrence_Category
    LEFT JOIN codes.crosswalk_members AS type
        ON type.scheme = 'eps_type' AND type.publisher_member = Occurrence_Type_Group
), cells AS (
    SELECT line, month, cell.*
    FROM occurrences, unnest([
        {'measure_id': 'eps_occurrences', 'dimension': 'total', 'member': 'total', 'counts': true},
        {'measure_id': 'eps_occurrences', 'dimension': 'occurrence_category', 'member': category, 'counts': true},
        {'measure_id': 'eps_occurrences', 'dimension': 'occurrence_type', 'member': type, 'counts': true},
        {'measure_id': 'eps_disorder_occurrences', 'dimension': 'total', 'member': 'total', 'counts': category = 'disorder'},
        {'measure_id': 'eps_disorder_occurrences', 'dimension': 'occurrence_type', 'member': type, 'counts': category = 'disorder'},
        {'measure_id': 'eps_drug_occurrences', 'dimension': 'total', 'member': 'total', 'counts': category = 'drugs'}
    ]) AS unnested(cell)
    WHERE cell.counts
), counted AS (
    SELECT month, measure_id, dimension, member, list(line) AS lines
    FROM cells
    GROUP BY ALL
), months AS (
    SELECT DISTINCT month FROM occurrences WHERE month IS NOT NULL
), kinds AS (
    SELECT DISTINCT measure_id, dimension, member FROM counted WHERE member IS NOT NULL
), last_record AS (
    SELECT max(day) AS last_record FROM occurrences
)
SELECT
    measure_id,
    'CA-AB-edmonton' AS region_id,
    month AS period_start,
    last_day(month) AS period_end,
    'month' AS period_kind,
    dimension,
    member,
    coalesce(len(lines), 0)::DOUBLE AS value,
    'count' AS unit,
    -- The file stops within its last month.
    if(last_record BETWEEN month AND last_day(month) - 1, 'preliminary', 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    coalesce(lines, []) AS lines
FROM (FROM kinds CROSS JOIN months)
FULL JOIN counted USING (month, measure_id, dimension, member)
CROSS JOIN last_record
