"""Gear problems in words: read as they are meant, or said not to be understood."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.reasoning.gears import Coupling, Question, answer, read_problem
from pellucid.reasoning.gears.generate import random_problem
from pellucid.reasoning.gears.telling import tell

SIX_IN_A_ROW = (  # LeCun, as quoted at manifold.markets/vluzko
    "In front of us are six gears numbered 1 to 6, mounted on axles in a row. Each gear is "
    "engaged with the next gear. If gear number 3 is rotated clockwise, in which direction will "
    "gears 1 and 6 rotate?"
)
SEVEN_IN_A_CIRCLE = (
    "7 axles are equally spaced around a circle. A gear is placed on each axle such that each gear "
    "is engaged with the gear to its left and the gear to its right. The gears are numbered 1 to 7 "
    "around the circle. If gear 3 were rotated clockwise, in which direction would gear 7 rotate?"
)


def test_six_gears_in_a_row():
    [reply] = answer(read_problem(SIX_IN_A_ROW))
    assert reply.text == "Gear 1 turns clockwise. Gear 6 turns counter-clockwise."
    assert "gear 2, which meshes with it, counter-clockwise; gear 1" in str(reply)


def test_seven_gears_in_a_circle():
    [reply] = answer(read_problem(SEVEN_IN_A_CIRCLE))
    assert reply.text == "Gear 7 cannot turn."
    assert "ocked: the odd cycle 1-2-3-4-5-6-7" in str(reply)


def meaning(problem):
    links = {(frozenset((link.one, link.two)), link.coupling) for link in problem.links}
    return problem.gears, links, problem.drivers, problem.queries, dict(problem.sizes)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_what_is_told_is_read_as_it_was_meant(seed):
    random = Random(seed)
    problem = random_problem(random)
    assert meaning(read_problem(tell(problem, random))) == meaning(problem)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "The red gear meshes with the blue gear. Turn the red gear clockwise. "
            "Does the blue gear turn clockwise?",
            "No: gear blue turns counter-clockwise.",
        ),
        (
            "Gear A meshes with gear B, gear B with gear C and gear C with gear D. "
            "Gear A is turned clockwise. Which way does the last gear turn?",
            "Gear D turns counter-clockwise.",
        ),
        (
            "There are eight gears in a ring, each meshing with the next. Can the gears turn?",
            "Yes: gears 1, 2, 3, 4, 5, 6, 7 and 8 can turn.",
        ),
        (
            "There are three gears. Each gear meshes with the next, and the last with the first. "
            "Is the system locked?",
            "Yes: gears 1, 2 and 3 cannot turn.",
        ),
        (
            "Gear 1 meshes with gear 2. Gear 2 is twice as large as gear 1. "
            "Gear 1 turns clockwise at 60 rpm. How fast does gear 2 turn?",
            "Gear 2 turns counter-clockwise, at 30 turns a minute.",
        ),
        (
            "A crossed belt connects gear 1 to gear 2, and gear 2 is on the same shaft as gear 3. "
            "Gear 4 touches nothing. In which direction do gears 2, 3 and 4 turn if gear 1 is "
            "turned anticlockwise? Explain why.",
            "Gears 2 and 3 turn clockwise. Gear 4 does not turn.",
        ),
        (
            "Gear 1 has 10 teeth, gear 2 has 20 teeth and gear 3 has 15 teeth; gear 1 meshes with "
            "gear 2, while gear 2 meshes with gear 3. Gear 3 turns clockwise at 12.5 rpm. "
            "How fast does gear 1 turn?",
            "Gear 1 turns clockwise, at 75/4 turns a minute.",
        ),
        (
            "Three gears are numbered 1 to 3 clockwise around a circle. Gears 1 and 2 mesh. "
            "If gear 1 turns clockwise, does gear 2 turn clockwise or counter-clockwise?",
            "Gear 2 turns counter-clockwise.",
        ),
        (
            "Gear 1 meshes with gear 2. Gear 1 turns clockwise. How fast does gear 2 turn?",
            "Gear 2 turns counter-clockwise, at a speed that is unknown, as sizes or the driver's "
            "speed are not given.",
        ),
    ],
)
def test_many_ways_to_say_it(text, said):
    [reply] = answer(read_problem(text))
    assert reply.text == said


def test_two_questions_have_two_answers():
    text = "Gear 1 meshes with gear 2. Gear 1 turns clockwise. Can gear 2 turn? Which way does it?"
    with pytest.raises(DataError, match="not understood: 'Which way does it'"):
        read_problem(text)
    first, second = answer(
        read_problem(text.replace("Which way does it?", "Which gears turn counter-clockwise?"))
    )
    assert first.text == "Yes: gear 2 can turn."
    assert second.text == "1 gear turns counter-clockwise: 2."


def test_belts_and_axles_are_what_they_are_called():
    problem = read_problem(
        "A belt joins gear 1 and gear 2. A crossed belt joins gears 2 and 3. Gears 3 and 4 share "
        "the same axle. Gear 1 turns clockwise. What happens to gear 4?"
    )
    assert [link.coupling for link in problem.links] == [
        Coupling.OPEN_BELT,
        Coupling.CROSSED_BELT,
        Coupling.AXLE,
    ]
    assert problem.queries[0].kind is Question.DIRECTION


def test_a_size_in_terms_of_another_follows_it():
    problem = read_problem(
        "Gear 2 is 3 times as large as gear 1. Gear 3 is half as large as gear 2. Gear 1 has 20 "
        "teeth. Gears 1 and 2 mesh. Gears 2 and 3 mesh. Gear 1 turns clockwise at 60 rpm. "
        "How fast does gear 3 turn?"
    )
    assert problem.sizes["3"].factor == Fraction(30)
    [reply] = answer(problem)
    assert reply.text == "Gear 3 turns clockwise, at 40 turns a minute."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no gear is named"),
        ("Gear 1 meshes with gear 2.", "nothing is asked"),
        ("Which way does gear 2 turn?", "nothing is said to turn"),
        ("Gear 1 plays the violin. Can gear 1 turn?", "not understood: 'Gear 1 plays the violin'"),
        (
            "Gear 1 does not mesh with gear 2. Gear 1 turns clockwise. Can gear 2 turn?",
            "not understood: 'Gear 1 does not mesh with gear 2'",
        ),
        (
            "Gear 1 is not turned clockwise. Can gear 1 turn?",
            "not understood: 'Gear 1 is not turned clockwise'",
        ),
        (
            "Gear 1 meshes with gear 2 but not with gear 3. Turn gear 1 clockwise. "
            "Can gear 3 turn?",
            "not understood: 'Gear 1 meshes with gear 2 but not",
        ),
        (
            "Six gears are in a row, but gears 2 and 3 do not touch. Can gear 6 turn?",
            "not understood: 'Six gears are in a row, but",
        ),
        (
            "Gears 1 and 2 mesh. If gear 1 does not turn clockwise, which way does gear 2 turn?",
            "not understood: 'If gear 1 does not turn",
        ),
        ("Six gears are in a row. Turn gear 1 clockwise. Can gear 6 turn?", "not said which gears"),
        (
            "Five gears are in a row. Each meshes with the next. Turn gear 9 clockwise. "
            "Can it turn?",
            "no gear 9: the gears are 1 to 5",
        ),
        ("There are 3 gears numbered 1 to 4. Can the gears turn?", "3 gears, but 4 names"),
        ("There are 3 gears. There are 4 gears. Can the gears turn?", "3 gears in one place and 4"),
        ("There are 2 gears labelled A to 7. Can they turn?", "'a to 7' are no names"),
        ("Gear 1 has 10 teeth. Gear 1 has 12 teeth. Can gear 1 turn?", "two sizes are given"),
        ("Gear 1 is twice as large as gear 1. Can gear 1 turn?", "in terms of itself"),
        ("Gear 1 meshes with gear 1. Can gear 1 turn?", "itself: name two gears"),
        ("Gear 1 has 0 teeth. Can gear 1 turn?", "has size 0"),
        ("Gear 1 turns clockwise at 0 rpm. Can gear 1 turn?", "drives nothing"),
        ("x" * 30_000, "at most 20000"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text, message):
    with pytest.raises(DataError, match=message) as caught:
        read_problem(text)
    assert "\n" not in str(caught.value)


_SAID = """gear gears 1 2 3 a b meshes with and the next each is turned clockwise . ? , if in
which direction does turn belt crossed joins has 20 teeth row circle six"""
WORDS = _SAID.split()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_any_words_are_a_problem_or_a_clear_error(words):
    try:
        problem = read_problem(" ".join(words))
    except DataError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
        return
    assert all(reply.text for reply in answer(problem))


def test_lines_may_be_wrapped_or_be_sentences():
    words = "Gear 1 meshes with gear 2. Gear 2 is turned clockwise. Which way does gear 1 turn?"
    problem = read_problem(words)
    assert (
        read_problem(words.replace("gear 2. Gear 2 is turned", "gear\n2. Gear 2 is\nturned"))
        == problem
    )
    lines = "Gear 1 meshes with gear 2\nGear 2 is turned clockwise\nWhich way does gear 1 turn?"
    assert read_problem(lines) == problem
    assert read_problem(words.replace(". ", ".\n\n")) == problem
    with pytest.raises(DataError, match="'The moon is round'"):
        read_problem(f"{words}\nThe moon is\nround.")
