import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.reasoning.geometry.algebra import prove
from pellucid.reasoning.geometry.diagram import broken, facts
from pellucid.reasoning.geometry.geogebra import read_geogebra
from pellucid.reasoning.geometry.geogebra_commands import COMMANDS

TRIANGLE = {"A": (0.2, 2.1), "B": (-1.3, 0.0), "C": (3.1, -0.4)}


def _point(label, place=None):
    coords = "" if place is None else f'<coords x="{place[0]}" y="{place[1]}" z="1.0"/>'
    return f'<element type="point" label="{label}">{coords}</element>'


def _escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _step(text, places):
    """`M = Midpoint: A; B` or `P, Q = Intersect: g; c`."""
    outputs, _, rest = text.partition(" = ")
    name, _, inputs = rest.partition(": ")
    a = " ".join(f'a{k}="{_escaped(x)}"' for k, x in enumerate(inputs.split("; ")))
    labels = outputs.split(", ")
    b = " ".join(f'a{k}="{x}"' for k, x in enumerate(labels))
    shown = "".join(_point(x, places.get(x)) for x in labels if x[:1].isupper())
    return f'<command name="{name}"><input {a}/><output {b}/></command>{shown}'


def _xml(*steps, points=None, places=None):
    points = TRIANGLE if points is None else points
    body = "".join(_point(label, place) for label, place in points.items())
    body += "".join(s if s.startswith("<") else _step(s, places or {}) for s in steps)
    return f'<geogebra format="5.0"><construction title="">{body}</construction></geogebra>'


@pytest.fixture
def sheet(tmp_path):
    def write(*steps, points=None, places=None):
        path = tmp_path / "sheet.ggb"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("geogebra.xml", _xml(*steps, points=points, places=places))
        return path

    return write


ALTITUDES = (
    "a = Segment: B; C",
    "b = Segment: C; A",
    "f = OrthogonalLine: A; a",
    "g = OrthogonalLine: B; b",
    "H = Intersect: f; g",
)

THEOREMS = {
    "altitudes": (*ALTITUDES, "p = Prove: ArePerpendicular[Line[C, H], Line[A, B]]"),
    "signs": (*ALTITUDES, "k = Line: C; H", "c = Line: A; B", "p = ProveDetails: k ⟂ c"),
    "midline": (
        "M = Midpoint: A; B",
        "N = Midpoint: Segment[A, C]",
        "p = Prove: AreParallel[Line[M, N], Line[B, C]]",
    ),
    "simson": (
        "c = Circle: A; B; C",
        "P = Point: c",
        "X = ClosestPoint: Line[B, C]; P",
        "Y = ClosestPoint: Line[C, A]; P",
        "h = PerpendicularLine: P; Line[A, B]",
        "Z = Intersect: h; Line[A, B]",
        "p = Prove: AreCollinear[X, Y, Z]",
    ),
    "bisectors of sides": (
        "f = LineBisector: A; B",
        "g = LineBisector: Segment[B, C]",
        "h = PerpendicularBisector: C; A",
        "p = Prove: AreConcurrent[f, g, h]",
    ),
    "reflected orthocentre": (
        *ALTITUDES,
        "P = Mirror: H; a",
        "p = Prove: AreConcyclic[A, B, C, P]",
    ),
    "centre of the circle": (
        "c = Circle: A; B; C",
        "O = Center: c",
        "p = Prove: AreEqual[Segment[O, A], Segment[O, C]]",
    ),
    "tangents from outside": (
        "c = Circle: A; B",
        "s, t = Tangent: C; c",
        "X = Intersect: s; c",
        "p = Prove: ArePerpendicular[Line[A, X], s]",
    ),
    "square": (
        "q, s1, s2, s3, s4, D, E = Polygon: A; B; 4",
        "p = Prove: ArePerpendicular[Line[A, D], Line[B, E]]",
    ),
    "incentre": (
        "f = AngularBisector: B; A; C",
        "g = AngularBisector: A; B; C",
        "I = Intersect: f; g",
        "h = Line: B; C",
        "D = ClosestPoint: h; I",
        "E = ClosestPoint: Line[A, B]; I",
        "p = Prove: AreEqual[Segment[I, D], Segment[I, E]]",
    ),
    "centre by number": (
        "J = TriangleCenter: A; B; C; 1",
        "f = AngularBisector: B; C; A",
        "D = Intersect: f; Line[A, B]",
        "p = Prove: AreCollinear[C, J, D]",
    ),
    "turned": (
        "D = Rotate: B; 90°; A",
        "E = Rotate: B; 270°; A",
        "p = Prove: AreCollinear[D, A, E]",
    ),
    "translated": (
        "v = Vector: A; B",
        "D = Translate: C; v",
        "p = Prove: AreParallel[Line[A, C], Line[B, D]]",
    ),
    "medians": (
        "q, s1, s2, s3 = Polygon: A; B; C",
        "S = Centroid: q",
        "M = Midpoint: s2",
        "p = Prove: AreCollinear[A, S, M]",
    ),
    "parallels of a perpendicular": (
        "g = OrthogonalLine: A; Line[B, C]",
        "h = Line: B; g",
        "k = OrthogonalLine: C; h",
        "P = Point: k",
        "p = Prove: AreCollinear[B, C, P]",
    ),
    "half circle": (
        "c = Semicircle: A; B",
        "P = Point: c; 0.3",
        "p = Prove: ArePerpendicular[Line[P, A], Line[P, B]]",
    ),
    "compasses": (
        "c = Compasses: A; B; C",
        "d = Circle: C; Segment[A, B]",
        "P = Point: c",
        "Q = Point: d",
        "p = Prove: AreEqual[Segment[C, P], Segment[C, Q]]",
    ),
    "touching circle": (
        "c = Incircle: A; B; C",
        "O = Centre: c",
        "T = ClosestPoint: Line[C, A]; O",
        "P = Point: c",
        "p = Prove: AreEqual[Segment[O, T], Segment[O, P]]",
    ),
    "opposite": (
        "D = Mirror: B; A",
        "p = Prove: AreCongruent[Segment[A, B], Segment[A, D]]",
    ),
    "radius by number": (
        "c = Circle: A; 1.5",
        "d = Circle: B; 1.5",
        "P, Q = Intersect: c; d",
        "p = Prove: ArePerpendicular[Line[P, Q], Line[A, B]]",
    ),
}


@pytest.mark.parametrize("name", THEOREMS)
def test_theorems_that_were_drawn_are_proved(sheet, name):
    result = prove(read_geogebra(sheet(*THEOREMS[name])))
    assert result.proved, result.reason


def test_every_command_is_in_a_theorem():
    used = {
        step.partition(" = ")[2].partition(":")[0] for steps in THEOREMS.values() for step in steps
    }
    said = " ".join(step for steps in THEOREMS.values() for step in steps)
    assert [name for name in COMMANDS if name not in used and f"{name}[" not in said] == ["Ray"]


def test_a_sheet_becomes_the_clauses_that_one_would_write(sheet):
    problem = read_geogebra(sheet(*ALTITUDES), goal="perp C H A B")
    assert str(problem) == (
        "a = free a; b = free b; c = free c; h = on_tline h a b c, on_tline h b c a ? perp c h a b"
    )
    assert problem.at["a"] == TRIANGLE["A"]


def test_the_callers_goal_takes_the_place_of_the_sheets(sheet):
    path = sheet(*THEOREMS["altitudes"])
    assert str(read_geogebra(path, goal="coll a h b").goals[0]) == "coll a h b"
    with pytest.raises(DataError, match="point x of 'coll a b x' is not made"):
        read_geogebra(path, goal="coll a b x")


def test_a_second_common_point_is_another_one_and_an_old_one_stays_itself(sheet):
    steps = ("c = Circle: A; B", "g = Line: B; C", "P, Q = Intersect: g; c")
    places = {"P": TRIANGLE["B"], "Q": (1.0, 0.5)}
    problem = read_geogebra(sheet(*steps, places=places), goal="cong a q a p")
    assert problem.points == ("a", "b", "c", "q")
    assert str(problem.goals[0]) == "cong a q a b"
    both = read_geogebra(sheet(*steps), goal="coll p q c")
    assert both.points == ("a", "b", "c", "p", "q")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Line[A, B]; Line[C, H]", "perp a b c h"),
        ("Line[M, N]; Line[B, C]", "para m n b c"),
        ("Segment[O, A]; Segment[O, B]", "cong o a o b"),
        ("B; M; A", "coll b m a"),
    ],
)
def test_relation_finds_what_is_true(sheet, asked, found):
    more = ("M = Midpoint: A; B", "N = Midpoint: A; C", "O = TriangleCenter: A; B; C; 3")
    problem = read_geogebra(sheet(*ALTITUDES, *more, f"p = Relation: {asked}"))
    assert str(problem.goals[0]) == found


def test_relation_says_when_nothing_is_true(sheet):
    with pytest.raises(DataError, match="Relation for p: Relation finds nothing that is true"):
        read_geogebra(sheet("p = Relation: Line[A, B]; Line[A, C]"))


def test_names_that_differ_in_their_letters_only_are_kept_apart(sheet):
    points = {"A": (0, 0), "a": (1, 0), "A_{1}": (0, 1), "Ä": (3, 1)}
    problem = read_geogebra(sheet(points=points), goal="coll A a A_{1}")
    assert problem.points == ("a", "a_", "a_1", "p")
    assert problem.goals[0].points == ("a", "a_", "a_1")


def test_facts_of_a_sheet_hold_where_the_file_draws_it(sheet):
    places = {"M": (-0.55, 1.05)}
    problem = read_geogebra(sheet("M = Midpoint: A; B", places=places), goal="coll a m b")
    assert not broken(facts(problem), problem.at)


def test_measures_are_passed_over_until_they_are_used(sheet):
    measured = "<command name='Distance'><input a0='A' a1='B'/><output a0='d'/></command>"
    number = "<element type='numeric' label='d'><value val='2.58'/></element>"
    goal = "diff a b"
    assert read_geogebra(sheet(measured, number), goal=goal).points == ("a", "b", "c")
    with pytest.raises(DataError, match="'d' is a measured number"):
        read_geogebra(sheet(measured, number, "c = Circle: A; d"), goal=goal)


def test_typed_numbers_and_sliders(sheet):
    typed = '<expression label="r" exp="3/2"/>'
    slider = "<element type='angle' label='α'><value val='1.5707963267948966'/></element>"
    steps = (typed, slider, "c = Circle: A; r", "P = Point: c", "Q = Rotate: B; α; A")
    problem = read_geogebra(sheet(*steps), goal="perp a b a q")
    assert "lconst p a 3/2" in str(problem)
    assert "q = psquare q a b" in str(problem)


WRONG = {
    "Locus: A; B": "Locus for x: the command Locus is not supported; known: .*Circle.*Tangent",
    "Midpont: A; B": "the command Midpont is not supported; did you mean 'Midpoint'",
    "Midpoint: A": r"Midpoint does not take these arguments; write Midpoint\[A, B\] or",
    "Line: A; D": "there is no object 'D' on the sheet before it",
    "Rotate: A; 45°; B": "90°, 180° and 270° alone",
    "Polygon: A; B; 7": "regular polygons have 3 or 4 corners",
    "TriangleCenter: A; B; C; 9": "supported for 1 to 4",
    "Circle: A; -1": "a radius of -1 is not positive",
    "LineBisector: Line[A, B]": "a line has no length",
    "Prove: AreHappy[A, B, C]": "the question AreHappy is not supported; did you mean|known",
    "Prove: AreCollinear[A, B]": r"AreCollinear does not take these arguments; write AreCollinear",
    "Prove: A": "'A' is no question",
    "Prove: AreEqual[Line[A, B], Line[B, C]]": "lengths of segments",
    "Line: A; " + "Midpoint[" * 60 + "A": "there is no object",
    "Line: A; " + "Midpoint[" * 60 + "A" + "]" * 60: "more than 40 deep",
}


@pytest.mark.parametrize("step", WRONG)
def test_mistakes_are_told_with_the_name_and_the_label(sheet, step):
    goal = None if step.startswith("Prove") else "coll a b c"
    with pytest.raises(DataError, match=WRONG[step]) as caught:
        read_geogebra(sheet(f"x = {step}"), goal=goal)
    assert "\n" not in str(caught.value)
    assert "sheet.ggb: " in str(caught.value)


def test_points_that_are_computed_are_refused(sheet):
    typed = '<expression label="D" exp="A + (1, 2)"/>'
    with pytest.raises(DataError, match=r"the point D is computed by 'A \+ \(1, 2\)'"):
        read_geogebra(sheet(typed, _point("D", (1, 2))), goal="coll a b d")
    free = '<expression label="D" exp="(1.5, -2)"/>'
    assert "d = free d" in str(read_geogebra(sheet(free, _point("D", (1, 2))), goal="coll a b d"))


def test_a_sheet_that_asks_nothing_or_has_no_points_says_so(sheet):
    with pytest.raises(DataError, match="asks for nothing; add Prove"):
        read_geogebra(sheet(*ALTITUDES))
    with pytest.raises(DataError, match="has no points; draw some"):
        read_geogebra(sheet(points={}), goal="coll a b c")


DAMAGED = {
    "no zip": (b"GeoGebra", "is no whole zip file"),
    "broken xml": ("<geogebra><construction>", "its XML is broken"),
    "no construction": ("<geogebra/>", "has no construction"),
    "document type": ("<!DOCTYPE x [<!ENTITY y 'z'>]><geogebra/>", "has a document type"),
    "no text": (b"\xff\xfe\x00", "is no UTF-8 text"),
    "utf-16": ("<geogebra/>".encode("utf-16-le"), "its XML is broken"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_are_refused_in_one_line(tmp_path, name):
    content, words = DAMAGED[name]
    path = tmp_path / "damaged.ggb"
    if name == "no zip":
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("geogebra.xml", content)
    with pytest.raises(DataError, match=words) as caught:
        read_geogebra(path)
    assert "\n" not in str(caught.value)


def test_missing_and_cut_files_are_refused(tmp_path, sheet):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_geogebra(tmp_path / "nowhere.ggb")
    with zipfile.ZipFile(tmp_path / "empty.ggb", "w") as archive:
        archive.writestr("other.xml", "")
    with pytest.raises(DataError, match=r"has no geogebra\.xml"):
        read_geogebra(tmp_path / "empty.ggb")
    path = sheet(*ALTITUDES)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match="is no whole zip file"):
        read_geogebra(path)


def test_a_text_that_is_too_long_is_not_read(tmp_path):
    path = tmp_path / "bomb.ggb"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("geogebra.xml", bytes((1 << 24) + 1))
    with pytest.raises(DataError, match="more than 16 MB"):
        read_geogebra(path)


_NAMES = st.sampled_from([*COMMANDS, "Prove", "Relation", "Angle", "Nothing"])
_ARGUMENTS = st.sampled_from(["A", "B", "C", "g", "c", "2", "90°", "Line[A, B]", "[", "x y", ""])


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(st.tuples(_NAMES, st.lists(_ARGUMENTS, min_size=1, max_size=4)), max_size=5))
def test_any_commands_give_a_problem_or_one_clear_line(tmp_path_factory, steps):
    texts = ["g = Line: A; B", "c = Circle: A; C"]
    texts += [f"x{k} = {name}: {'; '.join(inputs)}" for k, (name, inputs) in enumerate(steps)]
    path = tmp_path_factory.mktemp("fuzz") / "sheet.ggb"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("geogebra.xml", _xml(*texts))
    try:
        points = read_geogebra(path, goal="coll a b c").points
        words = ""
    except DataError as error:
        points, words = ("a", "b", "c"), str(error)
    assert "\n" not in words
    assert points[:3] == ("a", "b", "c")
