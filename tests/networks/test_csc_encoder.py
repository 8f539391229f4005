from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.errors import DataError
from pellucid.networks.csc_encoder import CSCEncoder, WhitenedInput

SHAPE = (16, 24, 2)


def noise(count: int, *, seed: int = 0) -> Tensor:
    """Blurred noise, whose patches have unlike variances in their principal directions."""
    generator = torch.Generator().manual_seed(seed)
    rough = 255 * torch.rand(count, SHAPE[2], SHAPE[0] + 2, SHAPE[1] + 2, generator=generator)
    return F.avg_pool2d(rough, 3, stride=1).permute(0, 2, 3, 1).to(torch.uint8)


def fitted(pictures: Tensor, *, limit: int = 250) -> WhitenedInput:
    reader = WhitenedInput(SHAPE, 6, kernel=8, stride=4)
    reader.fit(pictures, limit=limit)
    return reader


def test_components_are_principal_directions_of_the_differences_from_the_mean() -> None:
    pictures = noise(60)
    components = fitted(pictures)(pictures)
    assert components.shape == (60, 6, 4, 6)
    differences = (pictures.double() - pictures.double().mean(0)) * 2 / 255
    image = differences.permute(0, 3, 1, 2)
    rows = torch.stack(
        [image[:, :, y : y + 8, x : x + 8].flatten(1) for y in (0, 4, 8) for x in (0, 4, 8, 12, 16)]
    ).flatten(0, 1)
    variances, directions = torch.linalg.eigh(rows.T @ rows / len(rows))
    scale = (variances + 1e-3 * variances.mean()).sqrt()
    # The patch whose corner is at (4, 8) stands at place (1 + 1, 2 + 1)/... of a padding of two.
    padded = F.pad(image, [2] * 4)
    patch = padded[:, :, 8:16, 12:20].flatten(1)
    expected = (patch @ directions / scale)[:, -6:].flip(1).abs()
    torch.testing.assert_close(
        components[:, :, 2, 3].abs().double(), expected, rtol=1e-3, atol=1e-3
    )


def test_nothing_but_the_mean_has_no_component() -> None:
    pictures = noise(60)
    reader = fitted(pictures)
    nothing = reader(reader.mean[None])
    assert nothing.abs().max() < 1e-4
    assert reader(pictures).abs().max() > 1


def test_components_of_what_was_seen_have_deviation_one() -> None:
    pictures = noise(200)
    deviation = fitted(pictures)(pictures)[:, :, 1:-1, 1:-1].std((0, 2, 3))
    torch.testing.assert_close(deviation, torch.ones(6), rtol=0.1, atol=0)


def test_whitening_looks_at_so_many_pictures_spread_evenly() -> None:
    pictures = noise(60)
    pictures[1::2] = 0  # never looked at by every second of 60
    mean_of_all = pictures.float().mean(0)
    reader = fitted(pictures, limit=30)
    torch.testing.assert_close(reader.mean, mean_of_all)
    twin = WhitenedInput(SHAPE, 6, kernel=8, stride=4)
    twin.mean.copy_(mean_of_all)
    twin.whitening.fit(super(WhitenedInput, twin).forward(pictures[::2]))
    assert torch.equal(reader.whitening.filters, twin.whitening.filters)


def test_pictures_that_are_all_equal_cannot_be_whitened() -> None:
    with pytest.raises(DataError, match="pictures that differ"):
        fitted(torch.full((5, *SHAPE), 9, dtype=torch.uint8))


def test_nothing_is_learned_before_the_first_code() -> None:
    assert not list(CSCEncoder(SHAPE, dimension=3, width=4).input.parameters())


def test_a_state_is_linear_in_the_standardised_codes() -> None:
    torch.manual_seed(0)
    encoder, pictures = CSCEncoder(SHAPE, dimension=3, width=4), noise(40)
    encoder.input.fit(pictures)
    for _ in range(300):  # the running statistics settle
        encoder(pictures)
    encoder.eval()
    codes = encoder.codes(pictures)
    assert [tuple(code.shape[1:]) for code in codes] == [(8, 2, 3), (8, 1, 1)]
    assert all((code >= 0).all() for code in codes)
    assert all((code == 0).any() for code in codes)
    norm = encoder.norms[-1]
    standard = (codes[-1] - norm.running_mean[:, None, None]) / (
        norm.running_var[:, None, None] + norm.eps
    ).sqrt()
    expected = standard.flatten(1) @ encoder.readout.weight.T + encoder.readout.bias
    torch.testing.assert_close(encoder(pictures), expected, rtol=1e-4, atol=1e-4)


def test_codes_descend_the_energy_of_their_layer() -> None:
    torch.manual_seed(0)
    encoder, pictures = CSCEncoder(SHAPE, dimension=3, width=4), noise(20)
    encoder.input.fit(pictures)
    encoder.eval()
    x = encoder.input(pictures)
    layer = encoder.layers[0]
    assert (layer.objective(layer(x), x) < layer.objective(layer.initial(x), x)).all()


def test_a_picture_of_one_colour_has_fewer_components_than_asked_for() -> None:
    encoder = CSCEncoder((16, 16, 1), dimension=3, width=100)
    assert encoder.input.whitening.shape == (64, 4, 4)
