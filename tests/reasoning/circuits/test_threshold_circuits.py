"""Circuits of threshold gates: what each gate says, how deep it stands, what kind it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.errors import DataError
from pellucid.reasoning.circuits import CircuitBuilder
from pellucid.reasoning.circuits.builder import Sum


def every(count):
    """All inputs of so many bits."""
    return (np.arange(2**count)[:, None] >> np.arange(count) & 1).astype(bool)


def weighted(*weights, constant=0):
    return Sum(np.arange(len(weights)), np.array(weights), constant)


def test_majority_and_its_kin():
    builder = CircuitBuilder(3)
    gates = builder.at_least(weighted(1, 1, 1), [1, 2, 3])
    inverse = builder.at_least(Sum(np.array([0]), np.array([-1])), [0])
    circuit = builder.build(np.concatenate([gates, inverse]))
    x = every(3)
    count = x.sum(1)
    assert (circuit(x) == np.stack([count >= 1, count >= 2, count >= 3, ~x[:, 0]], 1)).all()
    assert circuit.kinds() == {"or": 1, "threshold": 1, "and": 1, "not": 1}
    assert (circuit.depth, circuit.size, circuit.wires, circuit.unit_wires) == (1, 4, 10, 10)


def test_parity_is_a_function_of_a_sum_in_depth_two():
    for n in (2, 5, 9):
        builder = CircuitBuilder(n)
        parity = builder.number(weighted(*[1] * n), np.arange(n + 1) % 2)
        circuit = builder.build(parity.wires)
        assert (circuit(every(n))[:, 0] == every(n).sum(1) % 2).all()
        assert (circuit.depth, circuit.size) == (2, n + 1)


def test_gates_are_listed_as_they_are_evaluated():
    builder = CircuitBuilder(4)
    total = builder.product(weighted(1, 2), Sum(np.array([2, 3]), np.array([-2, 3]), 1))
    number = builder.number(total, np.arange(total.low, total.high + 1) // 2)
    circuit = builder.build(number.wires)
    values = [list(row) for row in every(4)]
    depths = [0] * 4
    for gate in circuit.gates():
        depths.append(1 + max(depths[w] for w in gate.wires))
        for row in values:
            pairs = zip(gate.wires, gate.weights, strict=True)
            row.append(sum(weight * row[w] for w, weight in pairs) >= gate.threshold)
    assert circuit.levels.tolist() == depths[4:]
    assert circuit.depth == max(depths[w] for w in circuit.outputs)
    by_hand = np.array(values)[:, circuit.outputs]
    assert (circuit(every(4)) == by_hand).all()


def test_bits_of_another_number_are_refused():
    circuit = CircuitBuilder(2).build(np.array([1]))
    assert (circuit.depth, circuit.size) == (0, 0)
    assert circuit(every(2))[:, 0].tolist() == [False, False, True, True]
    assert circuit(np.zeros((0, 2), bool)).shape == (0, 1)
    with pytest.raises(DataError, match=r"reads \(B, 2\)"):
        circuit(np.zeros((3, 4), bool))


def value(total, circuit_outputs, wires):
    """Of a sum, at what the outputs `wires` of a circuit are."""
    place = {wire: k for k, wire in enumerate(wires)}
    columns = [place[w] for w in total.wires.tolist()]
    return total.constant + circuit_outputs[:, columns].astype(int) @ total.weights


def evaluated(builder, total, inputs):
    wires = total.wires.tolist()
    return value(total, builder.build(total.wires)(inputs), wires)


small = st.integers(-6, 6)
terms = st.lists(small, min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(terms, small, st.randoms(use_true_random=False))
def test_any_function_of_any_sum(weights, constant, random):
    builder = CircuitBuilder(len(weights))
    total = Sum.total([weighted(*weights)], [1], constant)
    values = np.array([random.randint(-9, 9) for _ in range(total.low, total.high + 1)])
    x = every(len(weights))
    found = evaluated(builder, builder.number(total, values), x)
    assert (found == values[x.astype(int) @ weights + constant - total.low]).all()


@settings(max_examples=60, deadline=None)
@given(terms, small, terms, small)
def test_products(one, a, two, b):
    builder = CircuitBuilder(8)
    first = weighted(*one, constant=a)
    second = Sum(4 + np.arange(len(two)), np.array(two), b)
    x = every(8)
    found = evaluated(builder, builder.product(first, second), x)
    left = x[:, : len(one)].astype(int) @ one + a
    right = x[:, 4 : 4 + len(two)].astype(int) @ two + b
    assert (found == left * right).all()


@settings(max_examples=60, deadline=None)
@given(terms, small, st.lists(st.integers(0, 6), min_size=1, max_size=4), st.integers(1, 5))
def test_quotients_are_rounded_halves_upward(above, a, below, b):
    builder = CircuitBuilder(8)
    numerator = weighted(*above, constant=a)
    denominator = Sum.total([Sum(4 + np.arange(len(below)), np.array(below))], [1], b)
    found = evaluated(builder, builder.quotient(numerator, denominator, -40, 40), every(8))
    x = every(8).astype(int)
    top, bottom = x[:, : len(above)] @ above + a, x[:, 4 : 4 + len(below)] @ below + b
    assert (found == np.floor(top / bottom + 0.5)).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(small, small, small, small), min_size=1, max_size=4))
def test_the_largest_is_the_first_of_the_largest(rows):
    builder = CircuitBuilder(3)
    wires = builder.largest([weighted(a, b, c, constant=d) for a, b, c, d in rows])
    found = builder.build(wires)(every(3))
    table = np.array(rows)
    values = every(3).astype(int) @ table[:, :3].T + table[:, 3]
    assert (found == (values.argmax(1)[:, None] == np.arange(len(rows)))).all()
