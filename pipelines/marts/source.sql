-- Grain: one row a source. Who publishes, on what terms, and whose hands the file passed through.
SELECT
    source_id, publisher, title, landing_url, licence, attribution, custody, cadence
FROM staging.release_record
QUALIFY row_number() OVER (PARTITION BY source_id ORDER BY release_id DESC) = 1
ORDER BY source_id
