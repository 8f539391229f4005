"""Problems by coordinates, decided by algebra: what is proved, what is not, and what is false."""

import cmath
import math
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.reasoning.geometry.algebra import DRAWN, FALSE, UNDECIDED
from pellucid.reasoning.geometry.answer import answer_to_json
from pellucid.reasoning.geometry.check_file import check_text
from pellucid.reasoning.geometry.coordinates import parse
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.diagram import holds, sketch
from pellucid.reasoning.geometry.fields import Unlucky
from pellucid.reasoning.geometry.figure import Plan
from pellucid.reasoning.geometry.jgex import parse as parse_clauses
from pellucid.reasoning.geometry.placed.building import ways
from pellucid.reasoning.geometry.placed.equations import refined
from pellucid.reasoning.geometry.placed.family import Step, follow
from pellucid.reasoning.geometry.placed.prove import assumed, prove_placed
from pellucid.reasoning.geometry.placed.tangents import tangent_steps
from pellucid.reasoning.geometry.problem import Problem
from pellucid.reasoning.geometry.statements import is_equation

THEOREMS = {
    "altitudes": "a b c = triangle; h = on_tline a b c, on_tline b a c ? perp c h a b",
    "incentre": "a b c = triangle; i = incenter a b c; e = foot i b c; f = foot i c a"
    " ? cong i e i f",
    "arc": "a b c = triangle; o = circumcenter a b c; d = on_circle o a, on_bline b c"
    " ? eqangle a b a d a d a c",
    "simson": "a b c = triangle; o = circumcenter a b c; p = on_circle o a;"
    " d = foot p b c; e = foot p c a; f = foot p a b ? coll d e f",
    "radical": "a b c = triangle; d = on_circum a b c; x = on_line a b, on_line c d;"
    " o = circumcenter a b c ? eqratio x a x c x d x b",
    "sixty": "a b c = ieq_triangle; p = on_line a b ? eqangle a b a c c a c b",
    "parallelogram": "a b c = triangle; d = parallelogram a b c d; m = on_line a c, on_line b d"
    " ? midp m b d",
    "touching": "a b c = triangle; o = circumcenter a b c; p = midpoint a o;"
    " x = on_circle o a, on_circle p a ? coll x o p",
    "ratio": "a b c = triangle; d = on_line b c, angle_bisector b a c ? eqratio d b d c a b a c",
}


def placed(text: str, seed: int = 0) -> Problem:
    """A problem in clauses as one by coordinates, in a diagram in which its goals hold."""
    problem = parse_clauses(text)
    rng = random.Random(seed)
    for _ in range(50):
        places = sketch(problem, rng, plan=Plan()).places
        if all(holds(goal, places) for goal in problem.goals):
            break
    said = tuple(s for s in facts(problem) if is_equation(s))
    return Problem("placed", (), problem.goals, dict(places), said)


def decided(problem: Problem):
    result = prove_placed(problem)
    if result.certificate is not None:
        verdict = check_text(answer_to_json(problem, certificate=result.certificate))
        assert verdict.accepted, verdict.lines
    return result


@pytest.mark.parametrize("name", sorted(THEOREMS))
def test_theorems_are_proved_from_one_figure_and_checked(name):
    result = decided(placed(THEOREMS[name]))
    assert result.status == DRAWN, result.reason


@given(st.sampled_from(sorted(THEOREMS)), st.integers(1, 40))
@settings(max_examples=12, deadline=None)
def test_every_way_that_is_found_makes_the_given_figure(name, seed):
    problem = placed(THEOREMS[name], seed)
    at = {point: complex(*problem.at[point]) for point in problem.points}
    found = ways(assumed(problem, at), problem.points, at)
    assert found
    for way in found:
        a, b = (at[point] for point in way.order.first)
        assert {p for step in way.order.steps for p in step.points} == set(problem.points)
        for point, place in way.figure.places.items():
            there = a + complex(place.x, place.y) * (b - a)
            assert abs(there - at[point]) < 1e-4 * max(map(abs, at.values()))


RIGHT = "a@0_0 = ; b@4_0 = ; c@2_3 = ; m@2_0 = coll m a b, cong m a m b"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (f"{RIGHT} ? midp m a b", DRAWN),
        (f"{RIGHT}, cong c a c b ? perp c m a b", DRAWN),
        # True where the points stand, and of no other figure.
        (f"{RIGHT} ? perp c m a b", FALSE),
        (f"{RIGHT} ? aconst a b c m 90", FALSE),
        (f"{RIGHT} ? perp c m c b", FALSE),
        (f"{RIGHT} ? distseq a m m b a b 1 1 -1", UNDECIDED),
        # False but for an assumption that cannot be used.
        (f"n@2_0 = ; {RIGHT}, same m n ? perp c m a b", UNDECIDED),
    ],
)
def test_what_one_figure_obeys_is_not_proved_of_all(text, status):
    assert decided(parse(text)).status == status


def test_what_breaks_a_goal_obeys_all_that_is_assumed():
    problem = parse(f"{RIGHT}, perp c m a b ? cong c m m a")
    far = replace(problem, at={**problem.at, "c": (2.0, 2.0)})
    result = prove_placed(far)
    assert result.status == FALSE
    assert set(result.diagram) == set(problem.points)
    assert all(holds(s, result.diagram) for s in problem.assumed)
    assert not holds(problem.goals[0], result.diagram, tolerance=1e-3)


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("a@0_0 = ; b@1_0 = ; c@0.5_0.8660254037844386 = cong a b b c, cong b c c a", "1/3"),
        # A triangle with ab = ac whose altitude from b is half of ab: 30 degrees at a.
        (
            "a@0_0 = ; b@2_0 = ; c@1.7320508075688772_1 = ; f@1.5_0.8660254037844386 = ;"
            " m@1_0 = cong a b a c, coll f a c, perp b f a c, midp m a b, cong b f a m",
            "1/6",
        ),
    ],
)
def test_an_angle_that_is_asked_for_is_found(text, goal):
    result = decided(parse(f"{text} ? acompute a c a b"))
    assert result.status == DRAWN, result.reason
    assert result.certificate.goals == (f"aconst a b a c {goal}",)


def test_angles_that_no_compass_makes_are_found():
    # IMO 2001, problem 5: A is 60 degrees, AP and BQ are bisectors, AB + BP = AQ + QB.
    angle = {name: math.radians(degrees) for name, degrees in (("a", 60), ("b", 80), ("c", 40))}
    long, short = (math.sin(angle[n]) / math.sin(angle["c"]) for n in ("b", "a"))
    a, b, c = 0j, 1 + 0j, cmath.rect(long, angle["a"])
    p, q = b + (c - b) / (1 + long), c / (1 + short)
    at = {n: (z.real, z.imag) for n, z in zip("abcpq", (a, b, c, p, q), strict=True)}
    said = "aconst a b a c 60, eqangle a b a p a p a c, coll p b c, eqangle b a b q b q b c, "
    said += "coll q a c, distseq a b b p a q q b 1 1 -1 -1"
    text = " ; ".join(f"{n}@{x!r}_{y!r} =" for n, (x, y) in at.items())
    result = decided(parse(f"{text} {said.replace('a c 60', 'a c -60')} ? acompute b c b a"))
    assert result.status == DRAWN, result.reason
    assert result.certificate.goals[0].split()[-1] in ("4/9", "5/9")
    assert "a root of" in result.reason
    fewer = parse(
        f"{text} {said.rpartition(',')[0].replace('a c 60', 'a c -60')} ? aconst b c b a 80"
    )
    assert not prove_placed(fewer).proved


def test_ends_of_common_tangents_are_made_at_once():
    # Circles about two points of a line, whose radii are the distances from it of two points.
    text = "o@0_0 = ; w@5_0 = ; a@0_1 = ; b@5_2 = ; x@-0.2_0.9797958971132712 = ;"
    text += " y@4.6_1.9595917942265424 = ; u@-0.2_-0.9797958971132712 = ;"
    text += " v@4.6_-1.9595917942265424 = ; k@-5_0 = "
    said = "perp a o o w, perp b w o w, cong o x o a, cong w y w b, cong o u o a, cong w v w b, "
    said += "perp x o x y, perp y w x y, perp u o u v, perp v w u v, coll k x y, coll k u v"
    result = decided(parse(f"{text}{said} ? coll k o w"))
    assert result.status == DRAWN, result.reason
    assert "2 parameters" in result.reason  # the radii, by the distance of the centres


@pytest.mark.parametrize(
    ("second", "outer"),
    [("y@4.6_1.9595917942265424", True), ("y@3.8_-1.6", False), ("y@3.8_1.6", False)],
)
def test_a_common_tangent_is_the_one_that_is_drawn(second, outer):
    x = {"y@4.6_1.9595917942265424": "-0.2_0.9797958971132712"}.get(second)
    x = x or ("0.6_0.8" if "-1.6" in second else "0.6_-0.8")
    text = f"o@0_0 = ; w@5_0 = ; a@0_1 = ; b@5_2 = ; x@{x} = ; {second} = "
    problem = parse(f"{text} cong o x o a, cong w y w b, perp x o x y, perp y w x y ? para o x w y")
    at = {point: complex(*place) for point, place in problem.at.items()}
    every = assumed(problem, at)
    steps = list(tangent_steps(every, ("x", "y"), frozenset("owab"), at))
    assert {step.outer for step in steps} == {outer}
    made = [Step((point,)) for point in "owab"]
    reached = []
    for step in steps:
        try:
            figure = follow([*made, step], {p: z / 5 for p, z in at.items()}, Plan())
            reached.append((figure.at("x").x, figure.at("x").y))
        except Unlucky:
            continue
    assert reached
    assert all(abs(complex(*place) * 5 - at["x"]) < 1e-4 for place in reached)


def test_points_on_which_the_goal_does_not_hang_are_left_out():
    problem = placed(THEOREMS["altitudes"])
    at = {**problem.at, "z": (0.3, 0.9), "w": (1.4, 2.2)}
    certificate = prove_placed(replace(problem, at=at)).certificate
    assert set(certificate.coordinates) == {"a", "b", "c", "h"}


def test_without_any_one_of_its_assumptions_a_theorem_is_not_proved():
    problem = placed(THEOREMS["simson"])
    needed = ("cong o b o c", "cong o a o p", "coll d b c", "perp e p c a")
    tried = 0
    for k, said in enumerate(problem.assumed):
        if str(said) in needed or str(said) in ("cong o p o a", "perp p e c a", "perp e p a c"):
            fewer = replace(problem, assumed=problem.assumed[:k] + problem.assumed[k + 1 :])
            assert not prove_placed(fewer).proved, said
            tried += 1
    assert tried >= 3


def test_an_assumption_that_does_not_hold_is_told():
    with pytest.raises(DataError, match="'coll m a b' does not hold where the points stand"):
        prove_placed(parse("a@0_0 = ; b@4_0 = ; m@2_1 = coll m a b ? cong m a m b"))


def test_rounded_coordinates_are_refined():
    problem = placed(THEOREMS["simson"])
    rounded = {point: (round(x, 6), round(y, 6)) for point, (x, y) in problem.at.items()}
    assert decided(replace(problem, at=rounded)).proved


def test_newtons_method_leads_to_a_figure_of_the_equations():
    problem = placed(THEOREMS["incentre"])
    at = {point: complex(*place) for point, place in problem.at.items()}
    every = assumed(problem, at)
    shaken = {p: z + complex(0.002 * (-1) ** k, 0.001) for k, (p, z) in enumerate(at.items())}
    found = refined(every, shaken, list(at), rounds=20)
    assert all(holds(s, {p: (z.real, z.imag) for p, z in found.items()}) for s in problem.assumed)
