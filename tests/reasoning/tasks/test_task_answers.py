"""Each task against answers that are known, or found in yet another way."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.reasoning import Judgement
from pellucid.reasoning.tasks import (
    Arithmetic,
    EditDistance,
    Grammar,
    LinearEquations,
    LongestIncreasing,
    Membership,
    PrefixArithmetic,
)
from pellucid.reasoning.tasks.context_free import BRACKETS
from pellucid.reasoning.tasks.expressions import reductions, value
from pellucid.reasoning.tasks.modular import eliminate, solve_exactly


@pytest.mark.parametrize(
    ("text", "p", "true"),
    [
        ("3 + 4 * 2", 11, 0),
        ("( 3 + 4 ) * 2", 11, 3),
        ("1 - 2 - 3", 11, 7),
        ("1 - ( 2 - 3 )", 11, 2),
        ("8 / 2 / 2", 11, 2),
        ("8 / ( 2 / 2 )", 11, 8),
        ("5 / 3", 7, 4),  # 3 * 4 = 12 = 5
        ("2 * 3 / 4 * 5", 7, 4),  # 30 / 4 = 2 / 4 = 2 * 2
    ],
)
def test_expressions_have_the_values_of_school(text, p, true):
    assert value(text.split(), p) == true
    assert Arithmetic(p).truth(f"{text} =") == str(true)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_no_reduction_changes_the_value_and_all_lead_to_it(seed):
    task = Arithmetic(7, 5)
    problem, _ = task.example(np.random.default_rng(seed))
    words = problem.split()[:-1]
    open_, seen = [tuple(words)], set()
    while open_:
        now = open_.pop()
        if now in seen:
            continue
        seen.add(now)
        assert value(now, 7) == value(words, 7)
        further = reductions(now, 7)
        assert further or len(now) == 1 or "/" in now
        open_ += [reduction.words for reduction in further]
    assert (str(value(words, 7)),) in seen


def test_an_operation_that_is_bound_closer_goes_first():
    task = Arithmetic(11)
    for line, wrong in [
        ("3 + 4 * 2 =", "7 * 2 ="),
        ("9 - 4 + 2 =", "9 - 6 ="),
        ("8 / 2 * 2 =", "8 / 4 ="),
    ]:
        verdict = task.step(line, (wrong,))
        assert verdict.judgement is Judgement.FAILS
        assert " but " in verdict.reason
    jump = task.step("1 + 2 + 3 =", ("6",))
    assert jump.judgement is Judgement.FAILS
    assert "one operation" in jump.reason


def test_a_division_by_zero_has_no_value():
    with pytest.raises(DataError, match="division by 0"):
        Arithmetic(7).truth("3 / ( 2 - 2 ) =")


def test_expansion_is_uniform_where_the_authors_is():
    # The outermost operation of the answer 0 modulo 2: left number and sign are uniform over what
    # has a solution; 0 / 0 has none, and 1 * 0, 0 / 1, 0 * b share their weight.
    task = Arithmetic(2, 1)
    texts = [c[0] + p for p, c in task.examples(task.draw(np.random.default_rng(0), 20_000))]
    zero = [t[1:] for t in texts if t[0] == "0"]
    share = {t: zero.count(t) / len(zero) for t in set(zero)}
    # Weights: 4 for + and -, 1 for 1 * 0, 1/2 each for 0 * 0 and 0 * 1, 1/2 for 0 / 1.
    assert share["0 + 0 ="] == pytest.approx(1 / 6.5, abs=0.02)
    assert share["1 * 0 ="] == pytest.approx(1 / 6.5, abs=0.02)
    assert share["0 * 1 ="] == pytest.approx(0.5 / 6.5, abs=0.02)
    assert share["0 / 1 ="] == pytest.approx(0.5 / 6.5, abs=0.02)
    assert "0 / 0 =" not in share
    assert "1 / 1 =" not in share


def test_a_running_value_is_what_python_says():
    task = PrefixArithmetic(7, 4)
    assert task.truth("+3 *5 -2 *6 =") == str((3 * 5 - 2) * 6 % 7)
    assert task.solution("+3 *5 -2 *6 =") == ("3", "1", "6", "1")
    zeros = task.vocabulary.number("*0")
    assert not (task.batch(np.random.default_rng(0), 500).tokens == zeros).any()


def test_direct_answers_are_spread_over_all_residues():
    # A null of 1 / p needs answers that are (nearly) uniform.
    task = PrefixArithmetic(7, 12)
    direct = task.batch(np.random.default_rng(0), 7000, "direct").tokens[:, -2]
    counts = np.bincount(direct - task.vocabulary.number("0"), minlength=7)
    assert counts.min() > 800
    assert counts.max() < 1250


def test_a_system_without_exactly_one_solution_is_said_to_be_so():
    task = LinearEquations(7, 2)
    with pytest.raises(DataError, match="equation 2 contradicts those before it"):
        task.truth("1 a + 2 b = 3 , 2 a + 4 b = 5 <sep>")
    with pytest.raises(DataError, match="1 of 2 unknowns are not determined"):
        task.truth("1 a + 2 b = 3 , 2 a + 4 b = 6 <sep>")
    with pytest.raises(DataError, match="has 1 equations: write 2"):
        task.truth("1 a + 2 b = 3 <sep>")
    assert task.truth("0 a + 1 b = 3 , 2 a + 4 b = 5 <sep>") == "a = 0 , b = 3"


@given(st.integers(0, 10**6), st.sampled_from([2, 3, 7, 11]), st.integers(1, 5))
def test_elimination_and_substitution_agree_and_solve(seed, p, n):
    system = np.random.default_rng(seed).integers(p, size=(1, n, n + 1))
    history, regular = eliminate(system, p)
    rows = system[0].tolist()
    try:
        solution = solve_exactly(rows, p)
    except DataError:
        assert not regular[0]
        return
    assert regular[0]
    assert history[-1][0, :, -1].tolist() == solution
    assert ((system[0, :, :-1] @ solution - system[0, :, -1]) % p == 0).all()
    assert np.array_equal(history[-1][0, :, :-1], np.eye(n))


def test_a_column_is_done_and_the_next_one_not_begun():
    # By hand: the first equation times 3 is a + 3 b = 4; the second less that is -2 b = -2.
    task = LinearEquations(5, 2)
    problem = "2 a + 1 b = 3 , 1 a + 1 b = 2 <sep>"
    assert task.solution(problem) == ("a + 3 b = 4 , 3 b = 3 <sep>", "a = 1 , b = 1")
    assert LinearEquations(5, 2, finer=True).solution(problem) == (
        "1 a + 3 b = 4 , 1 a + 1 b = 2 <sep>",
        "a + 3 b = 4 , 3 b = 3 <sep>",
        "a + 3 b = 4 , 1 b = 1 <sep>",
        "a = 1 , b = 1",
    )


def test_a_step_that_loses_an_equation_is_noticed():
    task = LinearEquations(7, 2)
    problem = "1 a + 1 b = 3 , 1 a + 2 b = 4 <sep>"
    good = "a + 1 b = 3 , 1 b = 1 <sep>"
    assert task.step(problem, (good,)).judgement is Judgement.HOLDS
    lost = task.step(problem, ("a + 1 b = 3 , 0 b = 0 <sep>",))
    assert lost.judgement is Judgement.FAILS
    assert "something is lost" in lost.reason
    early = task.step(problem, ("a = 2 , b = 1",))
    assert early.judgement is Judgement.FAILS


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(9, 19), min_size=1, max_size=8))
def test_the_longest_increasing_subsequence_is_that_of_all_subsequences(values):
    task = LongestIncreasing(8, 20)
    best = max(
        len(some)
        for size in range(1, len(values) + 1)
        for some in itertools.combinations(values, size)
        if all(a < b for a, b in itertools.pairwise(some))
    )
    problem = " ".join([*map(str, values), "<sep>"])
    assert task.truth(problem) == str(best)
    assert task.said(task.solution(problem)[-1]) == str(best)


def test_sequences_hold_up_to_three_increasing_runs():
    task = LongestIncreasing(40, 150)
    drawn = task.draw(np.random.default_rng(0), 300)
    values = drawn.questions.tokens[:, :40] - task.vocabulary.number("0")
    assert values.min() >= 41
    assert values.max() <= 149
    longest = drawn.answers.tokens[:, 0] - task.vocabulary.number("0")
    assert longest.max() > 30  # one run through everything
    assert longest.min() < 14
    assert len(set(longest.tolist())) > 15


@pytest.mark.parametrize(
    ("one", "two", "true"),
    [
        ("a b", "b c", 4),  # delete a, insert c
        ("a b c", "a x c", 3),
        ("a", "b", 3),
        ("k i t t e n", "s i t t i n g", 8),  # two substitutions, one insertion
        ("a b c", "a b c", 0),
        ("a", "a b c d", 6),
    ],
)
def test_distances_between_words_are_known(one, two, true):
    task = EditDistance(6)
    assert task.truth(f"{one} | {two} <sep>") == str(true)
    assert task.truth(f"{two} | {one} <sep>") == str(true)


def test_with_the_published_border_it_is_no_distance():
    # A word against itself with one letter in front: one insertion costs 2, the border says 1.
    assert EditDistance(6).truth("a | b a <sep>") == "2"
    assert EditDistance(6, border=1).truth("a | b a <sep>") == "1"


def test_pairs_of_words_are_as_long_as_published_and_never_equal():
    task = EditDistance(12)
    for problem, chain in task.examples(task.draw(np.random.default_rng(1), 200)):
        one, two = (w.split() for w in problem.removesuffix("<sep>").split("|"))
        assert len(one) <= len(two)
        assert one != two
        assert 9 <= len(one) <= len(two) <= 14
        assert 12 in (len(one), len(two))
        assert len(chain) == len(one) + 1


@given(st.text(alphabet="()[]", min_size=1, max_size=9))
def test_brackets_are_what_a_stack_says(word):
    stack: list[str] = []
    good = True
    for letter in word:
        if letter in "([":
            stack.append(letter)
        elif not stack or stack.pop() + letter not in ("()", "[]"):
            good = False
            break
    good = good and not stack
    task = Membership(8)
    problem = " ".join([*word, "<sep>"])
    assert task.truth(problem) == ("yes" if good else "no")
    assert task.said(task.solution(problem)[-1]) == ("yes" if good else "no")


def test_half_of_the_words_are_in_the_language():
    task = Membership(8)
    drawn = task.draw(np.random.default_rng(0), 1000)
    yes = (drawn.answers.tokens[:, 0] == task.vocabulary.number("yes")).mean()
    assert abs(yes - 0.5) < 0.06


def test_words_are_drawn_as_often_as_they_have_derivations():
    # a a a has two derivations S -> S S, and each pair of a's one; of length 3 nothing else.
    grammar = Grammar.of("S -> S S | a | b")
    words = grammar.sample(np.random.default_rng(0), 4000, 3)
    counts = np.bincount(words @ [4, 2, 1], minlength=8) / 4000
    assert np.abs(counts - 1 / 8).max() < 0.025
    dyck = Grammar.of(BRACKETS)
    sampled = dyck.sample(np.random.default_rng(0), 50, 6)
    assert dyck.members(sampled).all()
    with pytest.raises(ValueError, match="no word of length 3"):
        dyck.sample(np.random.default_rng(0), 1, 3)
