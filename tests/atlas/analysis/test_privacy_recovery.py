"""What can be recovered from a table, against enumeration of every table that fits."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult

from atlas.analysis.errors import InputError
from atlas.analysis.privacy import AuditError, Key, SumRelation, ranges, recover_hidden

untimed = settings(deadline=None, max_examples=60)
UNKNOWN = 12  # a hidden cell without limits is tried up to this value


def two_way(rows: int, columns: int) -> list[SumRelation]:
    across = [
        SumRelation((row, "all"), tuple((row, column) for column in range(columns)))
        for row in (*range(rows), "all")
    ]
    down = [
        SumRelation(("all", column), tuple((row, column) for row in range(rows)))
        for column in (*range(columns), "all")
    ]
    return [*across, *down]


def filled(interior: list[list[int]]) -> dict[Key, float]:
    table = np.array(interior, dtype=float)
    cells: dict[Key, float] = {}
    for (row, column), value in np.ndenumerate(table):
        cells[(row, column)] = float(value)
    for row, value in enumerate(table.sum(axis=1)):
        cells[(row, "all")] = float(value)
    for column, value in enumerate(table.sum(axis=0)):
        cells[("all", column)] = float(value)
    cells[("all", "all")] = float(table.sum())
    return cells


def possible_values(
    shape: tuple[int, int], shown: dict[Key, float], limits: dict[Key, tuple[float, float]]
) -> dict[Key, set[int]]:
    """Every value that each hidden cell has in some table that fits, by trying all tables."""
    keys = list(itertools.product(range(shape[0]), range(shape[1])))
    ranges = []
    for key in keys:
        if key in shown:
            ranges.append([int(shown[key])])
        else:
            low, high = limits.get(key, (0, UNKNOWN))
            ranges.append(list(range(int(low), int(min(high, UNKNOWN)) + 1)))
    tables = np.array(np.meshgrid(*ranges, indexing="ij")).reshape(len(keys), -1)
    columns: dict[Key, Any] = {key: tables[at] for at, key in enumerate(keys)}
    for row in range(shape[0]):
        columns[(row, "all")] = sum(columns[(row, c)] for c in range(shape[1]))
    for column in range(shape[1]):
        columns[("all", column)] = sum(columns[(r, column)] for r in range(shape[0]))
    columns[("all", "all")] = tables.sum(axis=0)
    fits = np.ones(tables.shape[1], dtype=bool)
    for cell, values in columns.items():
        if cell in shown:
            fits &= values == shown[cell]
        elif cell in limits:
            fits &= (values >= limits[cell][0]) & (values <= limits[cell][1])
    return {
        cell: set(values[fits].tolist()) for cell, values in columns.items() if cell not in shown
    }


@st.composite
def suppressed_tables(draw: st.DrawFn) -> tuple[list[list[int]], set[Key], set[Key], int]:
    shape = draw(st.sampled_from([(2, 2), (2, 3), (3, 2)]))
    interior = [[draw(st.integers(0, 6)) for _ in range(shape[1])] for _ in range(shape[0])]
    cells = filled(interior)
    # At most four unknown interior cells keep the enumeration small.
    inside = draw(st.sets(st.sampled_from(list(itertools.product(*map(range, shape)))), max_size=4))
    margins = [key for key in cells if "all" in key]
    outside = draw(st.sets(st.sampled_from(margins), max_size=3))
    hidden = {*inside, *outside}
    limited = draw(st.sets(st.sampled_from(sorted(hidden, key=str)))) if hidden else set()
    return interior, hidden, limited, draw(st.integers(0, 1))


@untimed
@given(suppressed_tables())
def test_a_cell_is_recovered_exactly_when_every_table_that_fits_gives_it_one_value(
    example: tuple[list[list[int]], set[Key], set[Key], int],
) -> None:
    interior, hidden, limited, least = example
    cells = filled(interior)
    shape = (len(interior), len(interior[0]))
    shown = {key: value for key, value in cells.items() if key not in hidden}
    limits = {key: (float(least), 4.0) for key in limited if least <= cells[key] <= 4}
    result = recover_hidden(shown, limits, two_way(*shape))
    assert result.contradictory == ()
    found = {one.key: one.value for one in result.recovered}
    possible = possible_values(shape, shown, limits)
    assert found == {key: values.pop() for key, values in possible.items() if len(values) == 1}
    assert all(value == cells[key] for key, value in found.items())


@untimed
@given(suppressed_tables(), st.integers(2, 9))
def test_the_order_of_sums_does_not_matter_and_scaled_counts_scale_the_sums(
    example: tuple[list[list[int]], set[Key], set[Key], int], factor: int
) -> None:
    interior, hidden, _limited, _least = example
    shown = {key: value for key, value in filled(interior).items() if key not in hidden}
    relations = two_way(len(interior), len(interior[0]))
    by_sums = {
        one.key: one.value
        for one in recover_hidden(shown, {}, relations).recovered
        if one.method != "bounds"
    }
    turned = recover_hidden(shown, {}, relations[::-1]).recovered
    assert by_sums == {one.key: one.value for one in turned if one.method != "bounds"}
    scaled = recover_hidden({key: factor * value for key, value in shown.items()}, {}, relations)
    methods = {one.key: one.value / factor for one in scaled.recovered if one.method != "bounds"}
    assert methods == by_sums


def test_a_cell_in_two_sums_is_found_through_both() -> None:
    # Row 1 hides two cells, column 2 hides two; only together do they give all four away.
    cells = filled([[3, 8, 9], [7, 2, 4], [6, 5, 1]])
    hidden: set[Key] = {(0, 0), (0, 1), (1, 1)}
    shown = {key: value for key, value in cells.items() if key not in hidden}
    found = {one.key: one for one in recover_hidden(shown, {}, two_way(3, 3)).recovered}
    assert {key: one.value for key, one in found.items()} == {key: cells[key] for key in hidden}
    # (0, 0) is alone in its column and (1, 1) in its row; (0, 1) follows from either.
    assert found[(0, 0)].method == found[(1, 1)].method == "one_sum"
    assert found[(0, 1)].method == "several_sums"


def test_a_square_of_hidden_cells_is_safe_until_their_limits_meet() -> None:
    cells = filled([[2, 4, 9], [4, 2, 7], [8, 9, 9]])
    hidden: list[Key] = [(0, 0), (0, 1), (1, 0), (1, 1)]
    shown = {key: value for key, value in cells.items() if key not in hidden}
    assert recover_hidden(shown, {}, two_way(3, 3)).recovered == ()
    limits = dict.fromkeys(hidden, (1.0, 4.0))
    assert recover_hidden(shown, limits, two_way(3, 3)).recovered == ()
    # With 8 hidden in a row of two cells of at most 4 each, both are 4.
    cells = filled([[4, 4, 9], [1, 3, 7], [8, 9, 9]])
    shown = {key: value for key, value in cells.items() if key not in hidden}
    found = recover_hidden(shown, limits, two_way(3, 3)).recovered
    assert {one.key: (one.value, one.method) for one in found} == {
        key: (cells[key], "bounds") for key in hidden
    }


@untimed
@given(suppressed_tables(), st.integers(2, 4))
def test_a_cell_is_narrowed_exactly_to_the_values_that_fitting_tables_give_it(
    example: tuple[list[list[int]], set[Key], set[Key], int], at_most: int
) -> None:
    interior, hidden, limited, least = example
    cells = filled(interior)
    shape = (len(interior), len(interior[0]))
    shown = {key: value for key, value in cells.items() if key not in hidden}
    limits = {key: (float(least), 4.0) for key in limited if least <= cells[key] <= 4}
    result = recover_hidden(shown, limits, two_way(*shape), at_most)
    possible = possible_values(shape, shown, limits)
    few = {key: sorted(one) for key, one in possible.items() if 1 < len(one) <= at_most}
    assert {one.key: list(one.values) for one in result.narrowed} == few
    assert recover_hidden(shown, limits, two_way(*shape)).recovered == result.recovered


def test_values_that_only_some_sums_reach_are_counted_one_by_one() -> None:
    # a + b = s, a + c = s with b = c, and t = b + c: t is even, from 0 to 4.
    a, b, c, s, t = ((name,) for name in "abcst")
    sums = [SumRelation(s, (a, b)), SumRelation(s, (a, c)), SumRelation(t, (b, c))]
    found = recover_hidden({}, {t: (0.0, 5.0), a: (0.0, 9.0)}, sums, 3)
    assert {one.key: one.values for one in found.narrowed} == {
        t: (0.0, 2.0, 4.0),
        b: (0.0, 1.0, 2.0),
        c: (0.0, 1.0, 2.0),
    }


def test_cells_without_a_limit_are_never_called_determined_for_being_large_elsewhere() -> None:
    # Each cell of the chain is twice the one before, so the last is 1,024 times the first.
    sums: list[SumRelation] = []
    for step in range(10):
        one, twin, rest, whole = (f"x{step}",), (f"twin{step}",), (f"r{step}",), (f"s{step}",)
        sums += [
            SumRelation(whole, (one, rest)),
            SumRelation(whole, (twin, rest)),
            SumRelation((f"x{step + 1}",), (one, twin)),
        ]
    free = recover_hidden({}, {}, sums, 3)
    assert (free.recovered, free.narrowed, free.contradictory) == ((), (), ())
    # A shown end of the chain gives its start away.
    found = {one.key: one.value for one in recover_hidden({("x10",): 3_072}, {}, sums).recovered}
    assert found[("x0",)] == 3


def test_limits_of_one_value_give_a_cell_away_without_a_sum() -> None:
    found = recover_hidden({}, {("a",): (3, 3), ("b",): (2.5, 3.5), ("c",): (3, 5)}, [], 3)
    assert {(one.key, one.value, one.method) for one in found.recovered} == {
        (("a",), 3.0, "bounds"),
        (("b",), 3.0, "bounds"),
    }
    assert [(one.key, one.values) for one in found.narrowed] == [(("c",), (3.0, 4.0, 5.0))]


def test_a_solver_without_a_verdict_is_told_apart_from_a_safe_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gives_up(*_given: object, **_options: object) -> OptimizeResult:
        return OptimizeResult({"x": None, "status": 1, "message": "time limit reached"})  # type: ignore[call-arg]

    monkeypatch.setattr(ranges, "milp", gives_up)
    relation = SumRelation(("all",), (("a",), ("b",)))
    with pytest.raises(AuditError, match="time limit reached"):
        recover_hidden({("all",): 3}, {}, [relation])


def test_a_zero_total_gives_its_parts_away() -> None:
    # Nothing negative exists, so parts of a total of 0 are 0.
    relation = SumRelation(("all",), (("a",), ("b",)))
    found = recover_hidden({("all",): 0}, {("a",): (0, 4)}, [relation]).recovered
    assert {(one.key, one.value, one.method) for one in found} == {
        (("a",), 0.0, "bounds"),
        (("b",), 0.0, "bounds"),
    }


def test_whole_numbers_matter() -> None:
    # p + q = q + r = p + r = 1 has p = q = r = 1/2 only; a table of counts cannot be so.
    p, q, r = (("p",), ("q",), ("r",))
    relations = [
        SumRelation((t,), pair) for t, pair in zip("xyz", ((p, q), (q, r), (p, r)), strict=True)
    ]
    odd = recover_hidden({("x",): 1, ("y",): 1, ("z",): 1}, {}, relations)
    assert odd.recovered == ()
    assert len(odd.contradictory) == 3
    even = recover_hidden({("x",): 2, ("y",): 2, ("z",): 2}, {}, relations).recovered
    assert {(one.key, one.value, one.method) for one in even} == {
        (p, 1.0, "several_sums"),
        (q, 1.0, "several_sums"),
        (r, 1.0, "several_sums"),
    }


def test_sums_that_cannot_hold_recover_nothing_and_leave_others_alone() -> None:
    wrong = SumRelation(("year",), (("spring",), ("autumn",)))
    right = SumRelation(("all",), (("female",), ("male",)))
    shown: dict[Key, float] = {("year",): 5, ("spring",): 7, ("all",): 9, ("female",): 7}
    result = recover_hidden(shown, {}, [wrong, right])
    assert result.contradictory == (wrong,)
    assert [(one.key, one.value) for one in result.recovered] == [(("male",), 2.0)]
    # A difference outside the stated limits is a contradiction too.
    assert recover_hidden(shown, {("male",): (3, 4)}, [right]).contradictory == (right,)


def test_sums_that_disagree_on_a_cell_are_contradictory() -> None:
    one = SumRelation(("all",), (("female",), ("male",)))
    other = SumRelation(("total",), (("male",), ("rest",)))
    shown: dict[Key, float] = {("all",): 9, ("female",): 7, ("total",): 9, ("rest",): 4}
    for pair in ([one, other], [other, one]):
        assert recover_hidden(shown, {}, pair).contradictory == (pair[1],)


def test_nothing_hidden_or_nothing_known_gives_nothing_away() -> None:
    relation = SumRelation(("all",), (("a",), ("b",)))
    assert recover_hidden({("all",): 3, ("a",): 1, ("b",): 2}, {}, [relation]).recovered == ()
    assert recover_hidden({}, {}, [relation]).recovered == ()
    assert recover_hidden({}, {("a",): (0, 4)}, []).recovered == ()
    all_suppressed: dict[Key, tuple[float, float]] = {
        ("all",): (5.0, np.inf),
        ("a",): (0.0, 4.0),
        ("b",): (0.0, 4.0),
    }
    assert recover_hidden({}, all_suppressed, [relation]).recovered == ()


def test_a_table_of_a_hundred_hidden_cells_is_checked_in_whole() -> None:
    random = np.random.default_rng(7)
    cells = filled(random.integers(1, 60, (12, 30)).tolist())
    small = {key for key, value in cells.items() if "all" not in key and value < 20}
    shown = {key: value for key, value in cells.items() if key not in small}
    found = recover_hidden(shown, dict.fromkeys(small, (1.0, 19.0)), two_way(12, 30)).recovered
    assert len(small) > 90
    assert all(one.value == cells[one.key] for one in found)


@pytest.mark.parametrize("value", [-1, 0.5, float("nan"), float("inf"), "<5", [1]])
def test_a_shown_value_that_is_no_count_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="shown counts must be"):
        recover_hidden({("a",): value}, {}, [])


@pytest.mark.parametrize("at_most", [0, 1.5, "2", None])
def test_a_number_of_values_that_makes_no_sense_is_refused(at_most: Any) -> None:
    with pytest.raises(InputError, match="number of values"):
        recover_hidden({}, {}, [], at_most)


def test_limits_that_make_no_sense_are_refused() -> None:
    for limits in ((4.0, 1.0), (-1.0, 4.0), (0.0, float("nan"))):
        with pytest.raises(InputError, match="in order"):
            recover_hidden({}, {("a",): limits}, [])
    for limits in ((0.2, 0.8), (np.inf, np.inf)):
        with pytest.raises(InputError, match="hold a whole number"):
            recover_hidden({}, {("a",): limits}, [])
    with pytest.raises(InputError, match="limits must be numbers"):
        recover_hidden({}, {("a",): ("few", 4)}, [])  # type: ignore[dict-item]
    with pytest.raises(InputError, match="cannot have limits"):
        recover_hidden({("a",): 3}, {("a",): (0.0, 4.0)}, [])
