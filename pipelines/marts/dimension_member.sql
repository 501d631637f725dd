-- Grain: dimension, member. The words and the order in which a breakdown is shown.
SELECT
    member.dimension,
    member.member,
    dimension.label_en AS dimension_en,
    dimension.label_fr AS dimension_fr,
    member.label_en,
    member.label_fr,
    row_number() OVER () AS position
FROM codes.members AS member
INNER JOIN codes.dimensions AS dimension USING (dimension)
