-- One row an incident. Offences against a person have neither place nor hour: the publisher writes 0 to protect privacy.
-- The file has no number of its own, so the year and the line stand for it.
SELECT
    YEAR || '-' || line AS incident_id,
    try_strptime(YEAR || '-' || MONTH || '-' || DAY, '%Y-%m-%d')::DATE AS occurred_on,
    if(HUNDRED_BLOCK = 'OFFSET TO PROTECT PRIVACY', NULL, HOUR)::TINYINT AS hour,
    type.member AS category,
    if(coalesce(trim(NEIGHBOURHOOD), '') = '', 'CA-BC-vancouver', region.region_id) AS region_id,
    -- UTM zone 10 north (EPSG:26910); a few other rows have no place and 0 as well.
    if(X = 0 AND Y = 0, NULL, X) AS x,
    if(X = 0 AND Y = 0, NULL, Y) AS y,
    json_object('block', nullif(HUNDRED_BLOCK, 'OFFSET TO PROTECT PRIVACY')) AS attributes,
    line
FROM raw
LEFT JOIN codes.crosswalk_members AS type
    ON type.scheme = 'vpd_type' AND type.publisher_member = raw.TYPE
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'vpd_neighbourhood' AND region.publisher_code = raw.NEIGHBOURHOOD
