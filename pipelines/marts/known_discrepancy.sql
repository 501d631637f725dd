-- Grain: source, release, measure, region, dimension. Figures of a place that its publisher's parts exceed, and why.
SELECT source_id, release_id, measure_id, region_id, dimension, reason_en, reason_fr
FROM codes.known_discrepancies
ORDER BY source_id, release_id, measure_id, region_id, dimension
