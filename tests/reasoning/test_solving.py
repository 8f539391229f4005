"""The loop of generation and verification, on chains with known answers."""

import time

import numpy as np
import pytest
from chains import Scripted, counting, next_number, wrong_number

from pellucid.errors import ConfigError, DataError, PellucidError
from pellucid.reasoning import (
    AnswerVerifier,
    Beam,
    FaultyGenerator,
    FaultyVerifier,
    Judgement,
    Proposal,
    Retry,
    Status,
    StepVerifier,
    Tree,
    Verdict,
    VerificationError,
    solve,
    solve_many,
)
from pellucid.reasoning.accumulation import (
    imperfect_success,
    unverified_success,
    verified_success,
    verified_work,
)

STEPS = StepVerifier(counting)
ANSWERS = AnswerVerifier(
    lambda problem, chain: (
        Verdict.holds("counted") if chain == tuple(range(1, problem + 1)) else Verdict.fails("no")
    )
)
PERFECT = FaultyGenerator(next_number, wrong_number, 0.0)


class Blind:
    """Proposes the numbers 1, 2, 3 in this order, whatever came before."""

    def propose(self, requests, random):
        return [
            [Proposal(k, final=len(r.chain) == r.problem - 1) for k in (3, 2, 1)][: r.count]
            for r in requests
        ]


def test_without_a_verifier_an_answer_is_marked_unverified():
    found = solve(4, PERFECT)
    assert found.chain == (1, 2, 3, 4)
    assert found.status is Status.UNVERIFIED
    assert not found.verified
    assert "no verifier" in found.reason


def test_with_a_verifier_the_same_chain_is_verified_and_all_work_is_counted():
    found = solve(4, PERFECT, STEPS)
    assert found.verified
    assert found.answer == 4
    assert (found.work.proposals, found.work.tokens, found.work.rounds) == (4, 4, 4)
    assert found.work.verifications == 5  # four steps, one answer


def test_a_wrong_chain_is_never_an_answer_where_a_verifier_can_tell():
    always_wrong = FaultyGenerator(next_number, wrong_number, 1.0)
    for verifier in (STEPS, ANSWERS):
        for strategy in (Retry(3, 2, 2), Beam(2, 2), Tree(2, 50)):
            found = solve(2, always_wrong, verifier, strategy=strategy)
            assert found.status is Status.UNKNOWN
            assert found.chain == ()
            assert found.answer is None
            assert "does not hold" in found.reason or "proposed nothing" in found.reason


def test_what_a_verifier_cannot_tell_is_unverified_and_says_so():
    shy = StepVerifier(lambda problem, chain: Verdict.unknown("too hard"))
    found = solve(3, PERFECT, shy)
    assert found.status is Status.UNVERIFIED
    assert found.chain == (1, 2, 3)
    half = StepVerifier(lambda p, c: counting(p, c) if len(c) > 1 else Verdict.unknown("first"))
    assert solve(3, PERFECT, half).status is Status.UNVERIFIED  # one step was not vouched for
    with_answer = AnswerVerifier(lambda p, c: Verdict.holds("seen"))
    assert solve(3, PERFECT, with_answer).verified


@pytest.mark.parametrize("strategy", [Retry(), Beam(2, 2), Tree(2)])
def test_a_verifier_that_raises_is_an_error_that_names_it(strategy):
    broken = StepVerifier(lambda problem, chain: 1 / 0, "the broken one")
    with pytest.raises(VerificationError, match=r"the broken one failed at step 1 of '3'.*Zero"):
        solve(3, PERFECT, broken, strategy=strategy)
    answers = AnswerVerifier(lambda problem, chain: 1 / 0)
    with pytest.raises(VerificationError, match="failed at the answer"):
        solve(3, PERFECT, answers, strategy=strategy)


def test_a_verifier_that_says_true_is_an_error_and_not_a_verdict():
    with pytest.raises(VerificationError, match=r"return Verdict\.holds"):
        solve(3, PERFECT, StepVerifier(lambda problem, chain: True))
    with pytest.raises(TypeError):
        bool(Verdict.fails("so that `if verdict` cannot take it for true"))


def test_an_error_of_ours_in_a_verifier_keeps_its_words():
    def unsatisfiable(problem, chain):
        raise DataError("equation 2 contradicts equation 1")

    with pytest.raises(DataError, match="equation 2 contradicts"):
        solve(3, PERFECT, StepVerifier(unsatisfiable))
    assert issubclass(VerificationError, PellucidError)


def test_time_that_is_over_gives_unknown():
    class Slow:
        def propose(self, requests, random):
            time.sleep(0.02)
            return [[Proposal(len(r.chain) + 1)] for r in requests]

    found = solve(10**6, Slow(), STEPS, seconds=0.05)
    assert found.status is Status.UNKNOWN
    assert found.chain == ()
    assert "time of 0.05 s is over" in found.reason
    assert found.work.proposals <= 4


def test_a_chain_that_does_not_end_is_given_up():
    endless = Scripted({(1,) * k: [Proposal(1)] for k in range(50)})
    for strategy in (Retry(), Beam(1, 1), Tree(1)):
        found = solve("?", endless, strategy=strategy, length=5)
        assert found.status is Status.UNKNOWN
        assert "after 5 steps there was no answer" in found.reason


def test_what_was_refused_is_told_to_the_generator():
    class Learns:
        def propose(self, requests, random):
            return [[Proposal(7 - len(r.refused), final=True)] for r in requests]

    is_five = StepVerifier(
        lambda p, c: Verdict.holds("five") if c[-1] == 5 else Verdict.fails("no five")
    )
    found = solve("five", Learns(), is_five, retries=4)
    assert found.verified
    assert found.work.proposals == 3


def test_backtracking_takes_back_a_step_that_led_nowhere():
    # 1 looks right and leads nowhere; after it is taken back the generator offers 2.
    class Turns:
        calls = 0

        def propose(self, requests, random):
            [request] = requests
            if not request.chain:
                self.calls += 1
                return [[Proposal(self.calls)]]
            return [[Proposal("end", final=True)] if request.chain == (2,) else []]

    verifier = AnswerVerifier(lambda problem, chain: Verdict.holds("an end"))
    assert solve("?", Turns(), verifier, strategy=Retry()).status is Status.UNKNOWN
    found = solve("?", Turns(), verifier, strategy=Retry(backtracks=1))
    assert found.chain == (2, "end")


def test_restarts_draw_whole_answers_until_one_holds():
    half = FaultyGenerator(
        lambda p, c: Proposal(len(c) + 1, len(c) + 1 == p) if c == tuple(range(1, len(c) + 1))
        else Proposal(0, len(c) + 1 == p),
        wrong_number,
        0.3,
    )  # fmt: skip
    random = np.random.default_rng(3)
    once = solve_many([3] * 200, half, ANSWERS, random=random)
    often = solve_many([3] * 200, half, ANSWERS, strategy=Retry(restarts=30), random=random)
    share = sum(s.verified for s in once) / 200
    assert abs(share - 0.7**3) < 0.12
    assert all(s.verified for s in often)


def test_a_beam_finds_what_greed_misses():
    # The likeliest first step leads to a dead end, and to a worse chain.
    log = lambda p: float(np.log(p))  # noqa: E731
    table = {
        (): [Proposal("a", False, log(0.6)), Proposal("b", False, log(0.4))],
        ("a",): [Proposal("x", True, log(0.3)), Proposal("y", True, log(0.2))],
        ("b",): [Proposal("z", True, log(0.9))],
    }
    assert solve("?", Scripted(table), strategy=Retry()).chain == ("a", "x")
    assert solve("?", Scripted(table), beam=2).chain == ("b", "z")
    only_y = AnswerVerifier(
        lambda p, c: Verdict.holds("y") if c[-1] == "y" else Verdict.fails("not y")
    )
    assert solve("?", Scripted(table), only_y, strategy=Beam(2, 2)).chain == ("a", "y")
    assert solve("?", Scripted(table), only_y, strategy=Tree(2)).chain == ("a", "y")
    assert solve("?", Scripted(table), only_y, strategy=Tree(1)).status is Status.UNKNOWN


def test_a_tree_backtracks_through_everything_that_is_open():
    found = solve(3, Blind(), STEPS, strategy=Tree(branching=3))
    assert found.chain == (1, 2, 3)
    blind_to_steps = solve(3, Blind(), ANSWERS, strategy=Tree(branching=3, expansions=100))
    assert blind_to_steps.chain == (1, 2, 3)
    assert blind_to_steps.work.proposals > found.work.proposals
    few = solve(3, Blind(), ANSWERS, strategy=Tree(branching=3, expansions=3))
    assert few.status is Status.UNKNOWN
    assert "3 chains were extended" in few.reason


def test_many_are_solved_as_one_is_and_asked_together():
    class Counted:
        rounds = 0

        def propose(self, requests, random):
            self.rounds += 1
            return PERFECT.propose(requests, random)

    generator = Counted()
    found = solve_many([2, 5, 3], generator, STEPS)
    assert [s.chain for s in found] == [(1, 2), (1, 2, 3, 4, 5), (1, 2, 3)]
    assert generator.rounds == 5
    assert [s.work.proposals for s in found] == [2, 5, 3]
    assert solve_many([], generator, STEPS) == []


def test_the_same_seed_gives_the_same_solution():
    faulty = FaultyGenerator(next_number, wrong_number, 0.4)
    runs = [
        [
            (s.chain, s.reason)
            for s in solve_many([9] * 20, faulty, STEPS, random=np.random.default_rng(5))
        ]
        for _ in range(2)
    ]
    assert runs[0] == runs[1]


def test_settings_that_make_no_sense_are_refused():
    for wrong in (
        {"retries": -1},
        {"beam": 0},
        {"retries": 1, "beam": 2},
        {"length": 0},
        {"seconds": 0.0},
    ):
        with pytest.raises(ConfigError):
            solve(3, PERFECT, **wrong)
    with pytest.raises(ConfigError, match="log-probability nan"):
        solve("?", Scripted({(): [Proposal(1, True, float("nan"))]}))

    class Mute:
        def propose(self, requests, random):
            return []

    with pytest.raises(ConfigError, match="answered 0 of 1 requests"):
        solve(3, Mute())


ERROR, LENGTH, TRIALS = 0.08, 12, 1000


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_simulated_chains_succeed_as_often_as_the_formulas_say(retries):
    faulty = FaultyGenerator(next_number, wrong_number, ERROR)
    found = solve_many(
        [LENGTH] * TRIALS, faulty, STEPS, retries=retries, random=np.random.default_rng(retries)
    )
    expected = verified_success(ERROR, LENGTH, retries)
    share = sum(s.verified for s in found) / TRIALS
    assert abs(share - expected) < 4 * (expected * (1 - expected) / TRIALS) ** 0.5 + 1e-9
    assert all(s.chain == tuple(range(1, LENGTH + 1)) for s in found if s.verified)
    work = np.array([s.work.proposals for s in found])
    deviation = 4 * work.std() / TRIALS**0.5
    assert abs(work.mean() - verified_work(ERROR, LENGTH, retries)) < deviation


@pytest.mark.parametrize("false_accept", [0.0, 0.3, 1.0])
def test_a_verifier_with_known_faults_is_worth_what_the_formula_says(false_accept):
    # What comes after a wrong step is neither mended nor harmed by it.
    places = FaultyGenerator(
        lambda p, c: Proposal(len(c) + 1, len(c) + 1 == p), wrong_number, ERROR
    )
    random = np.random.default_rng(1)
    lenient = FaultyVerifier(STEPS, random, false_accept=false_accept)
    found = solve_many([LENGTH] * TRIALS, places, lenient, retries=60, random=random)
    right = sum(s.chain == tuple(range(1, LENGTH + 1)) for s in found) / TRIALS
    expected = imperfect_success(ERROR, LENGTH, false_accept)
    assert abs(right - expected) < 4 * (expected * (1 - expected) / TRIALS) ** 0.5 + 1e-9
    assert all(f"accepts {false_accept:.3g} of what is wrong" in s.reason for s in found)


def test_the_formulas_at_their_limits():
    assert unverified_success(0.0, 1000) == 1
    assert unverified_success(0.01, 70) == pytest.approx(0.495, abs=1e-3)  # half-life 69 steps
    assert verified_success(0.3, 10, 0) == unverified_success(0.3, 10)
    assert imperfect_success(0.3, 10, 1.0) == pytest.approx(unverified_success(0.3, 10))
    assert imperfect_success(0.3, 10, 0.0) == 1
    assert verified_work(0.0, 10, 5) == 10
    assert verified_work(0.5, 1, 50) == pytest.approx(2)
    with pytest.raises(ConfigError):
        unverified_success(1.5, 3)


def test_a_verifier_that_refuses_what_is_right_costs_work_only():
    random = np.random.default_rng(0)
    strict = FaultyVerifier(STEPS, random, false_reject=0.5)
    found = solve(6, PERFECT, strict, retries=40, random=random)
    assert found.verified
    assert found.work.proposals > 6
    assert strict.step(1, (5,)).judgement is Judgement.FAILS
