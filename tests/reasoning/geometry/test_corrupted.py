"""Certificates and proofs are accepted, and refused after any change to what they claim."""

import json
import random
from collections import Counter

import pytest
from corrupt_certificates import OF_CERTIFICATES
from corrupt_proofs import OF_PROOFS
from corruptions import damaged

from pellucid.errors import DataError
from pellucid.reasoning.geometry.algebra import prove
from pellucid.reasoning.geometry.answer import answer_to_json
from pellucid.reasoning.geometry.check_file import check_text
from pellucid.reasoning.geometry.checker import judge
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.diagram import draw
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.meanings import Refused
from pellucid.reasoning.geometry.synthetic import prove_synthetic

PROBLEMS = {
    "heights": "a b c = triangle a b c; h = orthocenter h a b c; d = foot d a b c ? coll a h d",
    "inscribed": "a b c = triangle a b c; o = circle o a b c; d = on_circle d o a"
    " ? eqangle c a c b d a d b",
    "bisectors": "a b c = triangle a b c; x = incenter x a b c; y = foot y x b c; z = foot z x a b"
    " ? cong x y x z",
    "square": "a b = segment a b; c d = square a b c d; e = on_line e a c, on_line e b d"
    " ? perp a e b e",
    "touching": "o a = segment o a; x = on_circle x o a; b = on_tline b x o x;"
    " c = on_tline c x o x; t = on_line t b c, on_circle t o a ? perp o t b c",
    "nine points": "a b c = triangle a b c; d = foot d a b c; e = foot e b c a; f = foot f c a b;"
    " m = midpoint m b c ? cyclic d e f m",
    "power": "a b c = triangle a b c; o = circle o a b c; d = on_circle d o a;"
    " x = on_line x a b, on_line x c d ? eqratio x a x c x d x b",
    "middle of an arc": "a b c = triangle a b c; o = circle o a b c; i = incenter i a b c;"
    " k = on_line k a i, on_circle k o a ? cong k b k i",
    "ratio": "a b c = triangle a b c; m = midpoint m b c; n = midpoint n a c;"
    " g = on_line g a m, on_line g b n ? rconst a g g m 2",
}
READ = [name for name in PROBLEMS if name not in ("square", "touching")]
"""Those with a readable proof."""


@pytest.fixture(scope="module")
def certificates():
    found = {name: prove(parse(text, name=name)).certificate for name, text in PROBLEMS.items()}
    return {name: json.loads(certificate.to_json()) for name, certificate in found.items()}


@pytest.fixture(scope="module")
def answers():
    return {name: json.loads(_answer(parse(PROBLEMS[name], name=name))) for name in READ}


def _answer(problem):
    (goal,) = problem.goals
    proof = prove_synthetic(draw(problem), facts(problem), goal, seconds=20).proof
    return answer_to_json(problem, proof=proof)


def test_what_is_proved_is_accepted(certificates, answers):
    for data in (*certificates.values(), *answers.values()):
        verdict = check_text(json.dumps(data))
        assert verdict.accepted, verdict.lines


def _accepted(data):
    try:
        return check_text(json.dumps(data)).accepted
    except DataError:
        return False


def _refused(originals, kinds, count, seed):
    """Damage of all kinds in turn, to originals at random; how often each was tried."""
    rng, tried = random.Random(seed), Counter()
    for k in range(20 * count):
        if tried.total() == count:
            break
        name, kind = rng.choice(sorted(originals)), kinds[k % len(kinds)]
        other = damaged(originals[name], kind, rng)
        if other is not None:
            tried[kind] += 1
            assert not _accepted(other), f"accepted, though damaged: {kind}, {name}, {other}"
    assert tried.total() == count
    assert {*tried} == {*kinds}
    return tried


def test_sixty_corrupted_certificates_are_refused(certificates):
    _refused(certificates, list(OF_CERTIFICATES), 60, seed=1)


def test_sixty_corrupted_proofs_are_refused(answers):
    _refused(answers, list(OF_PROOFS), 60, seed=2)


@pytest.mark.slow
def test_five_hundred_corrupted_certificates_are_refused(certificates):
    _refused(certificates, list(OF_CERTIFICATES), 500, seed=3)


@pytest.mark.slow
def test_five_hundred_corrupted_proofs_are_refused(answers):
    _refused(answers, list(OF_PROOFS), 500, seed=4)


def test_a_harmless_change_is_no_corruption(certificates):
    """The sum in another order, a product written out: accepted."""
    data = json.loads(json.dumps(certificates["ratio"]))
    for both in data["coordinates"].values():
        for k, text in enumerate(both):
            if text.isidentifier():
                both[k] = f"(2*{text} + 3*{text})/(5)"
    assert data != certificates["ratio"]
    assert "rconst a g g m 2" in judge(json.dumps(data))


def test_a_figure_where_curves_touch_by_chance_is_not_general(certificates):
    """c is anywhere, so that bc need not touch the circle, and t need not be where it touches."""
    data = json.loads(json.dumps(certificates["touching"]))
    data["problem"] = data["problem"].replace("c = on_tline c x o x", "c = free c")
    assert "free c" in data["problem"]
    with pytest.raises(Refused, match="not general"):
        judge(json.dumps(data))
