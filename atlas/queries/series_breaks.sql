SELECT measure_id, region_id, first_period, kind, certainty, text_en, text_fr
FROM marts.series_break
ORDER BY measure_id, region_id, first_period
