-- The region of each feature; the geometry stays in the same order.
SELECT line::BIGINT AS line, region.region_id
FROM raw
LEFT JOIN codes.regions AS region
    ON region.parent_id = 'CA-BC-vancouver' AND region.code = mapid
