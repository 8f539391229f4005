"""Problems as lines: what is read, and what wrong input is told."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.reasoning.geometry.assumptions import parse, read
from pellucid.reasoning.geometry.problem import Statement

TEXT = """# isosceles
point a 0 2
point b -1 0
point c 1 0

assume cong a b a c
prove equal_angles a b c b c a
prove eqangle a b c b c a
"""


def test_points_facts_and_goals():
    problem = parse(TEXT, name="isosceles")
    assert problem.at["b"] == (-1.0, 0.0)
    assert problem.assumed == (Statement("cong", tuple("abac")),)
    assert problem.goals[0] == Statement("eqangle", tuple("babccbca"))
    assert problem.goals[1] == problem.goals[0]


def test_a_circumcentre_is_a_circle():
    text = "point o 0 0\npoint a 1 0\npoint b 0 1\npoint c -1 0\nprove circumcenter o a b c"
    assert parse(text).goals == (Statement("circle", tuple("oabc")),)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("point d 1", "line 4 of wrong is no point"),
        ("point a 1 2", "introduces a a second time"),
        ("asume cong a b a c", "did you mean 'assume'"),
        ("assume cong a b a", "takes 4 points"),
        ("assume equal_angles a b c a b", "takes 6"),
        ("assume cong a b a x", "line 4 of wrong speaks of x"),
    ],
)
def test_wrong_input_is_told_what_to_do(line, words):
    text = "point a 0 0\npoint b 1 0\npoint c 0 1\n" + line + "\nprove cong a b a c"
    with pytest.raises(DataError, match=words):
        parse(text, name="wrong")


def test_a_problem_needs_a_goal():
    with pytest.raises(DataError, match="has no goal"):
        parse("point a 0 0")


@given(st.text(alphabet="ab point assume prove cong 0123.\n", max_size=80))
def test_any_text_is_a_problem_or_a_clear_error(text):
    with contextlib.suppress(DataError):
        assert parse(text).goals


def test_a_file_gives_its_name(tmp_path):
    path = tmp_path / "isosceles.txt"
    path.write_text(TEXT, encoding="utf-8")
    assert read(path).name == "isosceles"
    with pytest.raises(DataError, match="cannot read"):
        read(tmp_path / "nowhere.txt")
