-- One row a patient: an incident's id repeats where it has several, so the record's number follows it.
SELECT
    Incident_ID || '-' || row_number() OVER (PARTITION BY Incident_ID ORDER BY line) AS incident_id,
    try_strptime("Incident Date", '%m/%d/%Y %I:%M:%S %p')::DATE AS occurred_on,
    hour(try_strptime("Incident Date", '%m/%d/%Y %I:%M:%S %p'))::TINYINT AS hour,
    'opioid_overdose_review' AS category,
    'US-AZ-mesa' AS region_id,
    Longitude AS x,
    Latitude AS y,
    json_object('disposition', "Incident Disposition", 'police_naloxone', "PD Narcan", 'complaint', "Complaint Reported by Dispatch") AS attributes,
    line
FROM raw
