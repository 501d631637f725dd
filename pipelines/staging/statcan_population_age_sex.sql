-- One row an age, sex, place and year in; a figure for 1 July out, as in the quarterly table.
-- Published groups and single years are kept; groups of other publishers are summed from single years.
WITH cells AS (
    SELECT
        raw.line,
        crosswalk.region_id,
        try_strptime(REF_DATE, '%Y')::DATE + INTERVAL 6 MONTH AS july,
        -- Men+ and women+ are the publisher's words since it asks for gender; they hold some non-binary people.
        CASE
            WHEN Sex IN ('Males', 'Men+') THEN 'male'
            WHEN Sex IN ('Females', 'Women+') THEN 'female'
            WHEN Sex IN ('Both sexes', 'Total - gender') THEN 'both'
        END AS sex,
        "Age group" AS label,
        TRY_CAST(regexp_extract(label, '^\d+') AS INTEGER) AS youngest,
        CASE
            WHEN regexp_full_match(label, '\d+ years?') THEN youngest
            WHEN regexp_full_match(label, '\d+ to \d+ years') THEN regexp_extract(label, 'to (\d+)', 1)::INTEGER
            WHEN regexp_full_match(label, '\d+ years and (over|older)') THEN 999
        END AS oldest,
        UOM,
        TRY_CAST(VALUE AS DOUBLE) AS persons,
        CASE
            WHEN markers.status IS NOT NULL THEN markers.status
            -- The publisher calls its newest July preliminary.
            WHEN REF_DATE = max(REF_DATE) OVER () THEN 'preliminary'
            ELSE 'reported'
        END AS status
    FROM raw
    LEFT JOIN codes.crosswalk_regions AS crosswalk
        ON crosswalk.scheme = 'statcan_population' AND crosswalk.publisher_code = GEO
    LEFT JOIN markers ON markers.marker = coalesce(VALUE, '')
), published AS (
    SELECT
        region_id, july, sex, persons, status,
        CASE
            WHEN label = 'All ages' THEN 'all'
            WHEN oldest = 999 THEN youngest || '+'
            WHEN oldest = youngest THEN youngest::VARCHAR
            ELSE youngest || '-' || oldest
        END AS age,
        oldest = youngest AS is_single,
        [line] AS lines,
        CASE
            WHEN label IN ('Median age', 'Average age') THEN 'an average age, not a number of people'
            WHEN label = 'All ages' AND sex = 'both' THEN 'the total; the quarterly table gives it'
        END AS reject_reason,
        UOM
    FROM cells
), bands AS (
    FROM (VALUES
        ('0-18', 0, 18), ('0-19', 0, 19), ('12+', 12, 999), ('12-17', 12, 17), ('16-24', 16, 24),
        ('19-29', 19, 29), ('20-29', 20, 29), ('25-34', 25, 34), ('30-39', 30, 39), ('35+', 35, 999),
        ('35-44', 35, 44), ('40-49', 40, 49), ('45-54', 45, 54), ('50-59', 50, 59), ('55-64', 55, 64),
        ('60+', 60, 999), ('60-69', 60, 69), ('70+', 70, 999), ('70-79', 70, 79), ('80+', 80, 999)
    ) AS bands (age, low_age, high_age)
), summed AS (
    SELECT
        region_id, july, sex,
        if(bool_or(status = 'not_available'), NULL, sum(persons)) AS persons,
        -- All years of age of one July share one state, unless one is not available.
        if(bool_or(status = 'not_available'), 'not_available', any_value(status)) AS status,
        age,
        false AS is_single,
        list(line ORDER BY line) AS lines,
        NULL AS reject_reason,
        any_value(UOM) AS UOM
    FROM cells
    -- 90 and over is one group: before 2001 its years of age are not given.
    INNER JOIN bands
        ON (oldest = youngest AND oldest < 90 OR regexp_full_match(label, '90 years and (over|older)'))
        AND youngest >= low_age AND oldest <= high_age
    GROUP BY region_id, july, sex, age
), figures AS (
    FROM published UNION ALL FROM summed
)
SELECT
    'population' AS measure_id,
    region_id,
    july::DATE AS period_start,
    (july + INTERVAL 3 MONTH - INTERVAL 1 DAY)::DATE AS period_end,
    'quarter' AS period_kind,
    CASE
        WHEN age = 'all' THEN 'sex'
        WHEN sex = 'both' THEN if(is_single, 'age_year', 'age_group')
        WHEN sex IS NOT NULL THEN if(is_single, 'sex+age_year', 'sex+age_group')
    END AS dimension,
    CASE WHEN age = 'all' THEN sex WHEN sex = 'both' THEN age ELSE sex || '+' || age END AS member,
    persons AS value,
    CASE UOM WHEN 'Persons' THEN 'count' END AS unit,
    status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    lines,
    reject_reason
FROM figures
