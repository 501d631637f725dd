SELECT rule, source_id, message, failures, passed FROM marts.check_result ORDER BY source_id, rule
