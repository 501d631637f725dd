-- A region's parent and a measure's counting rule must stand in data/codes
-- fr: Le parent d’une région et la règle de comptage d’un indicateur doivent figurer dans data/codes
SELECT 'data/codes' AS source_id, region_id AS id, parent_id AS points_to
FROM marts.region
WHERE parent_id NOT IN (SELECT parent.region_id FROM marts.region AS parent)
UNION ALL
SELECT 'data/codes', measure_id, counting_rule
FROM marts.measure
WHERE counting_rule NOT IN (SELECT rule.counting_rule FROM marts.counting_rule AS rule)
