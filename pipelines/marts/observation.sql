-- Grain: measure, region, period_start, period_kind, dimension, member, unit, source, release.
-- Every figure of every release, as published, with its status; pages and other tools read this.
SELECT
    figure.measure_id,
    figure.region_id,
    figure.period_start,
    figure.period_end,
    figure.period_kind,
    figure.dimension,
    figure.member,
    figure.value,
    figure.unit,
    figure.status,
    figure.low,
    figure.high,
    figure.source_id,
    figure.release_id,
    release.is_latest
FROM staging.figure AS figure
INNER JOIN marts.release AS release USING (source_id, release_id)
ORDER BY measure_id, region_id, dimension, member, unit, period_kind, period_start, release_id
