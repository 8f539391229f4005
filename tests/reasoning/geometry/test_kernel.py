"""The kernel of the checker: small, independent, and right about what statements mean."""

import ast
import random
from pathlib import Path

import pytest

import pellucid.reasoning.geometry as geometry
from pellucid.errors import DataError
from pellucid.reasoning.geometry.drawn import Drawn
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.kernel import PRIMES, judge
from pellucid.reasoning.geometry.meanings import (
    Refused,
    equations,
    read_statement,
    residue,
)
from pellucid.reasoning.geometry.oracle import Oracle, holds_exactly
from pellucid.reasoning.geometry.planning import make_plan, trial
from pellucid.reasoning.geometry.prime_field import PRIMES as PROVERS_PRIMES
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.statements import PREDICATES
from pellucid.reasoning.geometry.synthetic.equations import rows

HOME = Path(geometry.__file__).parent
ALLOWED = {"check_file", "checker", "check_proof", "kernel", "drawn", "meanings", "roots"}


def imported(name):
    tree = ast.parse((HOME / f"{name}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_it_imports_nothing_of_the_provers(name):
    ours = [module for module in imported(name) if module.startswith("pellucid")]
    for module in ours:
        parts = module.removeprefix("pellucid.reasoning.geometry.").split(".")
        assert module.startswith("pellucid.errors") or parts[0] in ALLOWED, module


def test_the_kernel_has_fewer_than_250_lines():
    assert len((HOME / "kernel.py").read_text(encoding="utf-8").splitlines()) < 250


EXAMPLES = [
    read_statement(text)
    for text in (
        "para a b c d",
        "perp a b c d",
        "coll a b c",
        "coll a b c d",
        "eqangle a b c d e f g h",
        "eqangle a b c d e f g h 1/2",
        "aconst a b c d 1/3",
        "s_angle a b c 1/6",
        "cong a b c d",
        "eqratio a b c d e f g h",
        "eqratio3 a b c d e f",
        "rconst a b c d 3/4",
        "r2const a b c d 6",
        "lconst a b 5/2",
        "l2const a b 8",
        "circle o a b c",
        "midp m a b",
        "simtri a b c d e f",
        "simtrir a b c d e f",
        "contri a b c d e f",
        "contrir a b c d e f",
        "angeq a b c d e f 1 1 -2 1/3",
        "distmeq a b c d 1 -2 12",
        "distseq a b b c a c 1 1 -1",
    )
]


@pytest.mark.parametrize("said", EXAMPLES, ids=str)
def test_rows_are_those_to_which_the_prover_refers(said):
    other = rows(Statement(said.name, said.points, said.value, said.factors))
    mine = [
        (system, {u if len(u) == 2 else ("", u[0]): k for u, k in terms.items()})
        for system, terms in equations(said)
    ]
    assert mine == [(row.system, dict(row.terms)) for row in other]


FIGURES = (
    "a b c = triangle a b c; h = orthocenter h a b c; o = circle o a b c; m = midpoint m b c;"
    " d = on_circle d o a; e = foot e d a b; f = foot f d b c; p = parallelogram a b c p"
    " ? {}",
    "a b = segment a b; c d = square a b c d; e = on_line e a c, on_line e b d;"
    " f = s_angle a b f 60o, on_bline f a b; m = midpoint m a b ? {}",
)
TRUE = (
    "perp a h b c, coll b m c, cong o a o b, circle o a b c d, cyclic a b c d, midp m b c,"
    " eqangle c a c b d a d b, para a b c p, rconst b c m b 2, simtri a b c c p a,"
    " eqratio a b b c c p p a, contri a b c c p a, rconst a h o m 2",
    "r2const a c a b 2, eqratio a b a c a e b c, simtrir a b c b a d,"
    " eqratio3 a c b d e e, perp a c b d, contrir a b c b a d",
)


@pytest.mark.parametrize("k", [0, 1])
def test_what_is_true_is_zero_and_the_like_is_not(k):
    """Statements of a figure modulo a prime: the checker's polynomials and the prover's agree."""
    rng, prime = random.Random(5), PROVERS_PRIMES[0]
    problem = parse(FIGURES[k].format("cong a b b a"))
    figure = trial(problem, rng, plan=make_plan(problem, rng), prime=prime).figure
    at = {name: (place.x.value, place.y.value) for name, place in figure.places.items()}
    true = false = 0
    for text in TRUE[k].split(","):
        said = read_statement(text)
        for _ in range(4):
            zero = [residue(e, at, prime) for e in equations(said) if e[0] != "length"]
            holds = holds_exactly(Statement(said.name, said.points, said.value), figure)
            assert (not any(zero)) == holds, said
            true, false = true + holds, false + (not holds)
            # The same of other points is most often false.
            names = rng.sample(list(at), min(len(at), len(said.points)))
            said = said._replace(points=tuple(names + names[1:3])[: len(said.points)])
    assert true >= len(TRUE[k].split(","))
    assert false > true


def test_an_angle_is_checked_up_to_parts_of_a_turn():
    """60 and 120 degrees have the same third multiple; the sample tells them apart."""
    (equation,) = equations(read_statement("aconst a b c d 1/3"))
    square = -3 % PRIMES[0]
    root = pow(square, (PRIMES[0] + 1) // 4, PRIMES[0])
    if root * root % PRIMES[0] != square:
        root = pow(3, (PRIMES[0] + 1) // 4, PRIMES[0])
    at = {"a": (0, 0), "b": (1, 0), "c": (0, 0), "d": (1, root), "e": (1, 1)}
    assert residue(equation, at, PRIMES[0]) == 0
    assert residue(equation, {**at, "d": (-1, root)}, PRIMES[0]) == 0
    assert residue(equation, {**at, "d": (1, 1)}, PRIMES[0]) != 0
    drawn = {"a": 0j, "b": 1 + 0j, "c": 0j, "d": 1 + 3**0.5 * 1j}
    assert Drawn(drawn).true(read_statement("aconst a b c d 1/3"))
    assert not Drawn({**drawn, "d": -1 + 3**0.5 * 1j}).true(read_statement("aconst a b c d 1/3"))


def free_triangle(special=False):
    """A family of triangles abc with the midpoint m of bc: general, or isosceles at a."""

    def family(rng, p):
        x, y = rng.randrange(p), rng.randrange(p)
        at = {"b": (0, 0), "c": (2, 0), "m": (1, 0), "a": (1 if special else x, y)}
        ways = [[0, 0, 0, 0, 0, 0, 0, 1]] + [[0, 0, 0, 0, 0, 0, 1, 0]] * (not special)
        return at, lambda: ways

    return family


CLAUSES = [
    (("a", "b", "c"), [read_statement("ncoll a b c")]),
    (("m",), [read_statement("midp m b c")]),
]


def test_a_family_is_judged_by_the_equations_it_obeys_and_the_freedom_it_has():
    judge(CLAUSES, [read_statement("coll b c m")], free_triangle())
    for goal, special, match in (
        ("cong a b a c", False, "'cong a b a c' does not hold"),
        ("cong a b a c", True, "not general"),
        ("cong m b m b", False, "says nothing"),
        ("coll b b c", False, "says nothing"),
        ("distseq b m m c b c 1 1 -1", False, "says nothing to prove"),
        ("sameside a b c m b c", False, "no statement that can be checked"),
    ):
        with pytest.raises(Refused, match=match):
            judge(CLAUSES, [read_statement(goal)], free_triangle(special))


def test_points_on_a_line_are_on_no_circle():
    line = [(("a", "b", "c", "d"), [read_statement("coll a b c d")])]

    def family(rng, p):
        x, y = rng.randrange(p), rng.randrange(p)
        at = {"a": (0, 0), "b": (1, 0), "c": (x, 0), "d": (y, 0)}
        return at, lambda: [[0, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1, 0]]

    judge(line, [read_statement("coll a c d")], family)
    with pytest.raises(Refused, match="its points are on a line"):
        judge(line, [read_statement("cyclic a b c d")], family)


def test_every_kind_of_equation_of_the_provers_has_a_meaning():
    for name, predicate in PREDICATES.items():
        if predicate.side is None:
            said = read_statement(predicate.example.replace("30o", "1/6"))
            assert equations(said), name


def test_an_oracle_and_the_kernel_agree_on_a_special_case():
    """The problem of the isosceles triangle: refused above, and false to the oracle as well."""
    problem = parse("a b c = triangle a b c; m = midpoint m b c ? cong a b a c")
    assert not Oracle(problem).true(problem.goals[0])


def test_errors_name_the_statement():
    with pytest.raises(Refused, match="'triangel' is no statement"):
        equations(read_statement("triangel a b c"))
    with pytest.raises(Refused, match="no line from a to itself"):
        equations(read_statement("para a a b c"))
    with pytest.raises(Refused, match="has no logarithm"):
        equations(read_statement("lconst a b 0"))
    assert issubclass(DataError, Exception)
