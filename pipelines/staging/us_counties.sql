-- The region of each feature; the geometry stays in the same order.
-- Of 3,231 counties, those of states with figures by county: outlines that no figure fills are 1.6 MB.
SELECT line::BIGINT AS line, region.region_id
FROM raw
LEFT JOIN codes.regions AS region ON region.level = 'us_county' AND region.code = id
WHERE substr(id, 1, 2) IN ('42')
