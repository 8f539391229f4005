from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pellucid.networks.ista import ISTALayer, OvercompleteBlock
from pellucid.networks.mssa import MSSALayer
from pellucid.networks.softmax_attention import SoftmaxAttention
from pellucid.networks.token_encoder import KINDS, TokenEncoder
from pellucid.networks.token_network import MLPLayer
from pellucid.networks.tssa import TSSALayer

SHAPE = (16, 24, 3)


def encoder_of(kind: str, *, width: int = 4, shape: tuple[int, int, int] = SHAPE) -> TokenEncoder:
    torch.manual_seed(0)
    return TokenEncoder(shape, dimension=5, width=width, kind=kind).eval()


def noise(count: int = 2, shape: tuple[int, int, int] = SHAPE) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (count, *shape), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize(
    ("kind", "mixer", "feed"),
    [
        ("crate", MSSALayer, ISTALayer),
        ("crate-alpha", MSSALayer, OvercompleteBlock),
        ("tost", TSSALayer, ISTALayer),
        ("vit", SoftmaxAttention, MLPLayer),
    ],
)
def test_a_name_says_how_tokens_are_compressed_and_sparsified(
    kind: str, mixer: type, feed: type
) -> None:
    blocks = encoder_of(kind).blocks
    assert len(blocks) == 3
    assert {(type(block.mixer), type(block.feed)) for block in blocks} == {(mixer, feed)}


def test_a_token_is_a_map_of_its_patch_and_its_place() -> None:
    encoder, pictures = encoder_of("crate"), noise()
    image = (pictures.float() - 127.5) / 127.5
    tokens = encoder.tokens(pictures)
    assert tokens.shape == (2, 6, 16)
    for row in range(2):
        for column in range(3):
            patch = image[:, 8 * row : 8 * row + 8, 8 * column : 8 * column + 8].flatten(1)
            place = 3 * row + column
            expected = encoder.embed(patch) + encoder.position[:, place]
            torch.testing.assert_close(tokens[:, place], expected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_is_linear_in_the_tokens_after_the_last_block(kind: str) -> None:
    """No layer norm closes the encoder: one of states would fix their length."""
    encoder, pictures = encoder_of(kind), noise()
    z = encoder.tokens(pictures)
    for block in encoder.blocks:
        z = block.feed(block.mixer(z))
    torch.testing.assert_close(
        encoder(pictures), z.flatten(1) @ encoder.readout.weight.T + encoder.readout.bias
    )


def test_sides_that_are_no_multiple_of_a_patch_are_filled_with_the_mean_picture() -> None:
    cut, whole = encoder_of("tost", shape=(10, 24, 3)), encoder_of("tost")
    whole.load_state_dict(
        {k: v for k, v in cut.state_dict().items() if k != "input.mean"}, strict=False
    )
    pictures = noise()
    pictures[:, 10:] = 127
    whole.input.mean[10:] = 127
    torch.testing.assert_close(cut(pictures[:, :10]), whole(pictures))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [1, 3, 5])
def test_heads_divide_the_tokens_whatever_the_width(kind: str, width: int) -> None:
    encoder = encoder_of(kind, width=width)
    assert encoder.config.dimension % encoder.config.heads == 0
    assert encoder.config.dimension >= KINDS[kind].features * width
    assert encoder(noise()).isfinite().all()


def test_the_blocks_of_all_kinds_are_of_about_one_size() -> None:
    sizes = {
        kind: sum(p.numel() for p in encoder_of(kind, width=24).blocks.parameters())
        for kind in KINDS
    }
    assert max(sizes.values()) < 1.25 * min(sizes.values()), sizes
