-- The region of each feature; the geometry stays in the same order.
-- Boroughs go by their own code, the island's other cities by that of the municipality.
SELECT line::BIGINT AS line, region.region_id
FROM raw
LEFT JOIN codes.regions AS region
    ON region.code = if(TYPE = 'Arrondissement', CODEMAMROT, '24' || CODEMAMROT)
    AND region.level = if(TYPE = 'Arrondissement', 'borough', 'municipality')
