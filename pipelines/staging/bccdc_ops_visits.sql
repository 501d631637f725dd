-- Visits to overdose prevention sites in a month, a column a health authority: one row in, a figure an area out.
WITH areas AS (
    SELECT * FROM raw UNPIVOT INCLUDE NULLS (figure FOR area IN (COLUMNS(* EXCLUDE (line, "Date"))))
)
SELECT
    'overdose_prevention_visits' AS measure_id,
    region.region_id,
    if(day("Date") = 1, "Date", NULL) AS period_start,
    last_day("Date") AS period_end,
    'month' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    figure::DOUBLE AS value,
    'count' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM areas
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'bc_health_authority' AND region.publisher_code = area
