-- One row an offence: an event can hold several, so its number gets one more.
SELECT
    EVENT_UNIQUE_ID || '-' || row_number() OVER (PARTITION BY EVENT_UNIQUE_ID ORDER BY UCR_CODE, UCR_EXT, OFFENCE, line) AS incident_id,
    -- An occurrence whose day is not known stands at the day of its report.
    (epoch_ms(coalesce(OCC_DATE, REPORT_DATE)) - INTERVAL 4 HOUR)::DATE AS occurred_on,
    TRY_CAST(OCC_HOUR AS TINYINT) AS hour,
    kind.member AS category,
    if(HOOD_158 = 'NSA', 'CA-ON-toronto', region.region_id) AS region_id,
    nullif(LONG_WGS84, 0) AS x,
    nullif(LAT_WGS84, 0) AS y,
    json_object(
        'offence', OFFENCE,
        'premises', PREMISES_TYPE,
        'division', DIVISION,
        'reported_on', (epoch_ms(REPORT_DATE) - INTERVAL 4 HOUR)::DATE
    ) AS attributes,
    line
FROM raw
LEFT JOIN codes.crosswalk_members AS kind
    ON kind.scheme = 'tps_major_crime' AND kind.publisher_member = CSI_CATEGORY
LEFT JOIN codes.crosswalk_regions AS region
    ON region.scheme = 'hood_158' AND region.publisher_code = ltrim(HOOD_158, '0')
