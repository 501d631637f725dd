-- Grain: measure, region, first_period. From first_period on, a series is not comparable with before.
SELECT
    measure_id,
    region_id,
    first_period::DATE AS first_period,
    certainty,
    text_en,
    text_fr
FROM codes.breaks
ORDER BY measure_id, region_id, first_period
