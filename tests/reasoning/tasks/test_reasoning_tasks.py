"""What all tasks promise: chains hold, what is spoiled does not, and answers are found twice."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import ConfigError, DataError
from pellucid.reasoning import FaultyGenerator, Judgement, Proposal, Status, solve, solve_many
from pellucid.reasoning.tasks import (
    Arithmetic,
    EditDistance,
    LinearEquations,
    LongestIncreasing,
    Membership,
    PrefixArithmetic,
    Rows,
    Vocabulary,
)
from pellucid.reasoning.tasks.sequence import join

TASKS = [
    PrefixArithmetic(7, 6),
    PrefixArithmetic(4, 3, zeros=True),
    Arithmetic(7, 4),
    Arithmetic(2, 3),
    LinearEquations(11, 3),
    LinearEquations(2, 4),
    LinearEquations(7, 3, finer=True),
    LongestIncreasing(8, 20),
    EditDistance(6),
    EditDistance(6, border=1, longest=9),
    Membership(6),
    Membership(5, "S -> A P | B Q | A A | a ; P -> S A ; Q -> S B ; A -> a ; B -> b"),
]
names = [f"{type(task).__name__}-{k}" for k, task in enumerate(TASKS)]
every_task = pytest.mark.parametrize("task", TASKS, ids=names)


@every_task
def test_every_drawn_chain_holds_step_by_step_and_as_an_answer(task):
    drawn = task.draw(np.random.default_rng(0), 40)
    for problem, chain in task.examples(drawn):
        for k in range(1, len(chain) + 1):
            verdict = task.step(problem, chain[:k])
            assert verdict.judgement is Judgement.HOLDS, (problem, chain[:k], verdict)
            assert task.final(problem, chain[:k]) == (k == len(chain))
        assert task.answer(problem, chain).judgement is Judgement.HOLDS
        assert task.said(chain[-1]) == task.truth(problem)


@every_task
def test_the_chain_made_from_the_text_of_a_problem_holds(task):
    drawn = task.draw(np.random.default_rng(1), 15)
    for problem, chain in task.examples(drawn):
        own = task.solution(problem)
        if not isinstance(task, Arithmetic):  # whose operations may be done in another order
            assert own == chain
        assert all(
            task.step(problem, own[:k]).judgement is Judgement.HOLDS for k in range(1, len(own) + 1)
        )
        assert task.answer(problem, own).judgement is Judgement.HOLDS


@every_task
def test_any_other_word_in_any_step_is_noticed(task):
    random = np.random.default_rng(2)
    words = [w for w in task.vocabulary.words[2:] if w not in task.closers or w.isdigit()]
    noticed = 0
    for problem, chain in task.examples(task.draw(random, 12)):
        for k, step in enumerate(chain):
            parts = step.split()
            place, word = random.integers(len(parts)), str(random.choice(words))
            spoiled = " ".join([*parts[:place], word, *parts[place + 1 :]])
            verdict = task.step(problem, (*chain[:k], spoiled))
            if spoiled == step:
                continue
            noticed += 1
            assert verdict.reason
            if verdict.judgement is Judgement.HOLDS:
                # Only what says the same in other words, or does another operation first.
                assert isinstance(task, Arithmetic | LinearEquations), (problem, chain[:k], spoiled)
    assert noticed > 20


@every_task
def test_wrong_answers_and_answers_without_steps_are_told_apart(task):
    problem, chain = task.example(np.random.default_rng(3))
    end = chain[-1].split()
    others = [w for w in task.vocabulary.words[2:] if w != end[-1]]
    for word in others[:40]:
        wrong = (*chain[:-1], " ".join([*end[:-1], word]))
        assert task.answer(problem, wrong).judgement is Judgement.FAILS
    assert task.answer(problem, (task.said(chain[-1]),)).judgement is Judgement.HOLDS


@every_task
def test_batches_are_what_their_texts_say(task):
    drawn = task.draw(np.random.default_rng(4), 9)
    batch, direct = task.tokens(drawn), task.tokens(drawn, "direct")
    decode = task.vocabulary.decode
    for k, (problem, chain) in enumerate(task.examples(drawn)):
        question, length = batch.question[k], batch.length[k]
        assert decode(batch.tokens[k, :question]) == problem
        assert decode(batch.tokens[k]) == " ".join([problem, *chain])
        assert batch.tokens[k, length - 1] == 1  # <eos>
        assert (batch.tokens[k, length:] == 0).all()
        assert batch.learned[k].nonzero()[0].tolist() == list(range(question, length))
        assert decode(direct.tokens[k, question:]) == task.truth(problem)
        assert np.array_equal(task.vocabulary.encode(problem), batch.tokens[k, :question])


@every_task
def test_a_seed_gives_the_same_problems_and_another_seed_others(task):
    one, two, three = (task.batch(np.random.default_rng(seed), 20).tokens for seed in (7, 7, 8))
    assert np.array_equal(one, two)
    assert one.shape != three.shape or not np.array_equal(one, three)


@every_task
def test_the_loop_solves_it_under_its_own_verifier(task):
    def wrong(proposal, random):
        return Proposal(proposal.step.replace(proposal.step.split()[0], "?", 1), proposal.final)

    faulty = FaultyGenerator(task.right, wrong, 0.2)
    problems = [task.example(np.random.default_rng(k))[0] for k in range(5)]
    random = np.random.default_rng(0)
    for found in solve_many(problems, faulty, task, retries=12, random=random):
        assert found.verified
    unverified = solve(problems[0], FaultyGenerator(task.right, wrong, 1.0), None, length=40)
    assert unverified.status is not Status.VERIFIED


@every_task
@settings(max_examples=25, deadline=None)
@given(text=st.text(alphabet="0123456789ab+-*/()=|,<sep> {}S[]", max_size=30))
def test_texts_that_are_no_problem_are_said_to_be_none(task, text):
    with contextlib.suppress(DataError):
        assert task.truth(text)
    with contextlib.suppress(DataError):
        assert task.step(text, (text,)).reason


def test_sizes_that_make_no_sense_are_refused():
    for make in (
        lambda: PrefixArithmetic(1),
        lambda: Arithmetic(6),
        lambda: Arithmetic(operators=0),
        lambda: LinearEquations(4),
        lambda: LinearEquations(unknowns=9),
        lambda: LongestIncreasing(50, 90),
        lambda: LongestIncreasing(10, 50, lowest=5),
        lambda: EditDistance(1),
        lambda: EditDistance(6, border=3),
        lambda: Membership(1),
        lambda: Membership(4, "S -> S S | a"),
        lambda: Membership(3, "S -> S S | A B ; A -> a ; B -> b").draw(np.random.default_rng(0), 2),
    ):
        with pytest.raises(ConfigError):
            make()


@given(st.lists(st.lists(st.integers(1, 9), max_size=5), min_size=1, max_size=4), st.data())
def test_rows_are_joined_as_lists_are(rows, data):
    def packed(lists):
        tokens = np.zeros((len(lists), 7), np.int64)
        keep = np.zeros((len(lists), 7), bool)
        for k, row in enumerate(lists):
            places = sorted(data.draw(st.permutations(range(7)))[: len(row)])
            tokens[k, places], keep[k, places] = row, True
        return Rows.packed(tokens, keep)

    both = join(packed(rows), packed([row[::-1] for row in rows]))
    for k, row in enumerate(rows):
        assert both.tokens[k, : both.length[k]].tolist() == row + row[::-1]
        assert not both.tokens[k, both.length[k] :].any()


def test_words_that_are_not_of_a_task_are_named():
    with pytest.raises(DataError, match="'x' is no word"):
        Vocabulary.of("a", "b").encode("a x")
