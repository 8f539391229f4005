"""Ranks, recall, and paired comparisons have the values that can be counted by hand."""

from math import comb

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.reasoning.geometry.auxiliary.candidates import batches
from pellucid.reasoning.geometry.auxiliary.comparison import Attempt, compare, sign_test, summary
from pellucid.reasoning.geometry.auxiliary.known import known_objects
from pellucid.reasoning.geometry.auxiliary.picture import Picture
from pellucid.reasoning.geometry.auxiliary.pool import by_surplus
from pellucid.reasoning.geometry.auxiliary.proposer import Example
from pellucid.reasoning.geometry.auxiliary.recall import rank, recall, recall_by_chance
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.diagram import draw
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.synthetic.closure import Closure


def example_of(places: list[int], helping: int) -> Example:
    place = torch.tensor(places)
    return Example(torch.zeros(len(places), 1), torch.zeros(len(places)), place, place == helping)


def test_a_place_ranks_by_its_best_candidate():
    one = example_of([0, 0, 1, 1, 2], helping=1)
    assert rank(one, torch.tensor([0.0, 5.0, 1.0, 3.0, 4.0])) == 2
    assert rank(one, torch.tensor([0.0, 1.0, 1.0, 3.0, 2.0])) == 0


def test_places_with_one_score_are_taken_in_the_middle():
    one = example_of(list(range(9)), helping=4)
    assert rank(one, torch.zeros(9)) == 4


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(8)), st.integers(0, 7), st.integers(1, 8))
def test_chance_is_the_mean_over_all_orders(order, helping, first):
    """One place of eight is among the first k in k of 8 orders, wherever it is."""
    one = example_of(list(range(8)), helping)
    assert recall_by_chance([one], first) == pytest.approx(first / 8)
    scores = torch.tensor([float(x) for x in order])
    assert rank(one, scores) == 7 - order[helping]


def test_chance_with_two_places_that_help_and_recall_counts():
    one = Example(
        torch.zeros(5, 1), torch.zeros(5), torch.arange(5), torch.tensor([1, 1, 0, 0, 0]).bool()
    )
    assert recall_by_chance([one], 2) == pytest.approx(1 - comb(3, 2) / comb(5, 2))
    assert recall([0, 4, 5, 9], 5) == 0.5


def test_the_sign_test_has_its_known_values():
    assert sign_test(0, 0) == 1.0
    assert sign_test(5, 5) == 1.0
    assert sign_test(0, 6) == pytest.approx(2 / 64)
    assert sign_test(1, 8) == sign_test(8, 1) == pytest.approx(2 * 10 / 512)


def test_the_summary_counts_problems_that_one_way_alone_proves():
    rows = [
        Attempt(name, way, status, 1, 0.5)
        for name, one, other in (
            ("p", "proved", "out of time"),
            ("q", "proved", "proved"),
            ("r", "saturated", "proved"),
            ("s", "proved", "error"),
        )
        for way, status in (("without", one), ("with", other))
    ]
    text = summary(rows)
    assert "without 3 of 4" in text
    assert "with 2 of 4" in text
    assert "alone 2 and 1, p = 1" in text


def test_problems_are_tried_in_all_ways_and_in_pairs():
    easy = parse("a b c = triangle a b c; m = midpoint m b c; n = midpoint n c a ? para m n a b")
    rows = list(compare([easy], {"one": by_surplus, "two": by_surplus}, seconds=5.0))
    assert [(row.way, row.status, row.attempts) for row in rows] == [
        ("one", "proved", 0),
        ("two", "proved", 0),
    ]
    assert all(row.seconds < 5.0 for row in rows)


def test_points_on_one_line_make_no_parallelogram():
    """Both parallels are that line: the construction makes any point of it, and no corner."""
    problem = parse("a b c = triangle a b c; d = on_line d a b ? coll a b d")
    picture = Picture.of([draw(problem, k) for k in range(2)])
    closure = Closure(draw(problem, 0), facts(problem))
    known = known_objects(picture, closure.knowledge, [], picture.lines(), picture.circles())
    corners = next(b for b in batches(picture, known) if b.kind == "parallelogram").given.tolist()
    flat = {picture.names.index(name) for name in "abd"}
    assert corners
    assert not any(set(row) <= flat for row in corners)
    # Of four points three are on a line; the other triples make three corners each.
    assert len(corners) == 9
