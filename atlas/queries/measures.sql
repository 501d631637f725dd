SELECT
    measure.measure_id, measure.domain, measure.label_en, measure.label_fr, measure.unit,
    measure.up_is, measure.caveat_en, measure.caveat_fr, rule.counts_events,
    rule.label_en AS rule_en, rule.label_fr AS rule_fr, headline.position AS headline_position,
    coalesce(headline.on_card, false) AS on_card
FROM marts.measure AS measure
INNER JOIN marts.counting_rule AS rule USING (counting_rule)
LEFT JOIN marts.headline_measure AS headline USING (measure_id)
-- A card without a figure yet would be an empty choice.
WHERE measure.measure_id IN (SELECT DISTINCT measure_id FROM marts.observation)
ORDER BY headline.position NULLS LAST, measure.measure_id
