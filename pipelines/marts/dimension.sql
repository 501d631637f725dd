-- Grain: one row a dimension. Whether its members exclude each other, so that their counts sum to the total at most.
SELECT
    dimension,
    label_en,
    label_fr,
    dimension IN (SELECT partition.dimension FROM codes.partitions AS partition) AS is_partition
FROM codes.dimensions
ORDER BY dimension
