import json
import random
import re

import pytest

from pellucid.reasoning.geometry import checker
from pellucid.reasoning.geometry.algebra import prove
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.meanings import Refused

PROBLEMS = {
    "heights": "a b c = triangle a b c; h = orthocenter h a b c; d = foot d a b c ? coll a h d",
    "inscribed": "a b c = triangle a b c; o = circle o a b c; d = on_circle d o a"
    " ? eqangle c a c b d a d b",
    "bisectors": "a b c = triangle a b c; x = incenter x a b c; y = foot y x b c; z = foot z x a b"
    " ? cong x y x z",
    "sixty": "a b = segment a b; c = s_angle a b c 60o, on_circle c a b ? cong a c b c",
    "square": "a b = segment a b; c d = square a b c d; e = on_line e a c, on_line e b d"
    " ? perp a e b e",
    "touching": "a b c = triangle a b c; o = circle o a b c; p = midpoint p a o;"
    " x = on_circle x o a, on_circle x p a ? coll x o p",
}


@pytest.fixture(scope="module")
def certificates():
    return {
        name: prove(parse(text, name=name)).certificate.to_json() for name, text in PROBLEMS.items()
    }


@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_what_is_proved_is_accepted(certificates, name):
    goal = PROBLEMS[name].partition("? ")[2]
    assert checker.judge(certificates[name]).startswith(f"{goal}: holds")


def refused(text, match, **changes):
    with pytest.raises(Refused, match=match):
        checker.judge(json.dumps({**json.loads(text), **changes}))


def test_another_goal_is_refused(certificates):
    text = certificates["heights"]
    problem = json.loads(text)["problem"].partition("?")[0]
    refused(
        text,
        "'cong a h h d' does not hold",
        problem=f"{problem}? cong a h h d",
        goals=["cong a h h d"],
    )


def test_a_goal_that_says_nothing_is_refused(certificates):
    text = certificates["heights"]
    problem = json.loads(text)["problem"].partition("?")[0]
    refused(text, "says nothing", problem=f"{problem}? coll a a d", goals=["coll a a d"])


def test_goals_that_are_not_those_of_the_problem_are_refused(certificates):
    refused(certificates["heights"], "not those of its problem", goals=["coll a b d"])


def test_a_condition_that_is_never_met_is_refused(certificates):
    never = [{"words": "u1 is not u1", "expression": "u1 - u1"}]
    refused(certificates["heights"], "that u1 is not u1 is never so", conditions=never)


def test_a_special_figure_is_not_passed_off_for_all(certificates):
    text = certificates["heights"]
    data = json.loads(text)
    special = {
        point: [re.sub(r"\bu1\b", "u2", c) for c in both]
        for point, both in data["coordinates"].items()
    }
    refused(text, "not general", coordinates=special)


def test_a_sample_that_is_another_figure_is_refused(certificates):
    text = certificates["heights"]
    data = json.loads(text)
    x, y = data["sample"]["c"]
    refused(text, "its sample is not", sample={**data["sample"], "c": [x + 0.1, y]})


def test_a_point_without_coordinates_is_missed(certificates):
    data = json.loads(certificates["heights"])
    del data["coordinates"]["d"]
    refused(certificates["heights"], "no coordinates", coordinates=data["coordinates"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"problem": 3}', "null"])
def test_what_is_no_certificate_is_refused(text):
    with pytest.raises(Refused, match="not a certificate"):
        checker.judge(text)


def corrupted(text, rng):
    """One number, sign or power of one coordinate or radicand is another."""
    data = json.loads(text)
    point = rng.choice(list(data["coordinates"]))
    k = rng.randrange(2)
    old = data["coordinates"][point][k]
    places = [m for m in re.finditer(r"(?<![a-z\d])\d+|\+|(?<=\^)\d+", old)]
    at = rng.choice(places)
    new = {"+": "-"}.get(at[0]) or str(int(at[0]) + rng.choice((1, 2, 5)))
    data["coordinates"][point][k] = old[: at.start()] + new + old[at.end() :]
    return json.dumps(data) if places else None


def test_corrupted_coordinates_are_refused(certificates):
    rng = random.Random(0)
    tried = 0
    for text in certificates.values():
        for _ in range(15):
            try:
                other = corrupted(text, rng)
            except IndexError:
                continue  # that coordinate has no number
            tried += 1
            with pytest.raises(Refused):
                checker.judge(other)
    assert tried > 40
