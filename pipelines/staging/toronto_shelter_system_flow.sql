-- Wide months by population group to figures: stock, flows, and the stock by age and sex.
-- Groups overlap, so only All Population becomes the total.
WITH months AS (
    SELECT
        line,
        try_strptime("date(mmm-yy)", '%b-%y')::DATE AS period_start,
        breakdown.member AS population_group,
        replace(population_group_percentage, '%', '')::DOUBLE AS share_of_all,
        raw.* EXCLUDE (line, population_group)
    FROM raw
    LEFT JOIN codes.crosswalk_members AS breakdown
        ON breakdown.scheme = 'shelter_flow' AND breakdown.publisher_member = raw.population_group
), figures AS (
    SELECT line, period_start, population_group, cell.*
    FROM months, unnest([
        {'measure_id': 'actively_homeless', 'split': '', 'split_member': '', 'value': actively_homeless::DOUBLE, 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': '', 'split_member': '', 'value': share_of_all, 'unit': 'percent'},
        {'measure_id': 'actively_homeless', 'split': 'age_group', 'split_member': '0-15', 'value': ageunder16, 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': 'age_group', 'split_member': '16-24', 'value': "age16-24", 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': 'age_group', 'split_member': '25-34', 'value': "age25-34", 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': 'age_group', 'split_member': '35-44', 'value': "age35-44", 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': 'age_group', 'split_member': '45-54', 'value': "age45-54", 'unit': 'count'},
        {'measure_id': 'actively_homeless', 'split': 'age_group', 'split_member': '55-64', 'value': "age55-64", 'unit': 'count'},
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
    line
FROM figures
