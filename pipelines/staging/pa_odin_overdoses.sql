-- One row an incident, person, suspected drug and naloxone administration in; counts by area and period out.
-- People are counted once. Ids carry separators of thousands in one release; NULL and NA both mean not recorded.
-- A county's month is often one person: what became of people is given by county and year only.
WITH coded AS (
    SELECT
        line,
        replace("Incident ID", ',', '') AS incident,
        replace("Victim ID", ',', '') AS person,
        try_strptime("Incident Date", '%m/%d/%Y')::DATE AS day,
        county.region_id AS county,
        CASE "Naloxone Administered" WHEN 'Y' THEN 'given' WHEN 'N' THEN 'not_given' END AS naloxone,
        CASE Survive WHEN 'Y' THEN 'survived' WHEN 'N' THEN 'died' WHEN 'U' THEN 'unknown' END AS survival,
        action.member AS outcome
    FROM raw
    LEFT JOIN codes.regions AS county
        ON county.level = 'us_county' AND county.region_id = 'US-PA-42' || "Incident County FIPS Code"
    LEFT JOIN codes.crosswalk_members AS action
        ON action.scheme = 'odin_action' AND action.publisher_member = "Revive Action Desc"
), people AS (
    -- The rows of a person agree on all of this; where they did not, the person would be refused.
    SELECT
        person,
        if(count(DISTINCT incident) = 1, any_value(incident), NULL) AS incident,
        if(count(DISTINCT day) = 1, any_value(day), NULL) AS day,
        if(count(DISTINCT coalesce(county, '')) = 1, any_value(county), NULL) AS county,
        if(count(DISTINCT coalesce(naloxone, '')) = 1, any_value(naloxone), NULL) AS naloxone,
        if(count(DISTINCT coalesce(survival, '')) = 1, any_value(survival), NULL) AS survival,
        if(count(DISTINCT coalesce(outcome, '')) = 1, any_value(outcome), NULL) AS outcome,
        list(line) AS lines
    FROM coded
    GROUP BY person
), last_record AS (
    SELECT max(day) AS last_record FROM people
), areas AS (
    SELECT *, county AS region_id FROM people
    UNION ALL
    SELECT *, if(county IS NULL, NULL, 'US-PA') FROM people
), periods AS (
    SELECT
        *,
        'month' AS period_kind,
        date_trunc('month', day)::DATE AS period_start,
        last_day(day) AS period_end,
        coalesce(region_id = 'US-PA', false) AS broken_down
    FROM areas
    UNION ALL
    SELECT
        areas.*,
        'year',
        date_trunc('year', day)::DATE,
        make_date(year(day), 12, 31),
        -- Of fewer than ten people in a year, too little is left unsaid.
        count(*) OVER (PARTITION BY region_id, year(day)) >= 10
    FROM areas
    CROSS JOIN last_record
    -- Entries come late: the difference between two releases of an unsettled year is single people.
    WHERE make_date(year(day) + 1, 10, 31) <= last_record
), cells AS (
    SELECT region_id, period_kind, period_start, period_end, incident, lines, cell.*
    FROM periods, unnest([
        {'measure_id': 'odin_overdose_people', 'dimension': 'total', 'member': 'total', 'counts': incident IS NOT NULL},
        {'measure_id': 'odin_overdose_people', 'dimension': 'naloxone', 'member': 'given', 'counts': naloxone = 'given'},
        {'measure_id': 'odin_overdose_people', 'dimension': 'naloxone', 'member': 'not_given', 'counts': naloxone = 'not_given'},
        {'measure_id': 'odin_overdose_people', 'dimension': 'survival', 'member': 'survived', 'counts': survival = 'survived'},
        {'measure_id': 'odin_overdose_people', 'dimension': 'survival', 'member': 'died', 'counts': survival = 'died'},
        {'measure_id': 'odin_overdose_people', 'dimension': 'survival', 'member': 'unknown', 'counts': survival = 'unknown'},
        {'measure_id': 'odin_people_given_naloxone', 'dimension': 'total', 'member': 'total', 'counts': naloxone = 'given'},
        {'measure_id': 'odin_people_arrested', 'dimension': 'total', 'member': 'total', 'counts': outcome = 'arrest'},
        {'measure_id': 'odin_people_referred_to_treatment', 'dimension': 'total', 'member': 'total', 'counts': outcome IN ('transported_to_treatment', 'verbally_referred_to_treatment')},
        {'measure_id': 'odin_people_referred_to_treatment', 'dimension': 'treatment_referral', 'member': 'transported_to_treatment', 'counts': outcome = 'transported_to_treatment'},
        {'measure_id': 'odin_people_referred_to_treatment', 'dimension': 'treatment_referral', 'member': 'verbally_referred_to_treatment', 'counts': outcome = 'verbally_referred_to_treatment'}
    ]) AS unnested(cell)
    WHERE broken_down OR (cell.measure_id = 'odin_overdose_people' AND cell.dimension = 'total')
    UNION ALL
    -- Every outcome for the state; the numbers of a county are too small for ten kinds.
    SELECT region_id, period_kind, period_start, period_end, incident, lines, 'odin_overdose_people', 'response_outcome', known.outcome, periods.outcome = known.outcome
    FROM periods CROSS JOIN (SELECT DISTINCT outcome FROM people WHERE outcome IS NOT NULL) AS known
    WHERE region_id = 'US-PA'
), counted AS (
    SELECT
        region_id, period_kind, period_start, period_end, measure_id, dimension, member,
        count(*) FILTER (counts) AS value,
        coalesce(flatten(list(lines) FILTER (counts)), []) AS lines
    FROM cells
    GROUP BY ALL
    UNION ALL
    SELECT
        region_id, period_kind, period_start, period_end, 'odin_overdose_incidents', 'total', 'total',
        count(DISTINCT incident), flatten(list(lines))
    FROM periods
    GROUP BY ALL
    UNION ALL
    -- A person without one known answer has no member, so that the stage can name the line.
    SELECT region_id, period_kind, period_start, period_end, 'odin_overdose_people', 'total', NULL, 1, lines
    FROM periods
    WHERE incident IS NULL OR naloxone IS NULL OR survival IS NULL OR outcome IS NULL
)
SELECT
    measure_id,
    region_id,
    period_start,
    period_end,
    period_kind,
    dimension,
    member,
    value::DOUBLE AS value,
    'count' AS unit,
    if(last_record BETWEEN period_start AND period_end - 1, 'preliminary', 'reported') AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    lines
FROM counted
CROSS JOIN last_record
