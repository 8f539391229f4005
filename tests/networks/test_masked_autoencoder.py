from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from pellucid.errors import ConfigError, DataError
from pellucid.networks.image_transformer import patches
from pellucid.networks.masked_autoencoder import (
    CrateDecoderBlock,
    MaskedAutoencoder,
    sine_positions,
)
from pellucid.networks.token_network import TokenBlock, TokenNetworkConfig
from pellucid.networks.whitebox import audit


def images(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def autoencoder(seed: int = 0, **options: object) -> MaskedAutoencoder:
    torch.manual_seed(seed)
    config = TokenNetworkConfig(16, 2, 2, **options)  # type: ignore[arg-type]
    return MaskedAutoencoder(config, image_size=(8, 12), patch=4).eval()


def mask_of(
    model: MaskedAutoencoder, batch: int = 2, *, seed: int = 0, ratio: float = 0.5
) -> Tensor:
    return model.random_mask(batch, generator=torch.Generator().manual_seed(seed), ratio=ratio)


@pytest.mark.parametrize(("name", "millions"), [("crate-small", 25.4), ("crate-base", 44.6)])
def test_parameters_are_as_many_as_published(name: str, millions: float) -> None:
    """Pai et al. 2024 count a map to the decoder that nothing uses, and two tables of places."""
    with torch.device("meta"):
        model = MaskedAutoencoder(name, image_size=224, patch=16)
    dimension = model.predict.in_features
    unused = dimension * dimension + dimension + 2 * 197 * dimension
    count = sum(parameter.numel() for parameter in model.parameters()) + unused
    assert count / 1e6 == pytest.approx(millions, rel=0.005)
    assert model.encoder.config.sparsity == 0.5


def test_the_decoder_block_is_the_published_formula() -> None:
    """z = A LN(z), then z - MSSA(LN z)."""
    torch.manual_seed(0)
    block, z = CrateDecoderBlock(8, heads=2), images(0, 2, 5, 8)
    half = torch.nn.functional.layer_norm(z, (8,)) @ block.dictionary.weight.T
    n = torch.nn.functional.layer_norm(half, (8,))
    w = n @ block.mixer.project.weight.T
    heads = [(v @ v.mT / 2).softmax(-1) @ v for v in (w[..., :4], w[..., 4:])]
    expected = half - block.mixer.output(torch.cat(heads, -1))
    torch.testing.assert_close(block(z), expected)
    assert audit(block, z).layers[0].formula.startswith("-R_c")


def test_places_are_the_published_waves() -> None:
    places = sine_positions((2, 3), 8)[0]
    assert places.shape == (7, 8)
    assert (places[0] == 0).all()
    row, column = 1, 2
    expected = [
        wave(place / 10000 ** (i / 2))
        for place in (column, row)
        for wave in (math.sin, math.cos)
        for i in range(2)
    ]
    torch.testing.assert_close(places[1 + 3 * row + column], torch.tensor(expected))


def test_masks_hide_the_asked_share_and_follow_the_generator() -> None:
    model = autoencoder(1)
    mask = mask_of(model, 200, ratio=0.5)
    assert mask.shape == (200, 6)
    assert (mask.sum(1) == 3).all()
    assert (mask.float().mean(0) - 0.5).abs().max() < 0.15
    assert torch.equal(mask, mask_of(model, 200, ratio=0.5))
    assert not torch.equal(mask, mask_of(model, 200, seed=1, ratio=0.5))
    with pytest.raises(ConfigError, match="mask ratio 0"):
        mask_of(model, ratio=0.0)


def test_hidden_pixels_do_not_leak() -> None:
    model, image = autoencoder(2), images(2, 2, 3, 8, 12)
    mask = mask_of(model)
    rows = patches(image, 4)
    other = torch.where(mask[..., None], rows + 5.0, rows)
    grid = other.reshape(2, 2, 3, 4, 4, 3).permute(0, 5, 1, 3, 2, 4).reshape(2, 3, 8, 12)
    assert torch.equal(model(grid, mask), model(image, mask))
    assert not torch.allclose(model(grid), model(image))


def test_the_loss_looks_at_hidden_patches_alone() -> None:
    model, image = autoencoder(3), images(3, 2, 3, 8, 12)
    mask = mask_of(model)
    error = (model(image, mask) - patches(image, 4)).square()
    torch.testing.assert_close(model.loss(image, mask), error[mask].mean())
    whole = model.complete(image, mask)
    found = patches(whole, 4)
    assert torch.equal(found[~mask], patches(image, 4)[~mask])
    torch.testing.assert_close(found[mask], model(image, mask)[mask])


def test_masked_tokens_enter_the_encoder() -> None:
    model, image = autoencoder(4), images(4, 2, 3, 8, 12)
    mask = torch.zeros(2, 6, dtype=torch.bool)
    mask[:, 4] = True
    z = model.embed(patches(image, 4)).clone()
    z[:, 4] = model.mask_token[0, 0]
    z = torch.cat([model.cls.expand(2, 1, 16), z], 1) + model.position
    torch.testing.assert_close(model.encode(image, mask), model.encoder(z))


@pytest.mark.parametrize(
    ("mixer", "feed", "block"),
    [("mssa", "ista", CrateDecoderBlock), ("softmax", "mlp", TokenBlock)],
)
def test_every_parameter_gets_a_gradient(mixer: str, feed: str, block: type) -> None:
    model, image = autoencoder(5, mixer=mixer, feed=feed), images(5, 2, 3, 8, 12)
    assert isinstance(model.decoder[0], block)
    assert len(model.decoder) == 3
    model.loss(image, mask_of(model)).backward()
    for name, parameter in model.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name
        assert (parameter.grad != 0).any(), name


def test_it_compiles_and_stays_finite_in_half_precision() -> None:
    torch._dynamo.reset()
    model, image = autoencoder(6), images(6, 2, 3, 8, 12)
    mask = mask_of(model)
    compiled = torch.compile(model.loss, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(image, mask), model.loss(image, mask))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.isfinite(model.loss(image, mask))


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ConfigError, match="multiple of 4"):
        MaskedAutoencoder(TokenNetworkConfig(6, 1, 2), image_size=8, patch=4)
    with pytest.raises(DataError, match="float images"):
        autoencoder(7)(images(7, 2, 3, 8, 8))
