SELECT dimension, member, dimension_en, dimension_fr, label_en, label_fr, position
FROM marts.dimension_member
ORDER BY position
