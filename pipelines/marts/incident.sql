-- Grain: one row an incident. Empty until a source whose licence lets its incidents ship is added.
SELECT
    NULL::VARCHAR AS incident_id,
    NULL::VARCHAR AS source_id,
    NULL::VARCHAR AS release_id,
    NULL::DATE AS occurred_on,
    NULL::TINYINT AS hour,
    NULL::VARCHAR AS category,
    NULL::VARCHAR AS region_id,
    NULL::DOUBLE AS x,
    NULL::DOUBLE AS y,
    NULL::JSON AS attributes
WHERE false
