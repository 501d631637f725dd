-- Grain: a figure (measure, region, period, dimension, member, unit, source) and release, where two or more
-- releases give the same figure. How a count changed from one release to the next.
SELECT
    measure_id,
    region_id,
    period_start,
    period_end,
    period_kind,
    dimension,
    member,
    unit,
    source_id,
    release_id,
    value,
    status,
    lag(release_id) OVER figure AS previous_release_id,
    lag(value) OVER figure AS previous_value,
    lag(status) OVER figure AS previous_status,
    value - lag(value) OVER figure AS change
FROM marts.observation
WHERE source_id IN (SELECT source_id FROM marts.release GROUP BY source_id HAVING count(*) > 1)
WINDOW figure AS (
    PARTITION BY measure_id, region_id, period_start, period_end, period_kind, dimension, member, unit, source_id
    ORDER BY release_id
)
QUALIFY count(*) OVER (
    PARTITION BY measure_id, region_id, period_start, period_end, period_kind, dimension, member, unit, source_id
) > 1
ORDER BY measure_id, region_id, dimension, member, unit, period_kind, period_start, source_id, release_id
