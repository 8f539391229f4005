"""What the figures of networks show, on data with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.networks.whitebox import Audit, LayerAudit
from pellucid.studio.figures import explanation, layers, scaling, similarity, style


def row(formula: str, before: float, after: float, *, zeros: float = 0.5) -> LayerAudit:
    return LayerAudit("x", formula, "nats", before, after, 1.0, 7.0, zeros, None)


def test_change_is_relative_to_the_start_and_rising_is_above_zero() -> None:
    audit = Audit((row("rate", 10.0, 5.0), row("fit", 4.0, 5.0), row("rate", 0.0, -2.0)))
    figure = layers.draw({"white": audit})
    change, rate, zeros = figure.axes
    np.testing.assert_allclose(change.lines[0].get_ydata(), [-50.0, 20.0, -100.0])
    np.testing.assert_allclose(rate.lines[0].get_ydata(), [7.0] * 3)
    np.testing.assert_allclose(zeros.lines[0].get_ydata(), [50.0] * 3)


def test_one_kind_of_layer_can_be_shown_alone() -> None:
    audit = Audit((row("rate", 10.0, 5.0), row("fit", 4.0, 5.0)))
    figure = layers.draw({"white": audit, "other": audit}, formula="fi")
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), [20.0])
    np.testing.assert_allclose(figure.axes[0].lines[1].get_ydata(), [20.0])
    colours = {line.get_color() for line in figure.axes[1].lines}
    assert len(colours) == 2


def test_the_exponent_of_a_power_is_found() -> None:
    lengths = [256, 1024, 4096]
    assert scaling.exponent(lengths, [3 * n**1.7 for n in lengths]) == pytest.approx(1.7)
    cost = scaling.Scaling(lengths, [n / 1e6 for n in lengths], [n**2 / 1e6 for n in lengths])
    figure = scaling.draw({"ours": cost})
    texts = [t.get_text() for t in figure.axes[0].get_legend().get_texts()]
    assert texts == ["ours: length^1.00"]
    texts = [t.get_text() for t in figure.axes[1].get_legend().get_texts()]
    assert texts == ["ours: length^2.00"]


def test_orthogonal_classes_are_blocks() -> None:
    labels = np.array([1, 0, 1, 0])
    rows = np.array([[0.0, 2.0], [1.0, 0.0], [0.0, -1.0], [3.0, 0.0]])
    figure = similarity.draw({"after": rows}, labels)
    shown = np.asarray(figure.axes[0].get_images()[0].get_array())
    np.testing.assert_allclose(shown, np.kron(np.eye(2), np.ones((2, 2))))
    assert figure.axes[0].get_title(loc="left") == "after: 1.00 within, 0.00 between"


def shown_explanation() -> explanation.ShownExplanation:
    part = explanation.ShownPart(np.array([[1.0, -2.0], [0.0, 0.5]]), 0.75)
    against = explanation.ShownPart(np.zeros((2, 2)), -0.25)
    last = explanation.ShownLayer("layer 2", (part,), others=0.5, constants=-1.0)
    first = explanation.ShownLayer("layer 1", (part, against), others=-0.75, constants=0.5)
    return explanation.ShownExplanation(
        np.zeros((2, 2), np.uint8), "cat +0.25", 0.25, (first, last)
    )


def test_an_explanation_has_a_row_for_each_layer_the_last_first() -> None:
    figure = explanation.draw(shown_explanation(), most=3)
    rows = [figure.axes[:5], figure.axes[5:]]
    assert [row[1].get_ylabel() for row in rows] == ["layer 2", "layer 1"]
    assert rows[0][1].get_title() == "+0.75"
    assert [panel.get_title() for panel in rows[1][1:4]] == ["+0.75", "-0.25", ""]
    # Grey is zero, and the largest entry has the full contrast.
    shown = np.asarray(rows[0][1].get_images()[0].get_array())
    np.testing.assert_allclose(shown, [[0.75, 0.0], [0.5, 0.625]])


def test_the_bars_of_an_explanation_add_up_to_the_logit() -> None:
    figure = explanation.draw(shown_explanation(), most=3)
    for sums in (figure.axes[4], figure.axes[9]):
        shown, others, constants, logit = (bar.get_width() for bar in sums.patches)
        assert shown + others + constants == pytest.approx(logit) == pytest.approx(0.25)


def test_they_can_be_rendered() -> None:
    audit = Audit((row("rate", 10.0, 5.0), row("fit", 4.0, 5.0)))
    cost = scaling.Scaling([2, 4], [1.0, 2.0], [1.0, 2.0])
    picture = np.random.default_rng(0).normal(size=(6, 3))
    figures = (
        explanation.draw(shown_explanation()),
        layers.draw({"a": audit}),
        scaling.draw({"a": cost}),
        similarity.draw({"a": picture, "b": picture}, np.arange(6) // 3),
    )
    for figure in figures:
        assert style.png(figure)[:4] == b"\x89PNG"
