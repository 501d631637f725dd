-- Grain: one row a measure. Hand-kept cards, and the cards that follow from violations and statistics.
WITH kept AS (
    SELECT * FROM codes.measures
), statistics AS (
    SELECT
        suffix,
        -- Where a rate stands beside a count, the rate is the main series.
        min_by(unit, unit = 'count') FILTER (dimension = 'total') AS unit,
        any_value(label_en) AS label_en,
        any_value(label_fr) AS label_fr
    FROM codes.violation_statistics
    GROUP BY suffix
), police AS (
    SELECT
        violation.slug || '_' || statistic.suffix AS measure_id,
        if(statistic.suffix IN ('offences', 'unfounded', 'unfounded_incidents'), violation.domain, 'response') AS domain,
        violation.label_en || ': ' || statistic.label_en AS label_en,
        violation.label_fr || chr(160) || ': ' || statistic.label_fr AS label_fr,
        statistic.unit,
        CASE statistic.suffix
            WHEN 'offences' THEN 'ucr_most_serious_violation'
            WHEN 'persons_charged' THEN 'ucr_persons_charged'
            WHEN 'unfounded' THEN 'ucr_unfounded'
            WHEN 'unfounded_incidents' THEN 'ucr_unfounded_count'
            WHEN 'youth_not_charged' THEN 'ucr_youth_not_charged'
            ELSE 'ucr_cleared'
        END AS counting_rule,
        CASE WHEN violation.domain = 'crime' AND statistic.suffix = 'offences' THEN 'worse' ELSE 'neutral' END AS up_is,
        CASE WHEN violation.domain = 'response'
            THEN 'Recorded drug offences measure police activity as much as drug use: a falling count is not falling drug use'
            ELSE 'Counts depend on what is reported and on how police record it'
        END AS caveat_en,
        CASE WHEN violation.domain = 'response'
            THEN 'Les infractions enregistrées mesurent autant l’activité policière que la consommation : une baisse n’est pas une baisse de la consommation'
            ELSE 'Les nombres dépendent de ce qui est signalé et de la façon dont la police l’enregistre'
        END AS caveat_fr
    FROM codes.violations AS violation
    CROSS JOIN statistics AS statistic
    -- A violation has a card only for the statistics that a source gives.
    SEMI JOIN staging.figure ON figure.measure_id = violation.slug || '_' || statistic.suffix
), final AS (
    SELECT * FROM kept
    UNION ALL BY NAME
    SELECT * FROM police
)
SELECT
    measure_id,
    domain,
    label_en,
    label_fr,
    unit,
    counting_rule,
    up_is,
    caveat_en,
    caveat_fr
FROM final
ORDER BY measure_id
