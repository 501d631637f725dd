SELECT rule, source_id, message AS message_en, message_fr, failures, passed
FROM marts.check_result
ORDER BY source_id, rule
