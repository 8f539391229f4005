"""What the figures of networks show, on data with known answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pellucid.errors import DataError
from pellucid.learning.forward import ForwardTrace
from pellucid.networks.csc import SparseClassifier
from pellucid.networks.csc_explain import Unit
from pellucid.networks.image_transformer import ImageTransformer
from pellucid.networks.token_network import TokenNetworkConfig
from pellucid.networks.whitebox import Audit, LayerAudit
from pellucid.studio.figures import (
    atoms,
    attention,
    construction,
    dictionary,
    explanation,
    label_curves,
    layers,
    receptive_fields,
    scaling,
    segmentation,
    similarity,
    style,
    subspaces,
)


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


def test_layers_without_a_zero_have_no_panel_of_zeros() -> None:
    audit = Audit((row("rate", 10.0, 5.0, zeros=0.0), row("fit", 4.0, 5.0, zeros=0.5)))
    assert len(layers.draw({"white": audit}, formula="rate").axes) == 2
    assert len(layers.draw({"white": audit}, formula="fit").axes) == 3


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


def test_the_bars_add_up_where_not_all_parts_are_shown() -> None:
    figure = explanation.draw(shown_explanation(), most=1)
    for sums in (figure.axes[2], figure.axes[5]):
        shown, others, constants, logit = (bar.get_width() for bar in sums.patches)
        assert shown + others + constants == pytest.approx(logit) == pytest.approx(0.25)


def sparse_classifier() -> SparseClassifier:
    torch.manual_seed(0)
    network = SparseClassifier((1, 12, 12), 3, plan="tiny")
    network.fit(torch.randn(60, 1, 12, 12))
    return network.eval()


def test_an_explanation_of_a_network_is_shown_with_its_sums() -> None:
    network = sparse_classifier()
    told = network.explain(torch.randn(1, 12, 12), target=2, top=4)
    picture = np.zeros((12, 12), np.uint8)
    shown = explanation.shown(told, picture, ("ant", "bee", "cow"))
    assert shown.title == f"cow:\nlogit {told.value:+.2f}"
    assert [layer.name for layer in shown.layers] == ["layer 1", "layer 2", "layer 3"]
    for layer, account in zip(shown.layers, told.layers, strict=True):
        named = sum(part.contribution for part in layer.parts)
        assert named + layer.others + layer.constants == pytest.approx(told.value, abs=1e-4)
        assert layer.parts[0].contribution == account.parts[0].contribution
        np.testing.assert_array_equal(layer.parts[0].pattern, account.parts[0].pattern[0])
    unit = network.explain(torch.randn(1, 12, 12), target=Unit(1, 0, 0, 0))
    with pytest.raises(DataError, match="explains a class"):
        explanation.shown(unit, picture, ("ant", "bee", "cow"))


def trace(rate: list[float], conditional: list[float]) -> ForwardTrace:
    nothing = np.zeros(len(rate) - 1)
    return ForwardTrace(np.array(rate), np.array(conditional), nothing, nothing, nothing)


def test_a_construction_shows_both_rates_and_what_is_between_them() -> None:
    figure = construction.draw(trace([30.0, 40.0, 45.0], [20.0, 18.0, 24.0]))
    rates, saved = figure.axes
    together, apart = rates.lines
    np.testing.assert_allclose(together.get_ydata(), [30.0, 40.0, 45.0])
    np.testing.assert_allclose(apart.get_ydata(), [20.0, 18.0, 24.0])
    line, fell = saved.lines
    np.testing.assert_allclose(line.get_ydata(), [10.0, 22.0, 21.0])
    np.testing.assert_allclose(fell.get_xydata(), [[2.0, 21.0]])  # the layer that did not help
    assert saved.get_title(loc="left") == "What classes save, R - R_c: rose at 1 of 2"


def test_a_construction_that_always_rises_has_no_mark() -> None:
    _, saved = construction.draw(trace([30.0, 40.0], [20.0, 18.0])).axes
    assert len(saved.lines) == 1


def test_attention_is_shown_in_multiples_of_an_even_share() -> None:
    maps = np.full((2, 3, 2, 2), 0.25)
    maps[1, 2] = [[0.5, 0.125], [0.0, 0.25]]
    pictures = np.zeros((2, 8, 8), np.uint8)
    figure = attention.draw(
        pictures, maps, label="times an even share", even=0.25, titles=("a", "b"), most=4.0
    )
    *panels, bar = figure.axes
    assert len(panels) == 2 * (3 + 1)
    np.testing.assert_allclose(np.asarray(panels[1].get_images()[0].get_array()), 0.0)
    shown = np.asarray(panels[7].get_images()[0].get_array())
    np.testing.assert_allclose(shown[0], [1.0, -1.0])
    assert shown[1, 0] < -2  # nothing at all: below the end of the scale
    assert panels[7].get_images()[0].get_clim() == (-2.0, 2.0)
    assert bar.get_ylabel() == "times an even share"
    assert [tick.get_text() for tick in bar.get_yticklabels()] == ["0.25", "1", "4"]
    assert [panel.get_ylabel() for panel in panels[::4]] == ["a", "b"]


def plain_transformer(**parts: str) -> ImageTransformer:
    """Patches of four pixels, whose way to the token and to the mixer only takes the mean away."""
    config = TokenNetworkConfig(4, depth=1, heads=2, **parts)  # type: ignore[arg-type]
    network = ImageTransformer(config, image_size=4, patch=2, classes=2, channels=1)
    with torch.no_grad():
        network.embed[1].weight.copy_(torch.eye(4))  # type: ignore[operator, union-attr]
    return network


def test_subspaces_are_shown_as_the_patterns_that_they_read() -> None:
    network = plain_transformer()
    rows = [[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.5, -0.5], [3.0, 3.0, -3.0, -3.0], [1.0] * 4]
    with torch.no_grad():
        mixer = network.network.blocks[0].mixer
        mixer.project.weight.copy_(torch.tensor(rows))  # type: ignore[operator, union-attr]
    shown = subspaces.pixel_subspaces(network)
    assert shown.patterns.shape == (2, 2, 2, 2, 1)
    root = 0.5**0.5
    # Gains are the lengths of the rows; an even patch is nothing, for its mean is taken away.
    np.testing.assert_allclose(shown.gains, [[2 * root, root], [6.0, 0.0]], atol=1e-5)
    first, second = shown.patterns[0, ..., 0]
    np.testing.assert_allclose(np.abs(first), [[root, root], [0, 0]], atol=1e-6)
    np.testing.assert_allclose(np.abs(second), [[0, 0], [root, root]], atol=1e-6)
    strongest = shown.patterns[1, 0, ..., 0]
    np.testing.assert_allclose(strongest / strongest[0, 0], [[1, 1], [-1, -1]], atol=1e-5)


def test_another_basis_of_the_same_subspaces_shows_the_same() -> None:
    torch.manual_seed(0)
    config = TokenNetworkConfig(8, depth=1, heads=2)
    network = ImageTransformer(config, image_size=6, patch=3, classes=2, channels=3)
    before = subspaces.pixel_subspaces(network)
    weight = network.network.blocks[0].mixer.project.weight  # type: ignore[union-attr]
    turn = torch.linalg.qr(torch.randn(4, 4)).Q
    with torch.no_grad():
        weight[4:].copy_(turn @ weight[4:])  # type: ignore[index, operator]
    after = subspaces.pixel_subspaces(network)
    np.testing.assert_allclose(after.gains, before.gains, atol=1e-5)
    patterns = (found.patterns.reshape(2, 4, -1) for found in (before, after))
    cosines = np.abs(np.einsum("kmx,kmx->km", *patterns))
    np.testing.assert_allclose(cosines, 1.0, atol=1e-4)


def test_softmax_attention_has_no_subspaces_to_show() -> None:
    network = plain_transformer(mixer="softmax", feed="mlp")
    with pytest.raises(DataError, match="no subspaces"):
        subspaces.pixel_subspaces(network)
    with pytest.raises(DataError, match="no dictionary"):
        atoms.token_atoms(network)


def test_subspaces_have_a_row_each_the_stronger_side_bright() -> None:
    patterns = np.zeros((2, 3, 2, 2, 1), np.float32)
    patterns[..., 0, 0, 0], patterns[..., 1, 1, 0] = -1.0, 0.5
    gains = np.array([[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]])
    figure = subspaces.draw(subspaces.PixelSubspaces(patterns, gains), most=2)
    assert [panel.get_title() for panel in figure.axes] == [
        "gain 3.00",
        "gain 2.00",
        "gain 6.00",
        "gain 5.00",
    ]
    shown = np.asarray(figure.axes[0].get_images()[0].get_array())
    np.testing.assert_allclose(shown, [[1.0, 0.5], [0.5, 0.25]])


@pytest.mark.parametrize("feed", ["ista", "odl"])
def test_atoms_of_tokens_are_what_their_coefficients_read(feed: str) -> None:
    """Against the network itself: how a coefficient answers to each pixel, before its rectifier."""
    torch.manual_seed(0)
    config = TokenNetworkConfig(8, depth=1, heads=2, feed=feed, step=0.2, sparsity=0.0)
    network = ImageTransformer(config, image_size=2, patch=2, classes=2, channels=1).double()
    found = atoms.token_atoms(network)
    D = network.state_dict()[f"network.blocks.0.feed.{'code.' * (feed == 'odl')}dictionary"]
    assert found.shape == (D.shape[1], 1, 2, 2)
    pixels = torch.randn(5, 4, dtype=torch.float64)
    centre = torch.eye(4) - 0.25
    token = (pixels @ centre.double()) @ network.embed[1].weight.mT  # type: ignore[union-attr]
    token = token - token.mean(-1, keepdim=True)
    step = 0.2 * (token - token @ D.mT if feed == "ista" else token) @ D
    read = (token + step if feed == "ista" else step).detach()
    np.testing.assert_allclose(pixels.numpy() @ found.reshape(-1, 4).T, read, atol=1e-9)


def test_atoms_of_sparse_coding_are_what_one_of_them_draws() -> None:
    network = sparse_classifier()
    found = atoms.sparse_atoms(network)
    layer = network.layers[0]
    count, height, width = layer.shape
    assert len(found) == count
    code = torch.zeros(1, count, height, width)
    code[0, 5, height // 2, width // 2] = 1.0
    drawn = network.draw(0, code).detach().numpy()[0]
    # The square leaves nothing out, and has no empty border.
    assert found.shape[-1] < drawn.shape[-1]
    np.testing.assert_allclose(np.abs(found[5]).sum(), np.abs(drawn).sum(), rtol=1e-5)
    for border in (found[..., 0, :], found[..., -1, :], found[..., 0], found[..., -1]):
        assert np.abs(border).max() > 0


def test_patterns_stand_side_by_side_each_at_its_full_contrast() -> None:
    patterns = np.zeros((3, 1, 2, 2), np.float32)
    patterns[0, 0, 0, 0], patterns[1, 0, 1, 1] = 4.0, -0.1
    sheet = np.asarray(dictionary.draw(patterns).axes[0].get_images()[0].get_array())
    assert sheet.shape == (4, 10, 3)
    np.testing.assert_allclose(sheet[1:3, 1:3, 0], [[1.0, 0.5], [0.5, 0.5]])
    np.testing.assert_allclose(sheet[1:3, 4:6, 0], [[0.5, 0.5], [0.5, 0.0]])
    np.testing.assert_allclose(sheet[1:3, 7:9, 0], 0.5)


def test_a_mask_is_coloured_by_what_it_finds_and_what_it_misses() -> None:
    pictures = np.full((2, 2, 2), 255, np.uint8)
    truth = np.array([[[1, 1], [0, 0]]] * 2, bool)
    found = np.array([[[1, 0], [1, 0]], [[1, 1], [0, 0]]], bool)
    figure = segmentation.draw(pictures, truth, {"ours": found}, faint=0.0)
    assert len(figure.axes) == 4
    assert [panel.get_ylabel() for panel in figure.axes] == ["picture", "", "ours", ""]
    colours = [
        [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        for colour in (segmentation.FOUND, segmentation.MISSED, segmentation.BESIDE)
    ]
    shown = np.asarray(figure.axes[2].get_images()[0].get_array())
    np.testing.assert_allclose(shown, [[colours[0], colours[1]], [colours[2], [1.0, 1.0, 1.0]]])
    np.testing.assert_allclose(np.asarray(figure.axes[0].get_images()[0].get_array()), 1.0)
    shown = np.asarray(figure.axes[3].get_images()[0].get_array())
    np.testing.assert_allclose(shown, [[colours[0], colours[0]], [[1.0] * 3, [1.0] * 3]])


def test_they_can_be_rendered() -> None:
    audit = Audit((row("rate", 10.0, 5.0), row("fit", 4.0, 5.0)))
    cost = scaling.Scaling([2, 4], [1.0, 2.0], [1.0, 2.0])
    picture = np.random.default_rng(0).normal(size=(6, 3))
    figures = (
        explanation.draw(shown_explanation()),
        layers.draw({"a": audit}),
        scaling.draw({"a": cost}),
        similarity.draw({"a": picture, "b": picture}, np.arange(6) // 3),
        construction.draw(trace([30.0, 40.0, 45.0], [20.0, 18.0, 24.0])),
        attention.draw(
            np.zeros((1, 4, 4), np.uint8), np.ones((1, 2, 2, 2)), label="share", even=1.0
        ),
        subspaces.draw(subspaces.pixel_subspaces(plain_transformer())),
        dictionary.draw(atoms.token_atoms(plain_transformer())),
        segmentation.draw(
            np.zeros((1, 4, 4), np.uint8), np.ones((1, 4, 4), bool), {"a": np.ones((1, 4, 4), bool)}
        ),
    )
    for figure in figures:
        assert style.png(figure)[:4] == b"\x89PNG"


def test_receptive_fields_are_shown_from_best_to_worst_with_their_medians() -> None:
    count = 6
    fields = np.arange(count, dtype=float)[:, None, None] * np.ones((count, 5, 5)) - 2.5
    numbers = dict.fromkeys(("frequency", "cycles_across", "cycles_along"), np.full(count, 0.2))
    figure = receptive_fields.draw(
        receptive_fields.ReceptiveFields(
            fields=fields,
            fits=fields,
            r2=np.linspace(0.4, 0.9, count),
            null_r2=np.full(count, 0.1),
            orientation=np.linspace(0, 150, count),
            octaves=np.array([9.0, 1, 2, 3, np.inf, 4]),
            degrees=np.array([500.0, 10, 20, 30, 40, 50]),
            physiology_octaves=1.4,
            physiology_degrees=40,
            **numbers,
        )
    )
    pairs, _, octaves, degrees, *_ = figure.axes
    assert [text.get_text() for text in pairs.texts] == [
        "0.90",
        "0.80",
        "0.70",
        "0.60",
        "0.50",
        "0.40",
    ]
    # The worst fit and what has no bandwidth are left out of the medians.
    assert [line.get_label() for line in octaves.lines] == ["median 2.5", "V1: 1.4"]
    assert [line.get_label() for line in degrees.lines] == ["median 30", "V1: 40"]


def test_accuracies_are_drawn_with_their_intervals_where_these_are_known() -> None:
    known = label_curves.Curve([50.0, 90.0], [40.0, 85.0], [60.0, 130.0])
    alone = label_curves.Curve([30.0, 40.0], [-np.inf] * 2, [np.inf] * 2)
    (panel,) = label_curves.draw((1, 10), {"ours": known, "other": alone}).axes
    np.testing.assert_allclose([line.get_ydata() for line in panel.lines], [[50, 90], [30, 40]])
    (band,) = panel.collections
    assert band.get_paths()[0].get_extents().ymax == 100
    assert [text.get_text() for text in panel.get_legend().get_texts()] == ["ours", "other"]
