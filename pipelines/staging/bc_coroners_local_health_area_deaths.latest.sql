-- The report's page of areas: rates of six years and the count of the last.
-- Below the areas stand footnotes and a list of places, shifted into the columns of years.
WITH areas AS (
    SELECT
        line,
        region.region_id,
        "2017", "2018", "2019", "2020", "2021", "2022",
        "Total deaths" AS deaths,
        CASE
            WHEN "Rate per 100,000" IS NOT NULL THEN NULL
            WHEN regexp_matches("Local Health Area", '^(Note|\d)') THEN 'footnote'
            ELSE 'name of a place and its health authority, no figure'
        END AS reject_reason
    FROM raw
    LEFT JOIN codes.crosswalk_regions AS region
        ON region.scheme = 'bc_local_health_area' AND region.publisher_code = "Local Health Area"
), figures AS (
    SELECT line, region_id, reject_reason, cell.*
    FROM areas, unnest([
        {'year': 2017, 'unit': 'per_100k', 'cell': "2017"},
        {'year': 2018, 'unit': 'per_100k', 'cell': "2018"},
        {'year': 2019, 'unit': 'per_100k', 'cell': "2019"},
        {'year': 2020, 'unit': 'per_100k', 'cell': "2020"},
        {'year': 2021, 'unit': 'per_100k', 'cell': "2021"},
        {'year': 2022, 'unit': 'per_100k', 'cell': "2022"},
        {'year': 2022, 'unit': 'count', 'cell': deaths::VARCHAR}
    ]) AS cells(cell)
)
SELECT
    'unregulated_drug_deaths' AS measure_id,
    region_id,
    make_date(year, 1, 1) AS period_start,
    make_date(year, 12, 31) AS period_end,
    'year' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    if(markers.marker IS NULL, TRY_CAST(cell AS DOUBLE), NULL) AS value,
    unit,
    coalesce(markers.status, 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line,
    reject_reason
FROM figures
LEFT JOIN markers ON markers.marker = cell
