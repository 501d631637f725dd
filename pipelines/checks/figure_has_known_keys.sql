-- A figure's measure, region and member must stand in data/codes
-- fr: L’indicateur, la région et le membre d’une donnée doivent figurer dans data/codes
SELECT observation.source_id, observation.measure_id, observation.region_id, observation.dimension, observation.member
FROM marts.observation AS observation
LEFT JOIN marts.measure AS measure USING (measure_id)
LEFT JOIN marts.region AS region USING (region_id)
LEFT JOIN marts.dimension_member AS member
    ON member.dimension = observation.dimension AND member.member = observation.member
WHERE measure.measure_id IS NULL OR region.region_id IS NULL OR member.member IS NULL
