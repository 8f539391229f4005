"""The search: theorems that need a point get one, proofs are checked, nothing is added in vain."""

import json
import random
from dataclasses import replace

import pytest

from pellucid.errors import DataError
from pellucid.reasoning.geometry.auxiliary import SearchSettings, prove_with_auxiliary
from pellucid.reasoning.geometry.auxiliary.candidates import Candidate
from pellucid.reasoning.geometry.auxiliary.pool import Pool
from pellucid.reasoning.geometry.auxiliary.search import search
from pellucid.reasoning.geometry.auxiliary.state import State, renumbered, without
from pellucid.reasoning.geometry.check_proof import check_proof
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.diagram import draw
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.problem import Problem
from pellucid.reasoning.geometry.synthetic import Closure

ISOSCELES = parse(
    "a b c = triangle a b c; d = orthocenter d a b c; o = circle o a c d;"
    "e = on_line e c o, on_circum e b c d ? cong d e a b"
)
"""Found by `synthesize`: it needs one point."""
MEDIAN = parse("a b c = triangle a b c; m = midpoint m b c; n = midpoint n c a ? para m n a b")
"""It needs none."""


def state_of(problem: Problem) -> State:
    return State.of([draw(problem, k) for k in range(2)], facts(problem), problem.goals)


def test_a_theorem_that_needs_a_point_is_proved_with_one():
    state = state_of(ISOSCELES)
    assert not state.run(seconds=10.0)
    outcome = prove_with_auxiliary(ISOSCELES, seconds=40.0)
    assert outcome.status == "proved"
    assert outcome.attempts > 0
    assert 1 <= len(outcome.clauses) <= 2
    whole = Problem("whole", (*ISOSCELES.clauses, *outcome.clauses), ISOSCELES.goals)
    (proof,) = outcome.proofs
    assert proof.goal == ISOSCELES.goals[0]
    assert check_proof(proof.to_json(), [str(f) for f in facts(whole)]) == len(proof.steps)
    made = {point for clause in outcome.clauses for point in clause.points}
    assert made & {*proof.points}
    # Without what is said of the new points the proof does not stand.
    with pytest.raises(DataError):
        check_proof(proof.to_json(), [str(f) for f in facts(ISOSCELES)])


def test_the_outcome_can_be_written_in_the_language_and_proved_again():
    outcome = prove_with_auxiliary(ISOSCELES, seconds=40.0)
    extra = "; ".join(map(str, outcome.clauses))
    head, _, goal = str(ISOSCELES).partition(" ? ")
    again = parse(f"{head}; {extra} ? {goal}")
    assert Closure(draw(again), facts(again)).run(again.goals) == "proved"


def test_nothing_is_added_where_nothing_is_needed():
    outcome = prove_with_auxiliary(MEDIAN, seconds=10.0)
    assert outcome.status == "proved"
    assert outcome.clauses == ()
    assert outcome.attempts == 0
    assert {*outcome.proofs[0].points} <= {*MEDIAN.points}


def test_a_false_goal_is_an_error_in_one_line():
    false = parse("a b c = triangle a b c; m = midpoint m b c ? perp a m b c")
    with pytest.raises(DataError, match="not true where the points stand") as error:
        prove_with_auxiliary(false, seconds=5.0)
    assert "\n" not in str(error.value)


def test_time_is_kept_and_said():
    """Feuerbach's theorem, which is out of reach of so little time on any machine so far."""
    hard = parse(
        "a b c = triangle a b c; i = incenter i a b c; d = foot d i b c; m = midpoint m b c;"
        "n = midpoint n c a; p = midpoint p a b; w = circle w m n p;"
        "x = on_line x i w, on_circle x w m; y = on_line y i w, on_circle y i d;"
        "z = on_circle z i d, on_circle z w m ? coll i w z"
    )
    outcome = prove_with_auxiliary(hard, seconds=1.5)
    assert outcome.status in ("out of time", "proved")
    assert outcome.seconds < 15.0
    assert bool(outcome.proofs) == (outcome.status == "proved")


def test_the_same_seed_makes_the_same_search():
    found = [search(_saturated(ISOSCELES), seconds=40.0, rng=random.Random(5)) for _ in range(2)]
    assert found[0].attempts == found[1].attempts
    assert found[0].state is not None
    assert found[1].state is not None
    assert found[0].state.clauses == found[1].state.clauses


def _saturated(problem: Problem) -> State:
    state = state_of(problem)
    state.run(seconds=10.0)
    return state


def test_an_attempt_leaves_the_state_as_it_was():
    state = _saturated(ISOSCELES)
    facts_before = list(state.closure.knowledge.facts)
    free = state.freedom(ISOSCELES.points)
    more = state.extended(state.named(state.pool.draw(random.Random(0), 3)))
    more.run(seconds=10.0)
    assert len(more.added) == 3
    assert state.added == ()
    assert state.closure.knowledge.facts == facts_before
    assert state.freedom(ISOSCELES.points) == free
    assert more.freedom(ISOSCELES.points) <= free


def test_an_attempt_that_rounding_spoils_does_not_end_the_search(monkeypatch):
    """A point far from where its clause says it is: what is given is false; another is drawn."""
    state = _saturated(ISOSCELES)
    drawn = Pool.draw
    spoiled = []

    def first_spoiled(pool, rng, count):
        candidates = drawn(pool, rng, count)
        if not spoiled:
            spoiled.append(replace(candidates[0], places=(7 + 3j, 5 - 2j)))
            return spoiled
        return candidates

    monkeypatch.setattr(Pool, "draw", first_spoiled)
    found = search(state, seconds=40.0, rng=random.Random(0))
    assert spoiled
    assert found.state is not None


def test_freedom_falls_with_what_is_known():
    """Of a triangle all is free: three directions and three lengths; less if it is isosceles."""
    free = state_of(parse("a b c = triangle a b c ? ncoll a b c"))
    equal = state_of(parse("a b c = iso_triangle0 a b c ? ncoll a b c"))
    assert free.freedom("abc") == 6
    assert equal.freedom("abc") == 5
    equal.closure.run()
    assert equal.freedom("abc") == 4


def test_points_go_with_those_that_are_made_of_them():
    one = ("x1", Candidate("midpoint", ("a", "b"), ()))
    two = ("x2", Candidate("mirror", ("c", "x1"), ()))
    three = ("x3", Candidate("midpoint", ("a", "c"), ()))
    assert without([one, two, three], "x1") == [three]
    assert without([one, two, three], "x2") == [one, three]
    renamed = renumbered([two, three], ("a", "b", "c", "x2"))
    assert [name for name, _ in renamed] == ["x1", "x3"]
    assert renumbered([one, two], ("x1",))[1][1].given == ("c", "x2")


def test_heavy_candidates_are_drawn_more_often_and_places_never_twice():
    pool = _saturated(ISOSCELES).pool
    rng = random.Random(0)
    count = dict.fromkeys(range(len(pool)), 0)
    group_of = {pool.candidate(k): int(g) for k, g in enumerate(pool.group)}
    for _ in range(400):
        drawn = [group_of[candidate] for candidate in pool.draw(rng, 5)]
        assert len(set(drawn)) == len(drawn) == 5
        for group in drawn:
            count[group] += 1
    heavy = sorted(count, key=lambda group: pool.heaviest[group])
    half = len(heavy) // 2
    light_share = sum(count[g] for g in heavy[:half]) / 2000
    expected = pool.heaviest[heavy[:half]].sum() / pool.heaviest.sum()
    assert light_share == pytest.approx(expected, abs=0.05)


def test_progress_tells_of_states_that_know_more():
    lines: list[str] = []
    settings = SearchSettings(width=2, at_once=3)
    outcome = prove_with_auxiliary(
        ISOSCELES, seconds=40.0, seed=1, settings=settings, progress=lines.append
    )
    assert outcome.status == "proved"
    assert all("new relations by" in line and "\n" not in line for line in lines)
    assert json.loads(outcome.proofs[0].to_json())["goal"]["name"] == "cong"
