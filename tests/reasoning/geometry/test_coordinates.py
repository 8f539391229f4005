"""Problems with coordinates: what is read, and what wrong input is told."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.reasoning.geometry.coordinates import parse, read_set
from pellucid.reasoning.geometry.problem import Statement

MIDDLE = "a@0_0 = ; b@4_0 = ; m@2.0_-0.0 = coll m a b, cong m a m b ? cong m b m a"


def test_points_facts_and_goal():
    problem = parse(MIDDLE, name="middle")
    assert problem.at == {"a": (0.0, 0.0), "b": (4.0, 0.0), "m": (2.0, -0.0)}
    assert problem.assumed[1] == Statement("cong", ("m", "a", "m", "b"))
    assert problem.goals == (Statement("cong", ("m", "b", "m", "a")),)


def test_degrees_become_units_of_pi_and_lines_change_places():
    text = "a@0_0 = ; b@1_0 = ; c@0.5_0.8660254 = aconst a c a b 60 ? acompute a c a b"
    problem = parse(text)
    assert problem.assumed == (Statement("aconst", ("a", "b", "a", "c"), Fraction(1, 3)),)
    assert problem.goals == (Statement("acompute", ("a", "b", "a", "c")),)


def test_sums_of_lengths_and_second_names():
    text = "a@0_0 = ; b@1_0 = ; c@3_0 = distseq a b b c a c 1 1 -1, overlap a a ? coll a b c"
    sums, same = parse(text).assumed
    assert sums == Statement("distseq", tuple("abbcac"), None, (1, 1, -1))
    assert same.name == "same"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a@0_0 = ", "has no goal"),
        ("a@0_0 ; b@1_1 = ? cong a b a b", "no equals sign"),
        ("a@0 = ? cong a b a b", "write 'a@0.5_1.25'"),
        ("a@0_0 a@1_1 = ? cong a b a b", "introduced twice"),
        ("a@0_0 = ; b@1_0 = ? cong a b a", "takes 4 points, as in 'cong a b c d'"),
        ("a@0_0 = ; b@1_0 = ? congg a b a b", "did you mean 'cong'"),
        ("a@0_0 = ; b@1_0 = ? cong a b a z", "speaks of z"),
        ("a@0_0 = ; b@1_0 = aconst a b a b x ? cong a b a b", "where a number has to"),
        ("a@0_0 = ; b@1_0 = aconst a b a b ? cong a b a b", "and a number"),
        ("a@0_0 = ; b@1_0 = rconst a b a b 1 0 ? cong a b a b", "divides by 0"),
        ("a@0_0 = ; b@1_0 = distseq a b a 1 ? cong a b a b", "pairs of points"),
    ],
)
def test_wrong_input_is_told_what_to_do(text, words):
    with pytest.raises(DataError, match=words) as error:
        parse(text, name="wrong")
    assert "\n" not in str(error.value)


@given(st.text(alphabet="ab@_=;?, .-0123456789congperl\n", max_size=80))
def test_any_text_is_a_problem_or_a_clear_error(text):
    with contextlib.suppress(DataError):
        assert parse(text).goals


def test_a_set_of_problems(tmp_path):
    path = tmp_path / "set.txt"
    path.write_text(f"# a remark\nfirst\n{MIDDLE}\n\nsecond\n{MIDDLE}\n", encoding="utf-8")
    assert [problem.name for problem in read_set(path)] == ["first", "second"]
    path.write_text(f"first\n{MIDDLE}\nsecond\n", encoding="utf-8")
    with pytest.raises(DataError, match="ends with the name 'second'"):
        read_set(path)
    with pytest.raises(DataError, match="cannot read"):
        read_set(tmp_path / "nowhere.txt")
