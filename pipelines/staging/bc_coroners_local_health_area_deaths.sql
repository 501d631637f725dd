-- Cells of a wide table to figures: an area's line of counts or of rates, a column a year.
-- The header repeats 2015; positions 5 to 12 are 2015 to 2022.
WITH areas AS (
    SELECT
        line,
        max(cell) FILTER (position = 3) AS area,
        max(cell) FILTER (position = 4) AS metric
    FROM raw
    WHERE line > 1
    GROUP BY line
), figures AS (
    SELECT areas.*, 2015 + position - 5 AS year, cell
    FROM areas
    CROSS JOIN range(5, 13) AS columns_of_years(position)
    LEFT JOIN raw USING (line, position)
)
SELECT
    'unregulated_drug_deaths' AS measure_id,
    region.region_id,
    make_date(year, 1, 1) AS period_start,
    make_date(year, 12, 31) AS period_end,
    'year' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    if(markers.marker IS NULL, TRY_CAST(cell AS DOUBLE), NULL) AS value,
    CASE metric WHEN 'count' THEN 'count' WHEN 'rate per 100,000' THEN 'per_100k' END AS unit,
    coalesce(markers.status, 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line,
    NULL AS reject_reason
FROM figures
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'bc_local_health_area' AND region.publisher_code = area
LEFT JOIN markers ON markers.marker = cell
UNION ALL BY NAME
SELECT line, 'header' AS reject_reason FROM raw WHERE line = 1 GROUP BY line
