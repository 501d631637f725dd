-- One row a night and program in, one figure a night and sector out, and the city's.
-- A program has beds or rooms; the cells of the other kind are empty and count nothing.
WITH nights AS (
    SELECT
        line,
        -- Years to 2022 are written with two digits, later ones may carry a time.
        CASE
            WHEN regexp_full_match(OCCUPANCY_DATE, '\d{4}-\d\d-\d\d(T.*)?') THEN try_strptime(left(OCCUPANCY_DATE, 10), '%Y-%m-%d')
            ELSE try_strptime(OCCUPANCY_DATE, '%y-%m-%d')
        END::DATE AS night,
        sector.member AS sector,
        SERVICE_USER_COUNT, OCCUPIED_BEDS, CAPACITY_ACTUAL_BED, OCCUPIED_ROOMS, CAPACITY_ACTUAL_ROOM
    FROM raw
    LEFT JOIN codes.crosswalk_members AS sector
        ON sector.scheme = 'toronto_shelter_sector' AND sector.publisher_member = raw.SECTOR
), cells AS (
    SELECT line, night, sector, cell.*
    FROM nights, unnest([
        {'measure_id': 'shelter_overnight_people', 'persons': SERVICE_USER_COUNT, 'needed': true},
        {'measure_id': 'shelter_beds_occupied', 'persons': OCCUPIED_BEDS, 'needed': false},
        {'measure_id': 'shelter_beds_available', 'persons': CAPACITY_ACTUAL_BED, 'needed': false},
        {'measure_id': 'shelter_rooms_occupied', 'persons': OCCUPIED_ROOMS, 'needed': false},
        {'measure_id': 'shelter_rooms_available', 'persons': CAPACITY_ACTUAL_ROOM, 'needed': false}
    ]) AS listed(cell)
    WHERE cell.needed OR cell.persons IS NOT NULL
), figures AS (
    SELECT measure_id, night, 'shelter_sector' AS dimension, sector AS member, persons, line FROM cells
    UNION ALL
    SELECT measure_id, night, 'total', 'total', persons, line FROM cells
)
SELECT
    measure_id,
    'CA-ON-toronto' AS region_id,
    night AS period_start,
    night AS period_end,
    'day' AS period_kind,
    dimension,
    member,
    -- A sum that passes over an empty cell would be too low; the stage refuses one without a value.
    if(bool_or(persons IS NULL), NULL, sum(persons))::DOUBLE AS value,
    'count' AS unit,
    'reported' AS status,
    NULL::DOUBLE AS low,
    NULL::DOUBLE AS high,
    coalesce(list(line) FILTER (persons IS NULL), list(line)) AS lines
FROM figures
GROUP BY measure_id, night, dimension, member
