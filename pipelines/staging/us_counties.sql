-- The region of each feature; the geometry stays in the same order.
SELECT
    line::BIGINT AS line,
    region.region_id,
    if(id = '51610', 'Falls Church has no outline in the file', NULL) AS reject_reason
FROM raw
LEFT JOIN codes.regions AS region ON region.level = 'us_county' AND region.code = id
