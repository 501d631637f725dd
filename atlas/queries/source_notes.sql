SELECT source_id, position, kind, text_en, text_fr FROM marts.source_note ORDER BY source_id, position
