-- Deaths per 1,000 by year and city (a column a city) to counts.
-- The compiler divided every year by the population of 2021: no rate of the year; multiplied back, the count is whole.
WITH populations (city, population) AS (
    VALUES
        ('Abbotsford', 165070), ('Burnaby', 260918), ('Chilliwack', 95798), ('Coquitlam', 154381),
        ('Kamloops', 101603), ('Kelowna', 149687), ('Langley', 166356), ('Maple Ridge', 94742),
        ('Mission', 43270), ('Nanaimo', 101987), ('Prince George', 82326), ('Surrey', 614646),
        ('Vancouver', 693235), ('Vernon', 44916), ('Victoria', 94890)
), cities AS (
    SELECT * FROM raw UNPIVOT INCLUDE NULLS (per_1000 FOR city IN (COLUMNS(* EXCLUDE (line, "Year"))))
), figures AS (
    SELECT
        cities.*,
        region.region_id,
        per_1000 * population / 1000 AS deaths
    FROM cities
    LEFT JOIN populations USING (city)
    LEFT JOIN codes.crosswalk_regions AS region
        ON region.scheme = 'bc_township' AND region.publisher_code = city
)
SELECT
    'unregulated_drug_deaths' AS measure_id,
    region_id,
    make_date("Year", 1, 1) AS period_start,
    make_date("Year", 12, 31) AS period_end,
    'year' AS period_kind,
    'total' AS dimension,
    'total' AS member,
    -- A rate that does not give back a whole count was made with another population: refused.
    if(abs(deaths - round(deaths)) < 0.001, round(deaths), NULL) AS value,
    'count' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    line
FROM figures
