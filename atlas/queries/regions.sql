SELECT region_id, level, parent_id, name_en, name_fr, code, population_latest
FROM marts.region
ORDER BY region_id
