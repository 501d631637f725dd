-- Grain: one row an incident, at the place that the publisher gives: offset or randomised, never an address.
-- Sources without an open licence stand here only where the user fetched or imported the file.
SELECT incident_id, source_id, release_id, occurred_on, hour, category, region_id, x, y, attributes
FROM staging.incident
ORDER BY source_id, release_id, occurred_on, incident_id
