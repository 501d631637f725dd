-- The region of each feature; the geometry stays in the same order.
SELECT line::BIGINT AS line, region.region_id
FROM raw
LEFT JOIN codes.regions AS region
    ON region.level = 'census_division'
    AND region.code = census_division_code::DOUBLE::INTEGER::VARCHAR
