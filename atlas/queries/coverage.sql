SELECT source_id, measure_id, region_id, year, reported_to, reported, preliminary, suppressed, not_available
FROM marts.coverage
WHERE list_contains($regions::VARCHAR[], region_id) AND list_contains($measures::VARCHAR[], measure_id)
ORDER BY source_id, measure_id, region_id, year
