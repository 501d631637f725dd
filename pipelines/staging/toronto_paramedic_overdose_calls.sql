-- Calls by neighbourhood in 2025, with every neighbourhood that the publisher leaves out as 0 to 4.
-- Number and name often disagree, but trade places among equal counts. Where they do not, the
-- figure is not known: both rows are rejected and both neighbourhoods are not available.
WITH rows_placed AS (
    SELECT
        line,
        " OD_COUNT" AS calls,
        by_number.region_id AS number_region,
        by_name.region_id AS name_region
    FROM raw
    LEFT JOIN codes.crosswalk_regions AS by_number
        ON by_number.scheme = 'hood_158' AND by_number.publisher_code = "NUMBER"::VARCHAR
    LEFT JOIN codes.crosswalk_regions AS by_name
        ON by_name.scheme = 'tois_neighbourhood' AND by_name.publisher_code = trim(" NAME")
), areas AS (
    SELECT
        if(named.line IS NULL, numbered.number_region, named.name_region) AS region_id,
        named.calls AS calls,
        -- A place that is not known is no dispute: without a region its row is refused.
        coalesce(named.calls = numbered.calls, false) OR region_id IS NULL AS is_agreed,
        list_distinct(list_filter([named.line, numbered.line], lambda line: line IS NOT NULL)) AS lines
    FROM rows_placed AS named
    FULL JOIN rows_placed AS numbered ON named.name_region = numbered.number_region
), figures AS (
    SELECT region_id, calls::DOUBLE AS value, 'reported' AS status, list_sort(lines) AS lines
    FROM areas
    WHERE is_agreed
    UNION ALL BY NAME
    SELECT region_id, 'not_available' AS status, []::BIGINT[] AS lines FROM areas WHERE NOT is_agreed
    UNION ALL BY NAME
    SELECT line AS rejected_line, [line] AS lines, 'number and name are of two neighbourhoods with other counts' AS reject_reason
    FROM (SELECT DISTINCT unnest(lines) AS line FROM areas WHERE NOT is_agreed)
    UNION ALL BY NAME
    SELECT region_id, 'suppressed' AS status, 0::DOUBLE AS low, 4::DOUBLE AS high, []::BIGINT[] AS lines
    FROM codes.regions
    WHERE level = 'neighbourhood' AND parent_id = 'CA-ON-toronto'
        AND region_id NOT IN (SELECT region_id FROM areas WHERE region_id IS NOT NULL)
)
SELECT
    'toronto_paramedic_overdose_calls' AS measure_id,
    region_id,
    DATE '2025-01-01' AS period_start,
    DATE '2025-12-31' AS period_end,
    'year' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    value,
    'count' AS unit,
    status,
    low,
    high,
    lines,
    reject_reason
FROM figures
