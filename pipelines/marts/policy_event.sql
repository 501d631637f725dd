-- Grain: one row an event. Dates for the charts: an event on an axis is context, never a cause.
SELECT
    event_date::DATE AS event_date,
    precision,
    region_id,
    geography,
    kind,
    title_en,
    title_fr,
    source,
    verified = 'yes' AS verified
FROM codes.policy_events
ORDER BY event_date, title_en
