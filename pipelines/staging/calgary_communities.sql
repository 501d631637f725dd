-- The region of each feature; the geometry stays in the same order.
-- The file capitalises names its own way: "Mckenzie Towne", "Scarboro/ Sunalta West".
SELECT line::BIGINT AS line, region.region_id
FROM raw
LEFT JOIN codes.regions AS region
    ON region.parent_id = 'CA-AB-calgary' AND region.level = 'neighbourhood'
    AND lower(region.name_en) = replace(lower(raw.name), '/ ', '/')
