-- One row an occurrence, with the name of the nearest intersection; coordinates are not asked for.
SELECT
    OBJECTID::VARCHAR AS incident_id,
    epoch_ms(Reported_Date)::DATE AS occurred_on,
    NULL::TINYINT AS hour,
    type.member AS category,
    'CA-AB-edmonton' AS region_id,
    NULL::DOUBLE AS x,
    NULL::DOUBLE AS y,
    json_object(
        'category', Occurrence_Category,
        'group', Occurrence_Group,
        'intersection', trim(Intersection)
    ) AS attributes,
    line
FROM raw
LEFT JOIN codes.crosswalk_members AS type
    ON type.scheme = 'eps_type' AND type.publisher_member = Occurrence_Type_Group
