-- One row an occurrence in, counts of the city by month, category and type out.
-- The table begins within a month, which is left out: a later release would give ever less of it.
-- It names an intersection but no neighbourhood. A kind without an occurrence in a month is a 0.
WITH occurrences AS (
    SELECT
        line,
        epoch_ms(Reported_Date)::DATE AS day,
        date_trunc('month', day)::DATE AS month,
        category.member AS category,
        type.member AS type
    FROM raw
    LEFT JOIN codes.crosswalk_members AS category
        ON category.scheme = 'eps_category' AND category.publisher_member = Occurrence_Category
    LEFT JOIN codes.crosswalk_members AS type
        ON type.scheme = 'eps_type' AND type.publisher_member = Occurrence_Type_Group
), first_record AS (
    SELECT min(day) AS first_record FROM occurrences
), whole AS (
    SELECT occurrences.*
    FROM occurrences
    CROSS JOIN first_record
    WHERE day IS NULL OR month >= first_record
), cells AS (
    SELECT line, month, cell.*
    FROM whole, unnest([
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
    SELECT DISTINCT month FROM whole WHERE month IS NOT NULL
), kinds AS (
    SELECT DISTINCT measure_id, dimension, member FROM counted WHERE member IS NOT NULL
), last_record AS (
    SELECT max(day) AS last_record FROM occurrences
), figures AS (
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
        -- The table may stop within its last month.
        if(last_record BETWEEN month AND last_day(month) - 1, 'preliminary', 'reported') AS status,
        NULL::DOUBLE AS low,
        NULL::DOUBLE AS high,
        coalesce(lines, []) AS lines,
        NULL::VARCHAR AS reject_reason
    FROM (FROM kinds CROSS JOIN months)
    FULL JOIN counted USING (month, measure_id, dimension, member)
    CROSS JOIN last_record
)
FROM figures
UNION ALL BY NAME
SELECT list(line) AS lines, 'part of the first month, which is not whole' AS reject_reason
FROM occurrences
ANTI JOIN whole USING (line)
HAVING count(*) > 0
