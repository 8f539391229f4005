from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.reasoning.geometry.jgex import parse, read_set
from pellucid.reasoning.geometry.problem import Construction, Statement

ALTITUDES = "a b c = triangle a b c; h = on_tline h b a c, on_tline h c a b ? perp a h b c"


def test_clauses_constructions_and_goals_are_read():
    problem = parse(ALTITUDES, name="altitudes")
    assert problem.name == "altitudes"
    assert problem.points == ("a", "b", "c", "h")
    assert problem.clauses[1].constructions == (
        Construction("on_tline", ("h",), ("b", "a", "c")),
        Construction("on_tline", ("h",), ("c", "a", "b")),
    )
    assert problem.goals == (Statement("perp", ("a", "h", "b", "c")),)


@pytest.mark.parametrize(
    ("explicit", "implicit"),
    [
        (
            "a b = segment a b; x = on_line x a b ? coll x a b",
            "a b = segment; x = on_line a b ? coll x a b",
        ),
        (
            "a b = segment a b; x y = square a b x y ? cong a b x y",
            "a b = segment; x y = square a b ? cong a b x y",
        ),
        (
            "a b = segment a b; x = s_angle a b x 30 ? coll x a b",
            "a b = segment; x = s_angle a b 30o ? coll x a b",
        ),
    ],
)
def test_made_points_may_be_left_out(explicit, implicit):
    assert parse(explicit) == parse(implicit)


@pytest.mark.parametrize(
    "text",
    [
        ALTITUDES,
        "a b = segment a b; f g = square b a f g; x = s_angle a b x 63o ? perp a x f g",
        "a b c = triangle a b c; d = rconst a b c d 2/3 ? rconst a b c d 2/3; aconst a b a c 1pi/3",
    ],
)
def test_what_is_written_is_read_again(text):
    problem = parse(text)
    assert parse(str(problem)) == problem


@pytest.mark.parametrize(
    ("word", "angle"),
    [
        ("30", Fraction(1, 6)),
        ("30o", Fraction(1, 6)),
        ("-15", Fraction(11, 12)),
        (("5pi/6"), Fraction(5, 6)),
        ("pi/3", Fraction(1, 3)),
        ("1/4", Fraction(1, 4)),
        ("180o", 0),
    ],
)
def test_angles_are_in_units_of_pi(word, angle):
    problem = parse(f"a b = segment; x = s_angle b a {word} ? coll a b x")
    assert problem.clauses[1].constructions[0].value == angle


def test_places_behind_names_and_other_names_of_statements_are_accepted():
    problem = parse("a@0_0 b@1_0.5 c = triangle; d = free | e = free ? simtri2 a b c d e a")
    assert problem.points == ("a", "b", "c", "d", "e")
    assert problem.goals[0].name == "simtrir"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b = segment a b", "line 1: no goal"),
        ("? coll a b c", "no points"),
        ("a b = segment ?", "nothing after '?'"),
        ("a b = segmen a b ? cong a b a b", "unknown construction segmen; did you mean 'segment'?"),
        (
            "a b = segment;\nx = on_line a ? coll a b x",
            ("line 2: 'on_line a' does not fit; expected 'on_line x a b'"),
        ),
        ("a b = segment; x = on_line a ? coll a b x", "as in 'x = on_line x a b'"),
        (
            "a b = segment; x = midpoint a q ? coll a b x",
            ("point q of 'midpoint a q' does not stand yet"),
        ),
        ("a b = segment; a = free ? cong a b a b", "point a is made twice"),
        ("a b = segment ? colll a b a", "unknown statement colll; did you mean 'coll'?"),
        ("a b = segment ? cong a b a", "cong takes 4 points, as in 'cong a b c d'"),
        ("a b = segment ? cong a b a x", "point x of 'cong a b a x' is not made"),
        (
            "a b = segment; x = lconst a zero ? coll a b x",
            ("'zero' in 'lconst a zero' is not a good length"),
        ),
        ("a b = segment; x y = free x ? coll a b x", "makes y; leave it out"),
        ("a b segment ? coll a b a", "has no '='"),
        ("a-b = free ? coll a a a", "is no name of a point"),
    ],
)
def test_errors_say_what_is_wrong_where_and_what_to_do(text, message):
    with pytest.raises(DataError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


WORDS = st.sampled_from(
    [
        "a",
        "b",
        "x",
        "=",
        ";",
        ",",
        "?",
        "on_line",
        "triangle",
        "free",
        "coll",
        "s_angle",
        "30o",
        "1/0",
        "|",
        "\n",
        "'",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(WORDS).map(" ".join)))
def test_any_text_is_read_or_refused_clearly(text):
    message = ""
    try:
        parse(text)
    except DataError as error:
        message = str(error)
    assert "\n" not in message


def test_a_set_has_two_lines_a_problem(tmp_path):
    path = tmp_path / "set.txt"
    path.write_text(f"# comment\nfirst\n{ALTITUDES}\n\ndropped\n# its text\nsecond\n{ALTITUDES}\n")
    assert [problem.name for problem in read_set(path)] == ["first", "second"]
    path.write_text("first\na = fre ? coll a a a\n")
    with pytest.raises(DataError, match=r"set.txt, first: line 2: unknown construction fre"):
        read_set(path)
    path.write_text(ALTITUDES)
    with pytest.raises(DataError, match="without a name"):
        read_set(path)
    with pytest.raises(DataError, match="cannot be read"):
        read_set(tmp_path / "none.txt")
