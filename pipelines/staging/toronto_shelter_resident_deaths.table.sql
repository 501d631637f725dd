-- Months by sex; the third gender column is "n/a" before 2020. The same columns, in a table.
WITH months AS (
    SELECT *, try_strptime(Year || ' ' || Month, '%Y %b')::DATE AS period_start FROM raw
), figures AS (
    SELECT line, period_start, cell.*
    FROM months, unnest([
        {'dimension': 'total', 'member': 'total', 'cell': "Total decedents"::VARCHAR},
        {'dimension': 'sex', 'member': 'male', 'cell': Male::VARCHAR},
        {'dimension': 'sex', 'member': 'female', 'cell': Female::VARCHAR},
        {'dimension': 'sex', 'member': 'transgender_nonbinary_two_spirit', 'cell': "Transgender/Non-binary/Two-Spirit"}
    ]) AS cells(cell)
)
SELECT
    'shelter_resident_deaths' AS measure_id,
    'CA-ON-toronto' AS region_id,
    period_start,
    last_day(period_start) AS period_end,
    'month' AS period_kind,
    dimension,
    member,
    TRY_CAST(cell AS DOUBLE) AS value,
    'count' AS unit,
    coalesce(markers.status, 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM figures
LEFT JOIN markers ON markers.marker = cell
