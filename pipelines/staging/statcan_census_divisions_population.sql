-- One row a census division in, with the counts of two censuses; a figure for each census day out.
-- Dwellings, areas and ranks stay in the file; the notes at its end are rejected.
WITH lines AS (
    SELECT
        line,
        max(cell) FILTER (position = 1) AS code,
        max(cell) FILTER (position = 9) AS counted_2016,
        max(cell) FILTER (position = 11) AS counted_2011
    FROM raw
    GROUP BY line
), judged AS (
    SELECT *, CASE
        WHEN line = 1 THEN 'column names'
        WHEN line >= min(line) FILTER (code = 'Note:') OVER () THEN 'footnote'
    END AS reject_reason
    FROM lines
), censuses AS (
    SELECT line, code, reject_reason, unnest([
        {census_day: DATE '2016-05-10', cell: counted_2016},
        {census_day: DATE '2011-05-10', cell: counted_2011}
    ], recursive := true)
    FROM judged
)
SELECT
    'census_population' AS measure_id,
    region.region_id,
    census_day AS period_start,
    census_day AS period_end,
    'day' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    TRY_CAST(cell AS DOUBLE) AS value,
    'count' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line,
    reject_reason
FROM censuses
LEFT JOIN codes.regions AS region ON region.level = 'census_division' AND region.code = censuses.code
