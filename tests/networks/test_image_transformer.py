from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pellucid.errors import ConfigError, DataError
from pellucid.networks.image_transformer import ImageTransformer, from_patches, patches
from pellucid.networks.token_network import TokenNetworkConfig


def images(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def transformer(seed: int = 0, *, pool: str = "mean", **options: object) -> ImageTransformer:
    torch.manual_seed(seed)
    config = TokenNetworkConfig(16, 2, 2, **options)  # type: ignore[arg-type]
    return ImageTransformer(config, image_size=(8, 12), patch=4, classes=5, pool=pool).eval()


@pytest.mark.parametrize(
    ("name", "millions"),
    [
        ("crate-tiny", 6.09),
        ("crate-small", 13.12),
        ("crate-base", 22.80),
        ("crate-large", 77.64),
        ("vit-tiny", 5.72),
        ("vit-small", 22.05),
    ],
)
def test_parameters_are_as_many_as_published(name: str, millions: float) -> None:
    """The tables of Yu et al. 2023; 1000 classes, 224 x 224 pixels, patches of 16 x 16."""
    with torch.device("meta"):
        model = ImageTransformer(name, image_size=224, patch=16, classes=1000, pool="cls")
    count = sum(parameter.numel() for parameter in model.parameters()) / 1e6
    assert count == pytest.approx(millions, rel=0.002)


def test_patches_are_rows_of_pixels_with_their_colours_together() -> None:
    image = images(0, 2, 3, 8, 12)
    rows = patches(image, 4)
    assert rows.shape == (2, 6, 48)
    for i, j, y, x, c in [(0, 0, 0, 0, 0), (1, 2, 3, 1, 2), (0, 1, 2, 0, 1)]:
        expected = image[:, c, 4 * i + y, 4 * j + x]
        assert torch.equal(rows[:, 3 * i + j, 12 * y + 3 * x + c], expected)
    assert torch.equal(from_patches(rows, 4, height=8), image)


def test_mean_pooling_reads_all_tokens_and_a_class_token_reads_one() -> None:
    image = images(1, 2, 3, 8, 12)
    model = transformer(1)
    z = model.network(model.embed(patches(image, 4)) + model.position)
    assert z.shape == (2, 6, 16)
    torch.testing.assert_close(model(image), model.head(z.mean(1)))
    model = transformer(1, pool="cls")
    z = torch.cat([model.cls.expand(2, 1, 16), model.embed(patches(image, 4))], 1) + model.position
    torch.testing.assert_close(model(image), model.head(model.network(z)[:, 0]))


@pytest.mark.parametrize("mixer", ["mssa", "tssa", "softmax"])
def test_every_parameter_gets_a_gradient(mixer: str) -> None:
    model = transformer(2, mixer=mixer, pool="mean")
    loss = torch.nn.functional.cross_entropy(model(images(2, 4, 3, 8, 12)), torch.arange(4))
    loss.backward()
    for name, parameter in model.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name
        assert (parameter.grad != 0).any(), name


@pytest.mark.parametrize("mixer", ["mssa", "softmax"])
def test_attention_maps_are_the_class_tokens_row_on_the_grid(mixer: str) -> None:
    model, image = transformer(3, mixer=mixer, pool="cls"), images(3, 2, 3, 8, 12)
    maps = model.attention_maps(image)
    assert maps.shape == (2, 2, 2, 3)
    z = model.network.blocks[0](model.tokens(image))
    weights = model.network.blocks[1].mixer.attention(z)
    for i in range(2):
        for j in range(3):
            torch.testing.assert_close(maps[..., i, j], weights[:, :, 0, 1 + 3 * i + j].detach())


def test_attention_maps_without_a_class_token_are_shares_of_all_attention() -> None:
    model, image = transformer(4), images(4, 2, 3, 8, 12)
    maps = model.attention_maps(image)
    torch.testing.assert_close(maps.sum((-2, -1)), torch.ones(2, 2))
    z = model.network.blocks[0](model.tokens(image))
    weights = model.network.blocks[1].mixer.attention(z).detach()
    torch.testing.assert_close(maps[..., 1, 2], weights[..., 5].mean(-1))


def test_maps_of_token_statistics_are_memberships() -> None:
    for pool in ("mean", "cls"):
        maps = transformer(5, mixer="tssa", pool=pool).attention_maps(images(5, 2, 3, 8, 12))
        assert maps.shape == (2, 2, 2, 3)
        torch.testing.assert_close(maps.sum(1), torch.ones(2, 2, 3))


@pytest.mark.parametrize("mixer", ["mssa", "tssa", "softmax"])
def test_it_compiles_in_one_graph(mixer: str) -> None:
    torch._dynamo.reset()
    model, image = transformer(6, mixer=mixer), images(6, 2, 3, 8, 12)
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(image), model(image))


def test_half_precision_stays_finite() -> None:
    model, image = transformer(7), 20 * images(7, 2, 3, 8, 12)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.isfinite(model(image)).all()


def test_settings_and_images_that_do_not_fit_are_refused() -> None:
    config = TokenNetworkConfig(16, 1, 2)
    with pytest.raises(ConfigError, match="5 pixels do not fill an image of 8 x 12"):
        ImageTransformer(config, image_size=(8, 12), patch=5, classes=5)
    with pytest.raises(ConfigError, match="pool is 'max'"):
        ImageTransformer(config, image_size=8, patch=4, classes=5, pool="max")
    with pytest.raises(ConfigError, match="classes 0"):
        ImageTransformer(config, image_size=8, patch=4, classes=0)
    with pytest.raises(ConfigError, match="did you mean 'crate-tiny'"):
        ImageTransformer("crate-tiiny", image_size=8, patch=4, classes=5)
    model = transformer(8)
    with pytest.raises(DataError, match=r"float images \(B, 3, 8, 12\)"):
        model(images(8, 2, 3, 8, 8))
    with pytest.raises(DataError, match="uint8"):
        model(torch.zeros(2, 3, 8, 12, dtype=torch.uint8))
