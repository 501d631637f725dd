-- One row a municipality and year in; a figure for 1 July out, as in the quarterly table.
-- Totals are mixed in: Canada, the provinces, and their municipalities above and below 5,000 people.
WITH municipalities AS (
    -- A city that has a row of its own goes before the list of all municipalities.
    SELECT code, arg_min(region_id, level) AS region_id
    FROM codes.regions
    WHERE level IN ('city', 'municipality') AND region_id LIKE 'CA-%' AND code <> ''
    GROUP BY code
)
SELECT
    'population' AS measure_id,
    municipalities.region_id,
    (try_strptime(REF_DATE, '%Y') + INTERVAL 6 MONTH)::DATE AS period_start,
    (period_start + INTERVAL 3 MONTH - INTERVAL 1 DAY)::DATE AS period_end,
    'quarter' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    TRY_CAST(VALUE AS DOUBLE) AS value,
    CASE UOM WHEN 'Persons' THEN 'count' END AS unit,
    CASE
        WHEN markers.status IS NOT NULL THEN markers.status
        -- The publisher calls its newest July preliminary.
        WHEN REF_DATE = max(REF_DATE) OVER () THEN 'preliminary'
        ELSE 'reported'
    END AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line,
    CASE
        WHEN GEO LIKE 'Census subdivisions with %' THEN 'the municipalities of one size together'
        WHEN DGUID LIKE '2021A0000%' OR DGUID LIKE '2021A0002%'
            THEN 'a province or Canada; the quarterly table gives it'
    END AS reject_reason
FROM raw
LEFT JOIN municipalities
    ON DGUID LIKE '2021A0005%' AND municipalities.code = substr(DGUID, 10)
LEFT JOIN markers ON markers.marker = coalesce(VALUE, '')
