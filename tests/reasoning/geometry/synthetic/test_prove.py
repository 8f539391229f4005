"""Proofs: complete, checked by another program, told in words."""

import json
import random
from fractions import Fraction

import pytest
from textbook import said, theorems

from pellucid.errors import ConfigError, DataError
from pellucid.reasoning.geometry.check_proof import check_proof
from pellucid.reasoning.geometry.synthetic import Proof, prove_synthetic, tell

THEOREMS = {t.name: t for t in theorems()}


@pytest.fixture(scope="module")
def proofs():
    return {
        name: prove_synthetic(t.points, t.facts, t.goal, seconds=10).proof
        for name, t in THEOREMS.items()
    }


@pytest.mark.parametrize("name", THEOREMS)
def test_a_proof_passes_the_independent_checker(proofs, name):
    proof = proofs[name]
    given_facts = [str(fact) for fact in THEOREMS[name].facts]
    parts = given_facts + _parts_of_middles(THEOREMS[name].facts)
    assert check_proof(proof.to_json(), given=parts) == len(proof.steps)


def _parts_of_middles(facts):
    found = []
    for fact in facts:
        if fact.name == "midp":
            m, a, b = fact.points
            found += [f"coll {m} {a} {b}", f"cong {m} {a} {m} {b}"]
    return found


@pytest.mark.parametrize("name", THEOREMS)
def test_a_proof_survives_json(proofs, name):
    assert Proof.from_json(proofs[name].to_json()) == proofs[name]


@pytest.mark.parametrize("name", THEOREMS)
def test_every_step_but_the_last_is_used(proofs, name):
    steps = proofs[name].steps
    used = {premise for step in steps for premise in step.premises}
    assert used == set(range(1, len(steps)))


def test_shorter_proofs_are_no_longer():
    t = THEOREMS["nine points"]
    plain = prove_synthetic(t.points, t.facts, t.goal, shorten=False).proof
    short = prove_synthetic(t.points, t.facts, t.goal).proof
    assert len(short.steps) <= len(plain.steps)


def test_points_that_are_not_needed_are_left_out():
    t = THEOREMS["altitudes meet"]
    points = {**t.points, "y": (7.0, 1.0), "z": (5.0, 5.0)}
    proof = prove_synthetic(points, [*t.facts, said("cong y z z y")], t.goal).proof
    assert set(proof.points) == set(t.points)


def test_an_assumption_that_was_not_given_is_refused(proofs):
    with pytest.raises(DataError, match="does not follow"):
        check_proof(proofs["altitudes meet"].to_json(), given=["perp a h b c"])


def _damage(data, rng):
    """Change one thing in a proof; whether it may still be the same in other words."""
    step = rng.choice([s for s in data["steps"] if s["rule"] != "given"])
    kind = rng.choice(["point", "premise", "coefficient", "rule", "goal", "place", "letter"])
    if kind == "point":
        points = step["statement"]["points"]
        k = rng.randrange(len(points))
        points[k] = rng.choice([p for p in data["points"] if p != points[k]])
    elif kind == "premise":
        del step["premises"][rng.randrange(len(step["premises"]))]
    elif kind == "coefficient" and "combination" in step:
        term = rng.choice(step["combination"])
        term[2] = str(Fraction(term[2]) + rng.choice([1, -1, Fraction(1, 2)]))
    elif kind == "rule":
        step["rule"] = rng.choice(["orthocentre", "inscribed", "linear", "together", "nothing"])
    elif kind == "goal":
        data["goal"]["points"][0] = "nowhere"
    elif kind == "place":
        name = rng.choice(step["statement"]["points"])
        data["points"][name][0] += 0.05
    elif kind == "letter" and "letters" in step:
        letters = step["letters"]
        k, l = rng.sample(range(len(letters)), 2)
        letters[k], letters[l] = letters[l], letters[k]


def _accepted(data):
    try:
        return check_proof(json.dumps(data)) > 0
    except DataError:
        return False


@pytest.mark.parametrize("name", THEOREMS)
def test_corrupted_proofs_are_refused(proofs, name):
    whole = json.loads(proofs[name].to_json())
    rng = random.Random(7)
    damaged = 0
    for _ in range(40):
        data = json.loads(json.dumps(whole))
        _damage(data, rng)
        if data == whole:
            continue
        damaged += 1
        if _accepted(data):
            changed = [s for s, t in zip(data["steps"], whole["steps"], strict=True) if s != t]
            pytest.fail(f"accepted: {changed}")
    assert damaged > 15


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "another"}', '{"format": "pellucid geometry proof 1"}']
)
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(DataError):
        check_proof(text)
    with pytest.raises(DataError):
        Proof.from_json(text)


def test_a_goal_that_is_not_true_is_an_error():
    t = THEOREMS["altitudes meet"]
    with pytest.raises(DataError, match="the goal 'cong a b a c' is not true"):
        prove_synthetic(t.points, t.facts, said("cong a b a c"))


def test_a_saturated_outcome_has_no_proof_but_a_closure():
    t = THEOREMS["altitudes meet"]
    outcome = prove_synthetic(t.points, t.facts[:1], t.goal)
    assert (outcome.status, outcome.proof) == ("saturated", None)
    assert outcome.closure.holds(t.facts[0])


def test_a_proof_in_words(proofs):
    text = tell(proofs["right triangle"])
    assert text.startswith("To prove: MA = MB.\n")
    assert "AB is perpendicular to AC. (given)" in text
    assert "the middle of the hypotenuse is equally far from all corners" in text


def test_a_proof_says_which_equations_it_adds(proofs):
    assert "(adding angles: " in tell(proofs["altitudes bisect the triangle of their feet"])


def test_a_proof_in_latex_and_markdown(proofs):
    proof = proofs["altitudes bisect the triangle of their feet"]
    latex, markdown = tell(proof, "latex"), tell(proof, "markdown")
    assert latex.count(r"\item") == len(proof.steps)
    assert latex.count("$") % 2 == 0
    assert r"\angle" in latex
    assert markdown.startswith("**To prove:** angle EDA = angle ADF.")
    assert f"\n{len(proof.steps)}. " in markdown


def test_an_unknown_form_is_named():
    t = THEOREMS["right triangle"]
    proof = prove_synthetic(t.points, t.facts, t.goal, shorten=False).proof
    with pytest.raises(ConfigError, match="did you mean 'markdown'"):
        tell(proof, "markdwn")
