-- One row a patient's call, at the random place that the publisher gives. NULL and blank are both null.
WITH timed AS (
    SELECT *, hour(try_strptime(Incident_Date[1:19], '%Y/%m/%d %H:%M:%S')) AS printed_hour FROM raw
)
SELECT
    OBJECTID::VARCHAR AS incident_id,
    try_strptime(Incident_Date[1:10], '%Y/%m/%d')::DATE AS occurred_on,
    -- Midnight and 7 o'clock stand for a date without a time: they contradict Time_of_Day.
    if(printed_hour IN (0, 7), NULL, printed_hour)::TINYINT AS hour,
    'opioid_ems_call' AS category,
    'US-AZ-tempe' AS region_id,
    -- Calls that the publisher puts at the centre of the city have no place.
    if(Notes LIKE 'Coordinates Placed At Center%', NULL, X) AS x,
    if(Notes LIKE 'Coordinates Placed At Center%', NULL, Y) AS y,
    json_object('opioid_use', Opioid_Use, 'naloxone_given', nullif(Narcan_Given, 'NULL'), 'time_of_day', Time_of_Day) AS attributes,
    line
FROM timed
