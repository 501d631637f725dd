-- The region of each feature; the geometry stays in the same order.
SELECT line::BIGINT AS line, region.region_id
FROM raw
LEFT JOIN codes.regions AS region ON region.level = 'us_county' AND region.code = id
-- Falls Church has no outline in the file.
WHERE id <> '51610'
