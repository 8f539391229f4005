"""Files of `pellucid prove --out`: what is in them is of one problem, and checked."""

import json

import pytest

from pellucid.errors import DataError
from pellucid.reasoning.geometry.algebra import prove
from pellucid.reasoning.geometry.answer import answer_from_json, answer_to_json
from pellucid.reasoning.geometry.check_file import check_file, check_text
from pellucid.reasoning.geometry.coordinates import parse as parse_coordinates
from pellucid.reasoning.geometry.definitions import facts
from pellucid.reasoning.geometry.diagram import draw
from pellucid.reasoning.geometry.jgex import parse
from pellucid.reasoning.geometry.synthetic import prove_synthetic

TEXT = (
    "a b c = triangle a b c; h = orthocenter h a b c; d = foot d a b c ? coll a h d; perp a h b c"
)


def proofs_of(problem, places=None, given=None):
    places, given = places or draw(problem), given or facts(problem)
    return [prove_synthetic(places, given, goal, seconds=10).proof for goal in problem.goals]


@pytest.fixture(scope="module")
def whole():
    problem = parse(TEXT, name="heights")
    certificate = prove(problem).certificate
    return problem, certificate, proofs_of(problem)


def saved(whole, **changes):
    problem, certificate, proofs = whole
    data = json.loads(answer_to_json(problem, certificate=certificate, proof=proofs))
    return json.dumps({**data, **changes})


def test_an_answer_is_accepted_part_by_part(whole, tmp_path):
    path = tmp_path / "answer.json"
    path.write_text(saved(whole), encoding="utf-8")
    verdict = check_file(path)
    assert verdict.accepted
    assert [line.partition(":")[0] for line in verdict.lines] == [
        "certificate accepted",
        "proof accepted",
        "proof accepted",
    ]
    assert "perp a h b c, from what the problem says, in" in verdict.lines[2]


def test_an_answer_survives_json(whole):
    problem, certificate, proofs = whole
    answer = answer_from_json(saved(whole))
    assert answer.problem == str(problem)
    assert (answer.certificate, list(answer.proofs)) == (certificate, proofs)


def test_certificates_and_proofs_are_accepted_by_themselves(whole):
    _, certificate, proofs = whole
    assert check_text(certificate.to_json()).accepted
    verdict = check_text(proofs[1].to_json())
    assert verdict.accepted
    assert "from 'perp" in verdict.lines[0]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"problem": TEXT.replace("orthocenter h a b c", "free h")}, "is of another problem"),
        ({"problem": TEXT.replace("foot d", "on_line d").replace("d a b c ?", "d b c ?")}, "step"),
        ({"problem": TEXT.partition("; perp")[0]}, "its goals are not those of the problem"),
        ({"problem": "x ? y"}, "its problem cannot be read"),
        ({"problem": None}, "its problem cannot be read"),
        ({"proof": []}, "its goals are not those"),
        ({"proof": [None]}, "no proof in JSON"),
        ({"certificate": {}}, "of another problem"),
    ],
)
def test_parts_are_of_the_problem(whole, changes, match):
    verdict = check_text(saved(whole, **changes))
    assert not verdict.accepted
    assert any(match in line for line in verdict.lines), verdict.lines


def test_an_answer_with_nothing_in_it_shows_nothing(whole):
    verdict = check_text(answer_to_json(whole[0]))
    assert (verdict.accepted, verdict.lines) == (
        False,
        ("refused: it holds no certificate and no proof",),
    )


ISOSCELES = "a b c = triangle a b c; m = midpoint m a b; n = midpoint n a c ? para m n b c"
HELP = "k = midpoint k b c", "p = on_line p m n, on_line p a k"


def auxiliary(clauses):
    """The problem, proved in a figure with more points."""
    problem = parse(ISOSCELES)
    more = parse(f"{ISOSCELES.partition('?')[0]}; {'; '.join(clauses)} ? para m n b c")
    return problem, answer_to_json(
        problem, proof=proofs_of(more), auxiliary=more.clauses[len(problem.clauses) :]
    )


def test_auxiliary_points_may_be_new_and_may_not_restrict_old_ones():
    problem, text = auxiliary(HELP)
    assert check_text(text).accepted
    data = json.loads(text)
    assert data["auxiliary"] == ["k = midpoint k b c", "p = on_line p m n, on_line p a k"]
    for clause in (
        "m = on_bline m b c",
        "x = on_line x a b, on_line x a c, on_line x b c",
        "x = midpoint x a b, midpoint x a c",
        "x = midpoint x a z",
        "x = on_circle x a b, midpoint x a c",
    ):
        verdict = check_text(json.dumps({**data, "auxiliary": [*data["auxiliary"], clause]}))
        assert not verdict.accepted
        assert "may restrict points" in verdict.lines[0]
    assert str(problem) == data["problem"]


def test_what_is_said_of_auxiliary_points_may_be_assumed_and_nothing_else():
    longer = parse("a b c = triangle a b c; d = on_bline d a b; x = on_bline x a b ? cong x a x b")
    (proof,) = proofs_of(longer)
    asked = parse("a b c = triangle a b c; d = on_bline d a b ? cong d a d b")
    other = answer_to_json(asked, proof=proof, auxiliary=longer.clauses[2:])
    assert check_text(other).lines == (
        "proof accepted: cong x a x b, from what the problem says, in 1 steps",
        "proof refused: its goals are not those of the problem",
    )
    assert not check_text(answer_to_json(asked, proof=proof)).accepted


def test_of_a_problem_by_coordinates_what_it_assumes_may_be_assumed():
    text = "a@0_0 = ; b@4_0 = ; c@1_3 = ; m@2_0 = coll m a b, cong m a m b ? midp m a b"
    problem = parse_coordinates(text)
    answer = answer_to_json(problem, proof=proofs_of(problem, problem.at, problem.assumed))
    assert check_text(answer).accepted
    data = json.loads(answer)
    verdict = check_text(json.dumps({**data, "assumed": ["coll m a b"]}))
    assert verdict.lines[0] == ("proof refused: step 2 ('cong m a m b') does not follow by 'given'")


@pytest.mark.parametrize("text", ["", "[]", "{}", "3", '{"format": "another"}', "[" * 100_000])
def test_what_is_none_of_these_is_an_error(text, tmp_path):
    path = tmp_path / "file.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"file\.json: it is (not JSON|no certificate)"):
        check_file(path)


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*nowhere"):
        check_file(tmp_path / "nowhere")
    (tmp_path / "picture").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(DataError, match="picture is no text"):
        check_file(tmp_path / "picture")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "pellucid-geometry-answer-1"}'])
def test_what_is_no_answer_is_refused(text):
    with pytest.raises(DataError, match="not an answer"):
        answer_from_json(text)
