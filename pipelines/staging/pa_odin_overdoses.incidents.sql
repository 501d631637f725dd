-- One row an incident. The publisher's coordinates are the centre of the county, so there is no place.
SELECT
    replace("Incident ID", ',', '') AS incident_id,
    try_strptime(any_value("Incident Date"), '%m/%d/%Y')::DATE AS occurred_on,
    -- Midnight stands for a missing time in one release.
    hour(TRY_CAST(nullif(any_value("Incident Time"), '00:00:00') AS TIME))::TINYINT AS hour,
    'overdose' AS category,
    any_value(county.region_id) AS region_id,
    NULL::DOUBLE AS x,
    NULL::DOUBLE AS y,
    json_object(
        'people', count(DISTINCT "Victim ID"),
        'given_naloxone', count(DISTINCT "Victim ID") FILTER ("Naloxone Administered" = 'Y'),
        'died', count(DISTINCT "Victim ID") FILTER (Survive = 'N')
    ) AS attributes,
    min(line) AS line
FROM raw
LEFT JOIN codes.regions AS county
    ON county.level = 'us_county' AND county.region_id = 'US-PA-42' || "Incident County FIPS Code"
GROUP BY ALL
