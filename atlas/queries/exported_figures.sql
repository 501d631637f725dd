-- One row a figure with all that is needed to cite it.
SELECT
    observation.measure_id, measure.label_en AS measure, measure.domain,
    observation.region_id, region.name_en AS region, region.level AS region_level,
    observation.period_start, observation.period_end, observation.period_kind,
    observation.dimension, observation.member,
    observation.value, observation.unit, observation.status, observation.low, observation.high,
    rule.counts_events, rule.label_en AS counting_rule,
    observation.source_id AS source, source.publisher, source.title,
    observation.release_id AS release, release.published, observation.is_latest,
    source.licence, source.attribution, source.custody, source.landing_url
FROM marts.observation AS observation
INNER JOIN marts.measure AS measure USING (measure_id)
INNER JOIN marts.counting_rule AS rule USING (counting_rule)
INNER JOIN marts.region AS region USING (region_id)
INNER JOIN marts.source AS source USING (source_id)
INNER JOIN marts.release AS release USING (source_id, release_id)
WHERE list_contains($measures::VARCHAR[], observation.measure_id)
    AND ($regions::VARCHAR[] IS NULL OR list_contains($regions::VARCHAR[], observation.region_id))
    AND ($dimensions::VARCHAR[] IS NULL OR list_contains($dimensions::VARCHAR[], observation.dimension))
    AND ($units::VARCHAR[] IS NULL OR list_contains($units::VARCHAR[], observation.unit))
    AND ($period_kinds::VARCHAR[] IS NULL OR list_contains($period_kinds::VARCHAR[], observation.period_kind))
    AND ($statuses::VARCHAR[] IS NULL OR list_contains($statuses::VARCHAR[], observation.status))
    AND ($from_year::INTEGER IS NULL OR year(observation.period_end) >= $from_year::INTEGER)
    AND ($to_year::INTEGER IS NULL OR year(observation.period_start) <= $to_year::INTEGER)
    AND ($every_release::BOOLEAN OR observation.is_latest)
ORDER BY
    observation.measure_id, observation.region_id, observation.dimension, observation.member,
    observation.unit, observation.period_kind, observation.period_start, observation.source_id,
    release.release_id
