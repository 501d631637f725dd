SELECT event_date, precision, region_id, geography, kind, title_en, title_fr, source, verified
FROM marts.policy_event
ORDER BY event_date
