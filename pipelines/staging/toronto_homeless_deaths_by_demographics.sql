-- Deaths by year, age and sex, cells above 0 only; the year is their sum, with age or sex not known in it.
WITH deaths AS (
    SELECT
        line,
        make_date("Year.of.death", 1, 1) AS period_start,
        age.member AS age_group,
        sex.member AS sex,
        Count AS deaths
    FROM raw
    LEFT JOIN codes.crosswalk_members AS age
        ON age.scheme = 'toronto_homeless_deaths' AND age.publisher_breakdown = 'age_group'
        AND age.publisher_member = trim(Age_group)
    LEFT JOIN codes.crosswalk_members AS sex
        ON sex.scheme = 'toronto_homeless_deaths' AND sex.publisher_breakdown = 'sex'
        AND sex.publisher_member = trim(Gender)
), cells AS (
    SELECT line, period_start, deaths, cell.*
    FROM deaths, unnest([
        {'dimension': 'total', 'member': 'total'},
        {'dimension': 'sex', 'member': sex},
        {'dimension': 'age_group', 'member': age_group},
        {'dimension': 'sex+age_group', 'member': sex || '+' || age_group}
    ]) AS unnested(cell)
)
SELECT
    'homeless_deaths' AS measure_id,
    'CA-ON-toronto' AS region_id,
    period_start,
    make_date(year(period_start), 12, 31) AS period_end,
    'year' AS period_kind,
    dimension,
    member,
    -- A sum that passes over an empty cell would be too low; the stage refuses one without a value.
    if(bool_or(deaths IS NULL), NULL, sum(deaths))::DOUBLE AS value,
    'count' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    list(line) AS lines
FROM cells
GROUP BY period_start, dimension, member
