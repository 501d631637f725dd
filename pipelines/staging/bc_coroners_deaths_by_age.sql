-- Deaths by age over several years together: one row in, one figure out.
SELECT
    'unregulated_drug_deaths' AS measure_id,
    'CA-BC' AS region_id,
    -- The file names no period: its maker sums the years from 2016, and the sum fits 2016 to 2022.
    DATE '2016-01-01' AS period_start,
    DATE '2022-12-31' AS period_end,
    'pooled' AS period_kind,
    breakdown.dimension,
    breakdown.member,
    "Deaths"::DOUBLE AS value,
    'count' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM raw
LEFT JOIN codes.crosswalk_members AS breakdown
    ON breakdown.scheme = 'bc_overdose'
    AND breakdown.publisher_breakdown = 'Age'
    AND breakdown.publisher_member = "Age"
