-- Grain: measure, region, period_start, period_kind, dimension, member, unit, source, release.
-- Every figure of every release, as published, with its status; pages and other tools read this.
-- A figure is the latest unless a newer release of its source, or a newer publication of its family, replaced it.
WITH rules AS (
    SELECT source_id, release_id, supersedes, family, published::VARCHAR AS published,
        release_id = max(release_id) OVER (PARTITION BY source_id) AS is_newest
    FROM staging.release_record
), shared_family AS (
    SELECT family FROM staging.release_record GROUP BY family HAVING count(DISTINCT source_id) > 1
), release_year AS (
    SELECT source_id, year(period_start) AS year, max(release_id) AS newest_release_id
    FROM staging.figure
    WHERE source_id IN (SELECT source_id FROM rules WHERE supersedes = 'year')
    GROUP BY ALL
), contested AS (
    SELECT figure.*, rules.supersedes, rules.family, rules.published, rules.is_newest
    FROM staging.figure AS figure
    INNER JOIN rules USING (source_id, release_id)
    WHERE rules.supersedes = 'figure' OR rules.family IN (FROM shared_family)
), own AS (
    SELECT *, CASE supersedes WHEN 'figure' THEN release_id = max(release_id) OVER (
        PARTITION BY source_id, measure_id, region_id, period_start, period_kind, dimension, member, unit
    ) ELSE is_newest END AS is_own_current
    FROM contested
), settled AS (
    SELECT *, is_own_current AND published = max(published) FILTER (is_own_current) OVER (
        PARTITION BY family, measure_id, region_id, period_start, period_kind, dimension, member, unit
    ) AS is_latest
    FROM own
), final AS (
    SELECT
        measure_id, region_id, period_start, period_end, period_kind, dimension, member,
        value, unit, status, low, high, source_id, release_id, is_latest
    FROM settled
    UNION ALL
    SELECT
        measure_id, region_id, period_start, period_end, period_kind, dimension, member,
        value, unit, status, low, high, figure.source_id, release_id,
        coalesce(release_id = newest_release_id, is_newest) AS is_latest
    FROM staging.figure AS figure
    INNER JOIN rules USING (source_id, release_id)
    LEFT JOIN release_year
        ON release_year.source_id = figure.source_id AND release_year.year = year(period_start)
    WHERE rules.supersedes <> 'figure' AND rules.family NOT IN (FROM shared_family)
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
    is_latest
FROM final
ORDER BY measure_id, region_id, dimension, member, unit, period_kind, period_start, release_id
