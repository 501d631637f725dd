-- Share of a year's deaths in which a drug was relevant, a column a drug: one row in, a figure a drug out.
WITH drugs AS (
    SELECT * FROM raw UNPIVOT INCLUDE NULLS (share FOR drug IN (COLUMNS(* EXCLUDE (line, "Year"))))
)
SELECT
    'unregulated_drug_deaths' AS measure_id,
    'CA-BC' AS region_id,
    make_date("Year", 1, 1) AS period_start,
    make_date("Year", 12, 31) AS period_end,
    'year' AS period_kind,
    breakdown.dimension,
    breakdown.member,
    share AS value,
    'percent' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM drugs
LEFT JOIN codes.crosswalk_members AS breakdown
    ON breakdown.scheme = 'bc_overdose'
    AND breakdown.publisher_breakdown = 'Drug'
    AND breakdown.publisher_member = drug
