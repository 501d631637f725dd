SELECT
    measure_id, region_id, period_start, period_end, period_kind, dimension, member,
    value, unit, status, low, high, source_id, release_id
FROM marts.observation
WHERE is_latest
    AND list_contains($measures::VARCHAR[], measure_id)
    AND ($regions::VARCHAR[] IS NULL OR list_contains($regions::VARCHAR[], region_id))
    AND ($dimensions::VARCHAR[] IS NULL OR list_contains($dimensions::VARCHAR[], dimension))
    AND ($units::VARCHAR[] IS NULL OR list_contains($units::VARCHAR[], unit))
    AND ($period_kinds::VARCHAR[] IS NULL OR list_contains($period_kinds::VARCHAR[], period_kind))
ORDER BY measure_id, region_id, dimension, member, unit, period_kind, period_start
