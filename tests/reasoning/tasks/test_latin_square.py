"""Latin squares: how many there are, that what is drawn holds, and what is not one is told so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import ConfigError, DataError
from pellucid.reasoning import Judgement, Proposal, Status, solve
from pellucid.reasoning.generation import Request
from pellucid.reasoning.tasks import LatinSquare
from pellucid.reasoning.tasks.latin_square import completions


@pytest.mark.parametrize(("order", "count"), [(1, 1), (2, 2), (3, 12), (4, 576)])
def test_there_are_as_many_as_is_known(order: int, count: int) -> None:
    # OEIS A002860.
    assert sum(1 for _ in completions([[0] * order for _ in range(order)])) == count


@pytest.mark.parametrize("order", [2, 4, 5])
def test_what_is_drawn_holds_row_by_row_and_as_a_whole(order: int) -> None:
    task = LatinSquare(order, 0.4)
    drawn = task.draw(np.random.default_rng(0), 60)
    for problem, chain in task.examples(drawn):
        assert len(chain) == order
        for k in range(1, order + 1):
            assert task.step(problem, chain[:k]).judgement is Judgement.HOLDS
            assert task.final(problem, chain[:k]) == (k == order)
        assert task.answer(problem, chain).judgement is Judgement.HOLDS
        own = task.solution(problem)
        assert task.answer(problem, own).judgement is Judgement.HOLDS
    assert task.right_squares(drawn.questions, drawn.answers.tokens).all()


def test_both_kinds_of_squares_of_order_four_come() -> None:
    task = LatinSquare(4, 0.0)
    tokens = task.draw(np.random.default_rng(1), 400).answers.tokens

    def intercalates(square: np.ndarray) -> int:
        pairs = [(i, k) for i in range(4) for k in range(i)]
        return sum(
            square[i, j] == square[k, m] and square[i, m] == square[k, j]
            for i, k in pairs
            for j, m in pairs
        )

    squares = np.pad(tokens, ((0, 0), (0, 1))).reshape(-1, 4, 5)[:, :, :4]
    # The cyclic group's square has 4 subsquares of order 2, that of Klein's group 12.
    assert {intercalates(square) for square in squares} == {4, 12}


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(0, 14), st.integers(0, 3))
def test_many_at_once_are_judged_as_one(seed: int, place: int, value: int) -> None:
    task = LatinSquare(3, 0.4)
    drawn = task.draw(np.random.default_rng(seed), 1)
    answers = drawn.answers.tokens.copy()
    answers[0, place % answers.shape[1]] = task.vocabulary.number([",", "1", "2", "3"][value])
    problem = task.vocabulary.decode(drawn.questions.tokens[0])
    chain = task.split(task.vocabulary.decode(answers[0]))
    holds = task.answer(problem, chain).judgement is Judgement.HOLDS
    assert task.right_squares(drawn.questions, answers).tolist() == [holds]


@pytest.mark.parametrize(
    ("chain", "reason"),
    [
        (("2 1 3 ,",), "row 1, column 1: 1 is given, not 2"),
        (("1 1 3 ,",), "row 1 repeats a number"),
        (("1 2 3 ,", "1 3 2 ,"), "column 1 repeats 1 in row 2"),
        (("1 2 3",), "does not end with a comma"),
        (("1 2 4 ,",), "is not 3 numbers to 3"),
        (("1 2 3 ,", "2 3 1 ,", "3 1 2", "1 2 3"), "no step 4"),
    ],
)
def test_what_is_wrong_is_said(chain: tuple[str, ...], reason: str) -> None:
    task = LatinSquare(3)
    verdict = task.step("1 _ _ , _ _ _ , _ _ _ <sep>", chain)
    assert verdict.judgement is Judgement.FAILS
    assert reason in verdict.reason


def test_an_answer_that_is_not_complete_fails() -> None:
    verdict = LatinSquare(2).answer("_ _ , _ _ <sep>", ("1 2 ,",))
    assert verdict.judgement is Judgement.FAILS
    assert verdict.reason == "the square has 2 rows, not 1"


@pytest.mark.parametrize(
    "problem",
    ["", "1 2 <sep>", "1 2 , 2 1", "1 0 , _ _ <sep>", "1 3 , _ _ <sep>", "a _ , _ _ <sep>"],
)
def test_what_is_no_problem_is_refused(problem: str) -> None:
    with pytest.raises(DataError, match="write 2 rows"):
        LatinSquare(2).truth(problem)


def test_what_cannot_be_completed_is_told_so() -> None:
    task = LatinSquare(2)
    assert task.truth("_ 1 , _ _ <sep>") == "2 1 , 1 2"
    for problem in ("1 _ , _ 2 <sep>", "1 1 , _ _ <sep>"):
        with pytest.raises(DataError, match="cannot be completed"):
            task.truth(problem)


def test_a_row_without_a_future_is_taken_back() -> None:
    task = LatinSquare(3)
    problem = "_ _ _ , 2 _ _ , _ _ 1 <sep>"

    class InOrder:
        """Proposes all rows, in one order, each once at every place."""

        def propose(
            self, requests: list[Request[str, str]], random: np.random.Generator
        ) -> list[list[Proposal[str]]]:
            rows = ["1 2 3", "1 3 2", "2 1 3", "2 3 1", "3 1 2", "3 2 1"]
            said = []
            for request in requests:
                last = len(request.chain) == 2
                said.append([Proposal(r if last else f"{r} ,", last) for r in rows])
            return said

    # 1 2 3 breaks no rule, and yet no square with these numbers begins so.
    assert task.step(problem, ("1 2 3 ,",)).judgement is Judgement.HOLDS
    assert not list(completions([[1, 2, 3], [2, 0, 0], [0, 0, 1]]))
    found = solve(problem, InOrder(), task, beam=6)
    assert found.status is Status.VERIFIED
    assert task.answer(problem, found.chain).judgement is Judgement.HOLDS


def test_bad_sizes_are_refused() -> None:
    with pytest.raises(ConfigError, match="order is 1"):
        LatinSquare(1)
    with pytest.raises(ConfigError, match="given is 1"):
        LatinSquare(4, 1.0)
