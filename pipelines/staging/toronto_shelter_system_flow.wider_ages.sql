-- Wide months by population group to figures, with ages 25 to 44 and 45 to 64 undivided.
-- Groups overlap, so only All Population becomes the total. The file ends with a row of NA.
WITH numbers AS (
    SELECT
        line, "date(mmm-yy)", population_group, population_group_percentage,
        TRY_CAST(COLUMNS(* EXCLUDE (line, "date(mmm-yy)", population_group, population_group_percentage)) AS DOUBLE)
    FROM raw
), months AS (
    SELECT
        line,
        "date(mmm-yy)" = 'NA' AND numbers.population_group = 'NA' AS is_blank,
        try_strptime("date(mmm-yy)", '%b-%y')::DATE AS period_start,
        breakdown.member AS population_group,
        TRY_CAST(replace(population_group_percentage, '%', '') AS DOUBLE) AS share_of_all,
        numbers.* EXCLUDE (line, population_group)
    FROM numbers
    LEFT JOIN codes.crosswalk_members AS breakdown
        ON breakdown.scheme = 'shelter_flow' AND breakdown.publisher_member = numbers.population_group
), figures AS (
    SELECT line, is_blank, period_start, population_group, cell.*
    FROM months, unnest([
        {'measure_id': 'actively_homeless', 'split': '', 'split_member': '', 'value': actively_homeless, 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': '', 'split_member': '', 'value': share_of_all, 'unit': 'percent'},
        {'measure_id': 'actively_homeless', 'split': 'age_group', 'split_member': '0-15', 'value': ageunder16, 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': 'age_group', 'split_member': '16-24', 'value': "age16-24", 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': 'age_group', 'split_member': '25-44', 'value': "age25-44", 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': 'age_group', 'split_member': '45-64', 'value': "age45-64", 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': 'age_group', 'split_member': '65+', 'value': age65over, 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': 'sex', 'split_member': 'male', 'value': gender_male, 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': 'sex', 'split_member': 'female', 'value': gender_female, 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': 'sex', 'split_member': 'transgender_nonbinary_two_spirit', 'value': "gender_transgender,non-binary_or_two_spirit", 'unit': 'count'},
        -- The publisher gives the movements; in and out are their sums.
        {'measure_id': 'shelter_inflow', 'split': '', 'split_member': '', 'value': newly_identified + returned_from_housing + returned_to_shelter, 'unit': 'count'},
        {'measure_id': 'shelter_inflow', 'split': 'flow', 'split_member': 'newly_identified', 'value': newly_identified, 'unit': 'count'},
        {'measure_id': 'shelter_inflow', 'split': 'flow', 'split_member': 'returned_from_housing', 'value': returned_from_housing, 'unit': 'count'},
        {'measure_id': 'shelter_inflow', 'split': 'flow', 'split_member': 'returned_to_shelter', 'value': returned_to_shelter, 'unit': 'count'},
        {'measure_id': 'shelter_outflow', 'split': '', 'split_member': '', 'value': moved_to_housing + became_inactive, 'unit': 'count'},
        {'measure_id': 'shelter_outflow', 'split': 'flow', 'split_member': 'moved_to_housing', 'value': moved_to_housing, 'unit': 'count'},
        {'measure_id': 'shelter_outflow', 'split': 'flow', 'split_member': 'became_inactive', 'value': became_inactive, 'unit': 'count'}
    ]) AS cells(cell)
)
SELECT
    measure_id,
    'CA-ON-toronto' AS region_id,
    period_start,
    last_day(period_start) AS period_end,
    'month' AS period_kind,
    CASE
        WHEN population_group IS NULL THEN NULL
        WHEN population_group = 'total' THEN coalesce(nullif(split, ''), 'total')
        WHEN split = '' THEN 'population_group'
        ELSE 'population_group+' || split
    END AS dimension,
    CASE
        WHEN population_group = 'total' THEN coalesce(nullif(split_member, ''), 'total')
        WHEN split = '' THEN population_group
        ELSE population_group || '+' || split_member
    END AS member,
    value,
    unit,
    if(value IS NULL, 'not_available', 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line,
    if(is_blank, 'a row of NA, without a month, a group or a figure', NULL) AS reject_reason
FROM figures
