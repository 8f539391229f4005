"""Synthetic theorems are true, need their points, and teach a proposer."""

import math
import random

import numpy as np
import pytest
import torch

from pellucid.errors import DataError
from pellucid.reasoning.geometry.auxiliary.picture import Picture
from pellucid.reasoning.geometry.auxiliary.pool import Described, by_surplus
from pellucid.reasoning.geometry.auxiliary.proposer import Proposer, example, learn, loss_of, train
from pellucid.reasoning.geometry.auxiliary.random_figures import RandomFigure, random_figure
from pellucid.reasoning.geometry.auxiliary.recall import rank
from pellucid.reasoning.geometry.auxiliary.state import State, without
from pellucid.reasoning.geometry.auxiliary.synthesize import Theorem, synthesize
from pellucid.reasoning.geometry.auxiliary.underived import underived
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.diagram import draw
from pellucid.reasoning.geometry.jgex import parse, read_set
from pellucid.reasoning.geometry.oracle import Oracle
from pellucid.reasoning.geometry.problem import Problem, Statement
from pellucid.reasoning.geometry.synthetic.closure import Closure


@pytest.fixture(scope="module")
def theorems() -> list[Theorem]:
    return list(synthesize(count=1, seed=25))


def test_theorems_follow_with_their_points_and_not_without(theorems):
    for theorem in theorems:
        problem = theorem.problem
        bare = State.of(theorem.diagrams, facts(problem), problem.goals)
        assert not bare.run(seconds=10.0)
        assert bare.extended(theorem.added).run(seconds=10.0)
        mentioned = {p for clause in problem.clauses for p in clause.points}
        assert not mentioned & {name for name, _ in theorem.added}
        assert {*problem.goals[0].points} <= mentioned


def test_theorems_are_true_by_the_oracle_and_read_again(theorems, tmp_path):
    path = tmp_path / "theorems.txt"
    path.write_text("".join(theorem.text() for theorem in theorems), encoding="utf-8")
    again = read_set(path)
    assert [p.goals for p in again] == [t.problem.goals for t in theorems]
    for problem in again:
        assert Oracle(problem, trials=0, diagrams=8).judge(problem.goals[0]).sometimes
        assert draw(problem, 3).keys() == {*problem.points}


def test_the_same_seed_makes_the_same_figure_and_another_makes_another():
    one, two, other = (random_figure(random.Random(k)) for k in (4, 4, 5))
    assert str(one.problem) == str(two.problem)
    assert one.diagrams == two.diagrams
    assert str(one.problem) != str(other.problem)
    assert len(one.problem.clauses) > 3


def test_ancestors_are_all_that_points_are_made_of_and_parts_are_the_figure_of_these():
    problem = parse(
        "a b c = triangle a b c; m = midpoint m a b; n = midpoint n b c; x = midpoint x m c"
        " ? ncoll a b c"
    )
    problem = Problem("p", problem.clauses, ())
    figure = RandomFigure(problem, (), tuple(draw(problem, k) for k in range(2)))
    assert figure.ancestors(("n",)) == {*"abcn"}
    assert figure.ancestors(("x", "a")) == {*"abcmx"}
    small, diagrams = figure.part(figure.ancestors(("x",)))
    assert [clause.points for clause in small.clauses] == [("a", "b", "c"), ("m",), ("x",)]
    assert all(d.keys() == {*"abcmx"} for d in diagrams)
    assert diagrams[1]["x"] == figure.diagrams[1]["x"]


def test_every_added_point_is_needed(theorems):
    for theorem in theorems:
        problem = theorem.problem
        for name, _ in theorem.added:
            fewer = without(theorem.added, name)
            bare = State.of(theorem.diagrams, facts(problem), problem.goals)
            assert not bare.extended(fewer).run(seconds=10.0)


def test_what_is_true_and_underived_is_named_and_then_not():
    """Before anything is deduced: three altitudes meet, and nothing says so."""
    problem = parse(
        "a b c = triangle a b c; d = foot d a b c; e = foot e b c a;"
        "h = on_line h a d, on_line h b e; f = foot f c a b ? coll c h f"
    )
    ds = [draw(problem, k) for k in range(2)]
    closure = Closure(ds[0], facts(problem))
    before = underived(Picture.of(ds), closure)
    assert any(s.name == "coll" and {*s.points} == {*"chf"} for s in before)
    assert any(s.name == "cyclic" and {*s.points} <= {*"abde"} for s in before)
    for statement in before:
        assert all(Closure(d, ()).knowledge.figure.true(statement) for d in ds)
    closure.run()
    assert underived(Picture.of(ds), closure) == []


def test_a_proposer_begins_as_the_hand_made_worth_and_learns_what_helps(theorems):
    (one, *_) = [e for e in map(example, theorems) if e is not None]
    by_hand = one.worth.exp()
    chance = -math.log(by_hand[one.helps].sum() / by_hand.sum())
    assert loss_of(Proposer(), one).item() == pytest.approx(chance, abs=1e-4)
    trained = learn([one], epochs=60)
    assert loss_of(trained, one).item() < 0.7 * chance
    assert rank(one, trained(one.inputs) + one.worth) <= rank(one, one.worth)
    # What all candidates together are worth, beside phantom points, is as it was.
    total = (trained(one.inputs) + one.worth).logsumexp(0)
    assert total.item() == pytest.approx(one.worth.logsumexp(0).item(), abs=1e-3)


def test_the_same_seed_learns_the_same_and_another_does_not(theorems):
    (one, *_) = [e for e in map(example, theorems) if e is not None]
    first, again, other = (learn([one], epochs=2, seed=seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_phantom_points_keep_their_worth(theorems):
    trained = train(theorems, epochs=3)
    described = Described("foot", np.zeros((4, 7), dtype=np.int64), np.arange(4), True)
    assert (trained.weigh(described) == by_surplus(described)).all()


def test_a_proposer_that_is_saved_weighs_as_before(theorems, tmp_path):
    described = Described("lines", np.arange(21).reshape(3, 7), np.array([0, 1, 2]), False)
    proposer = train(theorems[:1], epochs=2)
    proposer.save(tmp_path / "p.safetensors")
    assert (tmp_path / "p.safetensors").stat().st_size < 300_000
    weights = Proposer.load(tmp_path / "p.safetensors").weigh(described)
    assert weights == pytest.approx(proposer.weigh(described))
    assert (weights > 0).all()
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    for name in ("bad.safetensors", "missing.safetensors"):
        with pytest.raises(DataError, match=name):
            Proposer.load(tmp_path / name)


def test_nothing_to_learn_from_is_an_error(theorems):
    with pytest.raises(DataError, match="no theorem"):
        train([])
    goal = Statement("perp", ("a", "b", "a", "c"))
    parsed = parse("a b c = r_triangle a b c ? perp a b a c")
    problem = Problem("p", parsed.clauses, (goal,))
    ds = tuple(draw(problem, k) for k in range(2))
    assert example(Theorem(problem, (("x", theorems[0].added[0][1]),), ds)) is None
