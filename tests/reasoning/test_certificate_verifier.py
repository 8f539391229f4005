"""The geometry checker in the loop: what generates is not believed."""

from __future__ import annotations

import json

import pytest

from pellucid.reasoning import CertificateVerifier, Judgement, Proposal, Status, solve
from pellucid.reasoning.geometry.algebra import prove
from pellucid.reasoning.geometry.jgex import parse

HEIGHTS = parse("a b c = triangle a b c; h = orthocenter h a b c ? perp a h b c", name="heights")
MIDDLE = parse("a b c = triangle a b c; m = midpoint m a b ? cong a m m b", name="middle")


class Says:
    """Proposes given certificates, one for each time that it is asked."""

    def __init__(self, *texts):
        self.texts = texts

    def propose(self, requests, random):
        return [[Proposal(self.texts[len(request.refused)], final=True)] for request in requests]


@pytest.fixture(scope="module")
def certificate():
    return prove(HEIGHTS).certificate.to_json()


def spoiled(text):
    data = json.loads(text)
    data["coordinates"]["h"][1] = "7"
    return json.dumps(data)


def test_a_certificate_is_accepted_where_it_is_one(certificate):
    found = solve(HEIGHTS, Says(certificate), CertificateVerifier())
    assert found.verified
    assert "accepted" in found.reason


def test_wrong_certificates_are_refused_until_a_right_one_comes(certificate):
    other = prove(MIDDLE).certificate.to_json()
    generator = Says("no JSON", "[]", other, spoiled(certificate), certificate)
    found = solve(HEIGHTS, generator, CertificateVerifier(), retries=4)
    # What does not say of which problem it is cannot be told: it is no answer, nor refused.
    assert found.status is Status.UNVERIFIED
    generator = Says("no JSON", other, spoiled(certificate), certificate)
    found = solve(HEIGHTS, generator, CertificateVerifier(), retries=3)
    assert found.verified
    assert found.work.proposals == 4


@pytest.mark.parametrize(
    ("text", "reason"), [("no JSON", "Expecting value"), ('{"problem": "x"}', "another problem")]
)
def test_what_is_no_certificate_of_the_problem_does_not_hold(text, reason):
    verdict = CertificateVerifier().answer(HEIGHTS, (text,))
    assert verdict.judgement is Judgement.FAILS
    assert reason in verdict.reason


def test_a_file_of_another_kind_does_not_hold(certificate):
    data = json.loads(certificate)
    data["format"] = "something else"
    verdict = CertificateVerifier().answer(HEIGHTS, (json.dumps(data),))
    assert verdict.judgement is Judgement.FAILS
    data["problem"] = None
    verdict = CertificateVerifier().answer(HEIGHTS, (json.dumps(data),))
    assert verdict.judgement is Judgement.UNKNOWN
