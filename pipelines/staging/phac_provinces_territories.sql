-- The region of each feature; the geometry stays in the same order.
SELECT line::BIGINT AS line, region.region_id
FROM raw
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'pruid' AND region.publisher_code = pruid
