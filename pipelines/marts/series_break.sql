-- Grain: measure, region, first_period. A break ends comparison with earlier periods; a note does not.
-- An empty region stands for every region.
SELECT
    measure_id,
    nullif(region_id, '') AS region_id,
    first_period::DATE AS first_period,
    kind,
    certainty,
    text_en,
    text_fr
FROM codes.breaks
ORDER BY measure_id, region_id, first_period
