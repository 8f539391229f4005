"""What the checker asks of a certificate by coordinates."""

import json
import re

import pytest

from pellucid.reasoning.geometry import checker
from pellucid.reasoning.geometry.answer import answer_to_json
from pellucid.reasoning.geometry.certificate import Certificate
from pellucid.reasoning.geometry.check_file import check_text
from pellucid.reasoning.geometry.coordinates import parse
from pellucid.reasoning.geometry.meanings import Refused
from pellucid.reasoning.geometry.placed.prove import prove_placed

TEXT = "a@0_0 = ; b@4_0 = ; c@1_3 = ; h@1_1 = perp h a b c, perp h b a c ? perp c h a b"


@pytest.fixture(scope="module")
def problem():
    return parse(TEXT)


@pytest.fixture(scope="module")
def certificate(problem):
    return json.loads(prove_placed(problem).certificate.to_json())


def answered(problem, certificate):
    return check_text(
        answer_to_json(problem, certificate=Certificate.from_json(json.dumps(certificate)))
    )


def refused(certificate, match, **changes):
    with pytest.raises(Refused, match=match):
        checker.judge(json.dumps({**certificate, **changes}))


def test_it_is_accepted_with_its_problem_and_alone(problem, certificate):
    assert answered(problem, certificate).accepted
    assert checker.judge(json.dumps(certificate)).startswith("perp c h a b: holds")


def test_an_assumption_that_does_not_hold_of_the_family_is_refused(certificate):
    refused(
        certificate,
        "'cong a h h b' does not hold",
        assumed=[*certificate["assumed"], "cong a h h b"],
    )


def test_assumptions_that_leave_more_open_are_refused(certificate):
    refused(certificate, "not general", assumed=certificate["assumed"][:1])


def test_a_special_family_is_refused(certificate):
    text = json.dumps({k: certificate[k] for k in ("coordinates", "conditions")})
    special = json.loads(re.sub(r"\bu1\b", "u2", text))
    kept = [q for q in certificate["parameters"] if q["name"] != "u1"]
    refused(certificate, "not general", parameters=kept, **special)


def test_an_assumption_that_the_problem_does_not_make_is_refused(problem, certificate):
    other = parse(TEXT.replace("perp h b a c", "perp h c a b"))
    verdict = answered(other, certificate)
    assert not verdict.accepted
    assert "does not assume 'perp h b a c'" in verdict.lines[0]


def test_assumptions_in_other_words_are_the_same(problem, certificate):
    assert answered(parse(TEXT.replace("perp h b a c", "perp c a b h")), certificate).accepted


def test_another_figure_is_refused(problem, certificate):
    other = parse(TEXT.replace("c@1_3", "c@1_4"))
    assert "another figure" in answered(other, certificate).lines[0]


def test_a_sample_that_is_not_the_given_figure_is_refused(certificate):
    given = {**certificate["given"], "c": [1.0, 3.2]}
    refused(certificate, "not the figure that is given", given=given)


def test_a_mirrored_figure_is_refused(certificate):
    given = {p: [x, -y] for p, (x, y) in certificate["given"].items()}
    refused(certificate, "not the figure that is given", given=given)


def test_a_turned_and_scaled_figure_is_the_same(certificate):
    given = {p: [5 - 2 * y, 2 * x] for p, (x, y) in certificate["given"].items()}
    assert checker.judge(json.dumps({**certificate, "given": given}))


def test_a_figure_that_is_not_given_is_missed(problem, certificate):
    bare = {k: v for k, v in certificate.items() if k != "given"}
    assert not answered(problem, bare).accepted


def test_a_problem_in_clauses_assumes_nothing_besides(certificate):
    clauses = "a b c = triangle a b c; h = free h ? perp c h a b"
    refused(certificate, "assumes nothing besides", problem=clauses)


def test_an_answer_to_a_question_is_of_its_points(certificate):
    text = "a@0_0 = ; b@1_0 = ; c@0.5_0.8660254037844386 = cong a b b c, cong b c c a"
    asked = prove_placed(parse(f"{text} ? acompute a c a b")).certificate
    data = json.loads(asked.to_json())
    assert checker.judge(json.dumps(data)).startswith("aconst a b a c 1/3: holds")
    refused(data, "not those of its problem", goals=["aconst a b b c 2/3"])
    refused(data, "does not hold", goals=["aconst a b a c 1/4"])
    refused(data, "not true of its sample", goals=["aconst a b a c 2/3"])
