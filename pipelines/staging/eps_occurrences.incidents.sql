-- One row an occurrence, at the nearest intersection, in Web Mercator (EPSG:3857) as published.
SELECT
    OBJECTID::VARCHAR AS incident_id,
    try_strptime("Date Reported", '%Y/%m/%d')::DATE AS occurred_on,
    NULL::TINYINT AS hour,
    type.member AS category,
    'CA-AB-edmonton' AS region_id,
    x,
    y,
    json_object(
        'category', Occurrence_Category,
        'group', Occurrence_Group,
        'intersection', trim(Intersection)
    ) AS attributes,
    line
FROM raw
LEFT JOIN codes.crosswalk_members AS type
    ON type.scheme = 'eps_type' AND type.publisher_member = Occurrence_Type_Group
