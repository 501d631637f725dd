-- Grain: source, release, line. Empty while every source here is refused whole when a row does not fit.
SELECT
    NULL::VARCHAR AS source_id,
    NULL::VARCHAR AS release_id,
    NULL::BIGINT AS line,
    NULL::VARCHAR AS reason,
    NULL::VARCHAR AS text
WHERE false
