-- Grain: measure, region, period_start, period_kind, dimension, member, unit, source, release.
-- Every figure of every release, as published, with its status; pages and other tools read this.
WITH figures AS (
    SELECT figure.*, record.supersedes, record.family, record.published::VARCHAR AS published
    FROM staging.figure AS figure
    INNER JOIN staging.release_record AS record USING (source_id, release_id)
), whole AS (
    SELECT *, CASE supersedes
        WHEN 'year' THEN release_id = max(release_id) OVER (PARTITION BY source_id, year(period_start))
        ELSE release_id = max(release_id) OVER (PARTITION BY source_id)
    END AS is_current
    FROM figures
    WHERE supersedes <> 'figure'
), single AS (
    SELECT *, release_id = max(release_id) OVER (
        PARTITION BY source_id, measure_id, region_id, period_start, period_kind, dimension, member, unit
    ) AS is_current
    FROM figures
    WHERE supersedes = 'figure'
), shared_family AS (
    SELECT family FROM staging.release_record GROUP BY family HAVING count(DISTINCT source_id) > 1
), candidates AS (
    FROM whole UNION ALL FROM single
), related AS (
    -- Of the sources of one family, the newest publication of a figure is the current one.
    SELECT * REPLACE (is_current AND published = max(published) FILTER (is_current) OVER (
        PARTITION BY family, measure_id, region_id, period_start, period_kind, dimension, member, unit
    ) AS is_current)
    FROM candidates
    WHERE family IN (FROM shared_family)
), final AS (
    FROM related UNION ALL
    FROM candidates WHERE family NOT IN (FROM shared_family)
)
SELECT
    measure_id,
    region_id,
    period_start,
    period_end,
    period_kind,
    dimension,
    member,
    value,
    unit,
    status,
    low,
    high,
    source_id,
    release_id,
    is_current AS is_latest
FROM final
ORDER BY measure_id, region_id, dimension, member, unit, period_kind, period_start, release_id
