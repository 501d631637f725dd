-- Deaths by year, cause, age and sex, cells above 0 only: summed by cause, and by cause with age or sex.
-- A cause is written in two cases. The file leaves out transgender people, so no total of all causes is made here.
WITH deaths AS (
    SELECT
        line,
        make_date("Year.of.death", 1, 1) AS period_start,
        cause.member AS cause,
        age.member AS age_group,
        sex.member AS sex,
        Count AS deaths
    FROM raw
    LEFT JOIN codes.crosswalk_members AS cause
        ON cause.scheme = 'toronto_homeless_deaths' AND cause.publisher_breakdown = 'cause_of_death'
        AND cause.publisher_member = lower(trim(Cause_of_death))
    LEFT JOIN codes.crosswalk_members AS age
        ON age.scheme = 'toronto_homeless_deaths' AND age.publisher_breakdown = 'age_group'
        AND age.publisher_member = trim(Age_group)
    LEFT JOIN codes.crosswalk_members AS sex
        ON sex.scheme = 'toronto_homeless_deaths' AND sex.publisher_breakdown = 'sex'
        AND sex.publisher_member = trim(Gender)
), cells AS (
    SELECT line, period_start, deaths, cell.measure_id, cell.dimension, cell.member
    FROM deaths, unnest([
        {'measure_id': 'homeless_deaths', 'dimension': 'cause_of_death', 'member': cause, 'counts': true},
        {'measure_id': 'homeless_deaths', 'dimension': 'cause_of_death+sex', 'member': cause || '+' || sex, 'counts': true},
        {'measure_id': 'homeless_deaths', 'dimension': 'cause_of_death+age_group', 'member': cause || '+' || age_group, 'counts': true},
        {'measure_id': 'homeless_drug_toxicity_deaths', 'dimension': 'total', 'member': 'total', 'counts': cause = 'drug_toxicity'},
        {'measure_id': 'homeless_drug_toxicity_deaths', 'dimension': 'sex', 'member': sex, 'counts': cause = 'drug_toxicity'},
        {'measure_id': 'homeless_drug_toxicity_deaths', 'dimension': 'age_group', 'member': age_group, 'counts': cause = 'drug_toxicity'}
    ]) AS unnested(cell)
    WHERE cell.counts
)
SELECT
    measure_id,
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
GROUP BY measure_id, period_start, dimension, member
