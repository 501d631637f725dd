-- Grain: region, period_start, sex, age_group. The denominators of every rate computed here.
-- A single year of age stands in age_group as its number.
SELECT
    region_id,
    period_start,
    CASE WHEN dimension IN ('sex', 'sex+age_group', 'sex+age_year') THEN split_part(member, '+', 1) ELSE 'total' END AS sex,
    CASE
        WHEN dimension IN ('age_group', 'age_year') THEN member
        -- An open-ended group such as 90+ holds the separator too.
        WHEN dimension IN ('sex+age_group', 'sex+age_year') THEN substr(member, strpos(member, '+') + 1)
        ELSE 'total'
    END AS age_group,
    value::BIGINT AS persons,
    release_id
FROM marts.observation
WHERE measure_id IN ('population', 'neighbourhood_population')
    AND status IN ('reported', 'preliminary')
    AND is_latest
ORDER BY region_id, period_start, sex, age_group
