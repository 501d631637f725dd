-- Deaths per 100,000 in a month, by health authority, a column a sex: one row in, two figures out.
WITH sexes AS (
    SELECT * FROM raw UNPIVOT INCLUDE NULLS (rate FOR sex IN ("Women", "Men"))
)
SELECT
    'unregulated_drug_deaths_monthly_rate' AS measure_id,
    region.region_id,
    if(day("date") = 1, "date", NULL) AS period_start,
    last_day("date") AS period_end,
    'month' AS period_kind,
    breakdown.dimension,
    breakdown.member,
    rate AS value,
    'per_100k' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM sexes
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'bc_health_authority' AND region.publisher_code = health_authority
LEFT JOIN codes.crosswalk_members AS breakdown
    ON breakdown.scheme = 'bc_overdose'
    AND breakdown.publisher_breakdown = 'Sex'
    AND breakdown.publisher_member = sex
