"""Every construction is built, and what it is said to make true holds of what it builds."""

import random

import pytest

from pellucid.reasoning.geometry.build import supported
from pellucid.reasoning.geometry.definitions import definitions, facts
from pellucid.reasoning.geometry.diagram import broken, sketch
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.oracle import Oracle
from pellucid.reasoning.geometry.planning import make_plan
from pellucid.reasoning.geometry.statements import PREDICATES

NEEDS_A_BUILT_FIGURE = {
    "e5128": "b c = segment; a = on_tline b b c; d = on_circle c b; x y = e5128 a b c d",
    "2l1c": "a b c = triangle; o = circle a b c; e = on_line b c; x y z i = 2l1c a b e o",
    "cc_itangent": (
        "o w = segment; a = lconst o 1/4; b = lconst w 1/5; x y z i = cc_itangent o a w b"
    ),
    "cc_tangent": "o w = segment; a = lconst o 1/4; b = lconst w 1/5; x y z i = cc_tangent o a w b",
    "tangent": "a o = segment; b = lconst o 1/4; x y = tangent a o b",
}


def _text(name):
    """A problem with one construction, of free points."""
    if name in NEEDS_A_BUILT_FIGURE:
        return NEEDS_A_BUILT_FIGURE[name] + " ? diff a a"
    definition = definitions()[name]
    given = [p for k, p in enumerate(definition.parameters) if k not in definition.made]
    made = [definition.parameters[k] for k in definition.made]
    value = {None: "", "angle": " 50o", "ratio": " 2/3", "length": " 3/4"}[definition.value]
    free = "".join(f"{point} = free; " for point in given)
    return f"{free}{' '.join(made)} = {name} {' '.join(given)}{value} ? diff {made[0]} {made[0]}"


NAMES = sorted(set(definitions()) - {"trisect"})


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_of_a_construction_holds(name):
    problem = parse(_text(name))
    said = facts(problem)
    rng = random.Random(1)
    drawn = [sketch(problem, rng, plan=make_plan(problem, rng)) for _ in range(3)]
    assert all(not broken(said, diagram.places) for diagram in drawn)
    oracle = Oracle(problem, trials=4, diagrams=1)
    assert all(oracle.true(statement) for statement in said)


def test_all_constructions_but_the_cubic_one_can_be_built():
    assert [name for name in definitions() if not supported(name)] == ["trisect"]


def test_templates_name_statements_and_parameters_that_exist():
    for definition in definitions().values():
        for template in (*definition.holds, *definition.needs):
            predicate = PREDICATES[template.name]
            assert len(template.points) == predicate.count, definition.name
            assert set(template.points) <= set(definition.parameters), definition.name


def test_sentences_name_the_points_of_the_construction():
    construction = (
        parse("p q r = triangle; x = foot p q r ? coll x q r").clauses[1].constructions[0]
    )
    definition = definitions()["foot"]
    assert definition.signature == "foot x a b c"
    assert definition.sentence(construction) == "x is the foot of p on the line q r"
    assert [str(fact) for fact in definition.facts(construction)] == ["perp x p q r", "coll x q r"]
    assert [str(fact) for fact in definition.conditions(construction)] == ["ncoll p q r"]
