"""Whatever is typed: a problem, or one line that says what is wrong with it."""

import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.reasoning.geometry.definitions import definitions
from pellucid.reasoning.geometry.front import parse_text, read_problem, split_texts
from pellucid.reasoning.geometry.geogebra import read_geogebra
from pellucid.reasoning.geometry.problem import Problem
from pellucid.reasoning.geometry.statements import PREDICATES

POINTS = st.sampled_from(["a", "b", "c", "d", "x", "o1", "h'", "a@0_0", "b@1_2.5", "-", "A", "é"])
NUMBERS = st.sampled_from(
    [
        "0",
        "1",
        "30o",
        "1/2",
        "1/0",
        "-3",
        "1e9",
        "1e999999999",
        "nan",
        "inf",
        "1pi/6",
        "٣",
        "9" * 40,
    ]
)
NAMES = st.sampled_from([*definitions(), *PREDICATES, "overlap", "triangl", "?", "point", "prove"])
WORD = st.one_of(POINTS, NUMBERS, NAMES, st.text(max_size=6))
PHRASE = st.lists(WORD, max_size=7).map(" ".join)


@st.composite
def _clauses(draw):
    """Nearly right: clauses whose words are in nearly right places."""
    made = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=4))
    parts = [f"{' '.join(made)} = {draw(NAMES)} {draw(PHRASE)}"]
    for _ in range(draw(st.integers(0, 3))):
        said = ", ".join(draw(st.lists(PHRASE, min_size=1, max_size=3)))
        parts.append(f"{draw(POINTS)} = {draw(NAMES)} {said}")
    return "; ".join(parts) + draw(st.sampled_from([" ? ", "?", " ", "\n?\n"])) + draw(PHRASE)


@st.composite
def _right(draw):
    """A problem of the right form, most often without a fault."""
    known = ["a", "b", "c"]
    parts = ["a b c = triangle a b c"]
    for new in draw(st.lists(st.sampled_from("defgh"), unique=True, max_size=4)):
        definition = definitions()[draw(st.sampled_from(sorted(definitions())))]
        given_ = [draw(st.sampled_from(known)) for _ in definition.parameters]
        made = [new + str(k) if k else new for k in range(len(definition.made))]
        for place, point in zip(definition.made, made, strict=True):
            given_[place] = point
        number = [] if definition.value is None else [draw(NUMBERS)]
        parts.append(f"{' '.join(made)} = {' '.join([definition.name, *given_, *number])}")
        known += made
    name = draw(st.sampled_from(sorted(PREDICATES)))
    goal = [draw(st.sampled_from(known)) for _ in range(PREDICATES[name].count)]
    number = [] if PREDICATES[name].value is None else [draw(NUMBERS)]
    return f"{'; '.join(parts)} ? {' '.join([name, *goal, *number])}"


LINES = st.lists(
    st.tuples(st.sampled_from(["point", "assume", "prove", "#", "poin"]), PHRASE).map(" ".join),
    max_size=6,
).map("\n".join)
PLACED = st.tuples(
    st.lists(st.tuples(POINTS, PHRASE).map(" = ".join), max_size=4).map(" ; ".join), PHRASE
).map(" ? ".join)
TEXT = st.one_of(_clauses(), _right(), LINES, PLACED, st.text(max_size=60))


def _one_line(read, *arguments, **settings):
    """What it gives, or None where it says in one line what is wrong."""
    try:
        return read(*arguments, **settings)
    except DataError as error:
        told = str(error)
    assert told
    assert "\n" not in told
    assert len(told) < 2000
    return None


def _read(text, goal):
    for goalless in (False, True):
        problem = _one_line(parse_text, text, goal=goal, goalless=goalless)
        assert problem is None or isinstance(problem, Problem)
        if problem is not None and problem.clauses:
            again = parse_text(str(problem), goalless=True)
            assert (again.clauses, again.goals) == (
                tuple(type(c)(c.points, c.constructions) for c in problem.clauses),
                problem.goals,
            )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXT, st.one_of(st.none(), PHRASE))
@example("a b = segment; c d e f g h p q = e5128 a ? coll a b c", None)  # no letter was left
@example("a b = segment; x = lconst a 1e999999999 ? coll a b x", None)
def test_a_text_is_read_or_told_what_is_wrong(text, goal):
    _read(text, goal)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXT, st.one_of(st.none(), PHRASE))
def test_ten_thousand_texts_are_read_or_told_what_is_wrong(text, goal):
    _read(text, goal)


@settings(max_examples=100, deadline=None)
@given(st.one_of(TEXT, st.text()))
def test_what_is_asked_to_be_proved_is_read_or_told_what_is_wrong(source):
    problem = _one_line(read_problem, source)
    assert problem is None or problem.goals


@settings(max_examples=100, deadline=None)
@given(text=st.lists(st.one_of(TEXT, PHRASE), max_size=4).map("\n".join))
def test_a_file_is_cut_into_problems_or_told_what_is_wrong(text, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "problems.txt"
    for name, line, part in _one_line(split_texts, text, path) or ():
        assert name
        assert line >= 1
        _one_line(parse_text, part, name=name, line=line)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=60), TEXT.map(str.encode)), st.booleans())
def test_a_sheet_is_read_or_told_what_is_wrong(data, packed):
    if packed:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("geogebra.xml", data)
        data = stream.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.ggb"
        path.write_bytes(data)
        assert _one_line(read_geogebra, path) is None
        assert _one_line(read_problem, str(path), goalless=True) is None
