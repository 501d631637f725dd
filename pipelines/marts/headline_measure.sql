-- Grain: one row a measure that the overview shows; on_card marks those that may stand on its card.
SELECT
    headline.measure_id,
    measure.domain,
    headline.position::INTEGER AS position,
    headline.on_card = 'yes' AS on_card
FROM codes.headline_measures AS headline
INNER JOIN marts.measure AS measure USING (measure_id)
ORDER BY position
