-- Grain: one row a counting rule. It travels with the number: incident or person, place or residence.
SELECT counting_rule, counts_events = 'yes' AS counts_events, label_en, label_fr
FROM codes.counting_rules
ORDER BY counting_rule
