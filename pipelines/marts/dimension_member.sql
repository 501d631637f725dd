-- Grain: dimension, member. The words and the order in which a breakdown is shown: ages by their lower end.
WITH listed AS (
    SELECT
        *,
        row_number() OVER () AS listed_at,
        dimension LIKE '%age\_%' ESCAPE '\' AS is_by_age,
        regexp_extract(member, '^(.*?)\d+(-\d+|\+)?$', 1) AS before_age,
        TRY_CAST(regexp_extract(member, '(\d+)(-\d+|\+)?$', 1) AS INTEGER) AS from_age
    FROM codes.members
), ordered AS (
    SELECT
        *,
        min(listed_at) OVER (PARTITION BY dimension) AS dimension_at,
        min(listed_at) OVER (PARTITION BY dimension, from_age IS NULL, before_age) AS group_at
    FROM listed
)
SELECT
    member.dimension,
    member.member,
    dimension.label_en AS dimension_en,
    dimension.label_fr AS dimension_fr,
    member.label_en,
    member.label_fr,
    row_number() OVER (
        ORDER BY
            dimension_at,
            if(is_by_age, group_at, listed_at),
            if(is_by_age, from_age, NULL) NULLS LAST,
            listed_at
    ) AS position
FROM ordered AS member
INNER JOIN codes.dimensions AS dimension USING (dimension)
ORDER BY position
