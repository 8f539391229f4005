"""Codes in arrays: equal where normal forms are, and classes of equal ones."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from textbook import said

from pellucid.reasoning.geometry.synthetic.figure import Figure
from pellucid.reasoning.geometry.synthetic.knowledge import Knowledge
from pellucid.reasoning.geometry.synthetic.tables import Table, links, mix

PLACES = {"a": (0.0, 0.0), "b": (4.0, 0.0), "c": (1.0, 2.0), "d": (5.0, 2.0), "m": (2.0, 0.0)}


def _table(*facts):
    knowledge = Knowledge(Figure(PLACES))
    for fact in facts:
        knowledge.assume(said(fact))
    return Table(knowledge)


def test_parallel_lines_have_equal_directions():
    table = _table("para a b c d")
    direction = table.directions([(1, np.array([0, 2, 0]), np.array([1, 3, 2]))])
    assert direction[0] == direction[1] != direction[2]


def test_a_right_angle_is_half_a_turn():
    knowledge = Knowledge(Figure({"a": (0.0, 0.0), "b": (1.0, 0.0), "c": (0.0, 2.0)}))
    knowledge.assume(said("perp a b a c"))
    table = Table(knowledge)
    a, b, c = np.eye(1, dtype=int)[0] * 0, np.array([1]), np.array([2])
    assert table.directions([(1, a, b)]) == table.directions([(1, a, c)], 0.5)
    assert table.directions([(1, a, b)]) != table.directions([(1, a, c)])


def test_points_on_a_line_are_known_by_equations_only():
    assert len(_table().collinear.a) == 0
    assert len(_table("coll a m b").collinear.a) == 6
    assert len(_table().triangles.a) == 5 * 4 * 3 - 6


def test_points_in_one_place_have_no_direction():
    knowledge = Knowledge(Figure({**PLACES, "n": (2.0, 0.0)}))
    table = Table(knowledge)
    assert not table.far[table.names.index("m"), table.names.index("n")]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=25))
def test_links_join_what_is_equal_in_one_and_differs_in_the_other(pairs):
    if not pairs:
        return
    key = np.array([k for k, _ in pairs], dtype=np.uint64)
    full = np.array([k * 10 + f for k, f in pairs], dtype=np.uint64)
    first, other = links(key, full)
    assert all(key[i] == key[j] and full[i] != full[j] for i, j in zip(first, other, strict=True))
    for k in set(key.tolist()):
        kinds = len({f for q, f in zip(key.tolist(), full.tolist(), strict=True) if q == k})
        assert sum(key[i] == k for i in first) == kinds - 1


def test_mixed_numbers_depend_on_each_column_and_their_order():
    one, two = np.array([1, 2], dtype=np.int64), np.array([2, 1], dtype=np.int64)
    assert mix(one, two)[0] != mix(two, one)[0]
    assert (mix(one, two) == mix(one, two)).all()
