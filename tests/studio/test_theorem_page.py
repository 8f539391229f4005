"""The page of a theorem: its steps and their layers, true words, and nothing from outside."""

import re
import shutil
import subprocess

import pytest
from test_page import Structure

from pellucid.errors import ConfigError
from pellucid.reasoning.geometry.engines import prove_problem
from pellucid.reasoning.geometry.front import parse_text
from pellucid.studio.theorems import page
from pellucid.studio.theorems.documents import document
from pellucid.studio.theorems.words import (
    condition_in_words,
    construction_in_words,
    given_in_words,
)

FEET = (
    "a b c = triangle; d = foot a b c; e1 = foot b c a; f' = foot c a b; "
    "h = on_line a d, on_line b e1 ? eqangle d e1 d a d a d f'"
)
FALSE = "a b c = triangle; h = orthocenter a b c ? perp a h a b"
MIDDLE = "a@0_0 = ; b@4_0 = ; m@2_0 = coll m a b, cong m a m b ? midp m a b"
PASCAL = (
    "a b c = triangle; d = on_circum a b c; e = on_circum a b c; f = on_circum a b c; "
    "x = on_line a b, on_line d e; y = on_line b c, on_line e f; z = on_line c d, on_line f a "
    "? coll x y z"
)


@pytest.fixture(scope="module")
def findings():
    texts = {"feet": FEET, "false": FALSE, "middle": MIDDLE, "pascal": PASCAL}
    return {
        name: list(prove_problem(parse_text(text, name=f"the {name} & co"), seconds=30))[-1]
        for name, text in texts.items()
    }


@pytest.fixture(scope="module")
def pages(findings):
    return {name: page.html(finding) for name, finding in findings.items()}


NAMES = ("feet", "false", "middle", "pascal")


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_well_formed_escaped_and_complete_in_itself(pages, name):
    text = pages[name]
    found = Structure(text)
    assert len(found.all("svg")) == len(found.all("main")) == len(found.all("script")) == 1
    assert "&amp; co" in text
    assert "the " + name + " & co" not in text
    assert not re.search(r"(?:src|href)=\"(?!#)", text)
    assert not re.search(r"@import|url\(|https?://(?!www\.w3\.org/2000/svg)", text)


def test_each_step_has_its_layer_and_names_what_it_follows_from(findings, pages):
    (proof,), text = findings["feet"].proofs, pages["feet"]
    items = re.findall(
        r'<li id="step-(\d+)" data-step="(\d+)" data-since="([\d ]*)" tabindex="0">', text
    )
    assert [int(number) for number, _, _ in items] == list(range(1, len(proof.steps) + 1))
    layers = re.findall(r'<g id="light-(\d+)" class="light">(.*?)</g>', text)
    assert [int(number) for number, _ in layers] == list(range(1, len(proof.steps) + 1))
    for step, (_, _, since), (_, layer) in zip(proof.steps, items, layers, strict=True):
        assert tuple(map(int, since.split())) == step.premises
        assert layer.count('class="ring"') == len(set(step.statement.points))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(re.findall(r'id="([^"]+)"', text))


def test_every_point_is_drawn_and_named_with_its_index_below(findings, pages):
    text = pages["feet"]
    for point in findings["feet"].problem.points:
        name = point.replace("'", "&#x27;")
        assert len(re.findall(f'<circle data-point="{name}"', text)) == 1
        assert len(re.findall(f'<text [^>]*data-point="{name}"', text)) == 1
    assert '>E<tspan class="index" dy="4">1</tspan>' in text


def test_a_false_statement_is_told_so_and_shown(pages):
    text = pages["false"]
    assert "<h1>False: AH is perpendicular to AB</h1>" in text
    assert "degrees, not 90" in text
    assert "A figure that obeys all that is given, and breaks the goal." in text
    assert "True is &#x27;perp " in text


def test_what_is_proved_without_words_shows_its_certificate(pages):
    text = pages["pascal"]
    assert "Proof that" not in text
    assert "<h3>Goal</h3>" in text
    assert "the coordinates" not in text
    assert "<summary>coordinates</summary>" in text
    assert '<g id="light-1" class="light">' in text


def test_a_problem_by_coordinates_is_drawn_where_its_points_stand(findings, pages):
    assert findings["middle"].places == {"a": (0, 0), "b": (4, 0), "m": (2, 0)}
    assert "M is the middle of AB" in pages["middle"]


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_is_described_for_those_who_do_not_see_it(pages, name):
    assert re.search(
        r'<svg [^>]*role="img" aria-labelledby="figure-title figure-text"', pages[name]
    )
    assert re.search(r'<title id="figure-title">[^<]+</title>', pages[name])
    assert re.search(r'<desc id="figure-text">[^<]+</desc>', pages[name])


def test_the_page_is_written(tmp_path, findings):
    path = tmp_path / "new" / "theorem.html"
    page.write(path, findings["feet"])
    assert path.read_text(encoding="utf-8") == page.html(findings["feet"])


def test_text_gives_all_that_a_reader_needs(findings):
    text = document(findings["feet"])
    assert text.startswith(
        "Given:\n  A, B and C are anywhere.\n  D is the foot of A on the line BC."
    )
    assert "  E1 is the foot of B on the line CA." in text
    assert "  H is on line AD and on line B-E1." in text
    assert "It holds wherever\n  line AD is not parallel to line B-E1" in text
    assert "1. " in text
    assert "(inscribed angles over one chord)" in text
    false = document(findings["false"])
    assert "'perp a h a b' is false: in a figure that obeys all clauses" in false
    assert re.search(r"The figure: A \(\S+, \S+\), B \(", false)
    assert "There is no readable proof: nothing more follows" in document(findings["pascal"])


def test_markdown_has_its_heading_and_numbered_steps(findings):
    text = document(findings["feet"], "markdown")
    assert text.startswith("# Angle E1-D-A = angle A-D-F'\n")
    assert "\n- D is the foot of A on the line BC.\n" in text
    assert "\n1. " in text


def test_latex_is_a_whole_document(findings):
    text = document(findings["feet"], "latex")
    assert text.startswith("\\documentclass{article}\n")
    assert text.rstrip().endswith("\\end{document}")
    assert "\\section*{the feet \\& co}" in text
    for name in ("tikzpicture", "itemize", "enumerate", "document"):
        assert text.count(f"\\begin{{{name}}}") == text.count(f"\\end{{{name}}}") > 0
    assert text.count("$") % 2 == 0
    assert "{$E_{1}$}" in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no LaTeX here")
@pytest.mark.parametrize("name", NAMES)
def test_latex_compiles(tmp_path, findings, name):
    (tmp_path / "theorem.tex").write_text(document(findings[name], "latex"), encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "theorem.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_an_unknown_form_names_the_nearest(findings):
    with pytest.raises(ConfigError, match="did you mean 'latex'"):
        document(findings["feet"], "latx")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b c = triangle ? cong a b a b", "A, B and C are anywhere"),
        ("a b = segment; x = on_tline a a b ? cong a b a b", "XA is perpendicular to AB"),
        (
            "a b = segment; x1 = s_angle a b 30o ? cong a b a b",
            "line B-X1 is line BA turned by an angle, against the clock (30 degrees)",
        ),
        (
            "a b c = triangle; x = circle a b c ? cong a b a b",
            "X is the centre of the circle through A, B and C",
        ),
    ],
)
def test_constructions_in_words(text, expected):
    assert construction_in_words(parse_text(text).clauses[-1].constructions[0]) == expected


def test_constructions_of_one_point_are_said_together():
    problem = parse_text(
        "a b c = triangle; x = on_line a b, on_circle c a; y = on_tline a b c, on_line b c "
        "? coll a b x"
    )
    assert given_in_words(problem)[1:] == [
        "X is on line AB and on the circle about C through A.",
        "YA is perpendicular to BC and Y is on line BC.",
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("line a b is not parallel to line c d1", "line AB is not parallel to line C-D1"),
        ("a, b and c are not on one line", "A, B and C are not on one line"),
        (
            "a line through a is not parallel to a line through c",
            "a line through A is not parallel to a line through C",
        ),
        (
            "the circle about o of radius b c and line is are one",
            "the circle about O of radius BC and line is are one",
        ),
    ],
)
def test_points_of_conditions_are_written_in_capitals(words, expected):
    assert condition_in_words(words, ("a", "b", "c", "d1", "o")) == expected
