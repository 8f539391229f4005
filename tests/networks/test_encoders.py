from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from pellucid.errors import ConfigError
from pellucid.networks import (
    ENCODERS,
    EncoderConfig,
    VectorEncoder,
    WhiteBoxLayer,
    audit,
    make_encoder,
    mlp,
)
from pellucid.networks.encoders import BLACK_BOXES
from pellucid.networks.pixels import PixelInput, VectorInput

SHAPE = (32, 32, 3)


def encoder_of(kind: str, *, seed: int = 0, width: int = 4) -> nn.Module:
    torch.manual_seed(seed)
    return make_encoder(EncoderConfig(kind=kind, width=width), SHAPE, dimension=6).eval()


def pictures(*columns: int) -> Tensor:
    """A bright square on grey, its left side at each of the columns, (B, 32, 32, 3) uint8."""
    batch = torch.full((len(columns), *SHAPE), 100, dtype=torch.uint8)
    for picture, column in zip(batch, columns, strict=True):
        picture[10:16, column : column + 6] = torch.tensor([250, 40, 10], dtype=torch.uint8)
    return batch


def test_bytes_become_numbers_from_minus_one_to_one() -> None:
    picture = torch.tensor([[[[0, 255, 51]], [[204, 102, 153]]]], dtype=torch.uint8)  # 2 x 1 pixels
    expected = torch.tensor([[[[-1.0], [0.6]], [[1.0], [-0.2]], [[-0.6], [0.2]]]])
    torch.testing.assert_close(PixelInput((2, 1, 3))(picture), expected, rtol=0, atol=1e-6)


def test_the_mean_of_the_experience_is_taken_away() -> None:
    batch = pictures(3, 9, 20)
    reader = PixelInput(SHAPE)
    reader.fit(batch)
    image = reader(batch)
    torch.testing.assert_close(image.mean(0), torch.zeros(3, 32, 32), rtol=0, atol=1e-5)
    # Only one of the three covers column 4: a third of 250 and two thirds of 100 are 150.
    assert reader.mean[12, 4, 0].item() == pytest.approx(150.0, abs=1e-3)
    assert image[0, 0, 12, 4].item() == pytest.approx(2 * 100 / 255, abs=1e-5)
    assert (image[:, :, 0, 0] == 0).all()


def test_vectors_become_standard_scores_and_constants_keep_their_unit() -> None:
    reader = VectorInput(2)
    reader.fit(torch.tensor([[1.0, 7.0], [3.0, 7.0], [5.0, 7.0]]))
    found = reader(torch.tensor([[5.0, 7.5]], dtype=torch.float64))
    torch.testing.assert_close(found, torch.tensor([[1.0, 0.5]]))


def test_bytes_are_kept_and_lie_channels_last() -> None:
    picture = pictures(5)
    kept = picture.clone()
    image = PixelInput(SHAPE)(picture)
    assert torch.equal(picture, kept)
    assert image.shape == (1, 3, 32, 32)
    assert image.is_contiguous(memory_format=torch.channels_last)


def test_floats_that_are_passed_are_not_changed_in_place() -> None:
    picture = pictures(5).float()
    kept = picture.clone()
    PixelInput(SHAPE)(picture)
    assert torch.equal(picture, kept)


@pytest.mark.parametrize("kind", sorted(ENCODERS))
class TestEveryEncoder:
    def test_gives_states_of_the_wanted_size(self, kind: str) -> None:
        assert encoder_of(kind)(pictures(3, 9, 20)).shape == (3, 6)

    def test_is_deterministic_in_its_seed_and_its_input(self, kind: str) -> None:
        encoder, same, other = encoder_of(kind), encoder_of(kind), encoder_of(kind, seed=1)
        state = encoder(pictures(3, 9))
        assert torch.equal(state, encoder(pictures(3, 9)))
        assert torch.equal(state, same(pictures(3, 9)))
        assert not torch.allclose(state, other(pictures(3, 9)))

    def test_rows_do_not_know_of_each_other(self, kind: str) -> None:
        encoder = encoder_of(kind)
        together = encoder(pictures(3, 9, 20))
        torch.testing.assert_close(together[1:2], encoder(pictures(9)), rtol=1e-4, atol=1e-5)

    def test_a_motion_of_one_pixel_changes_the_state(self, kind: str) -> None:
        one, next_to_it, far = encoder_of(kind, width=16)(pictures(8, 9, 20))
        assert (one - next_to_it).norm() > 1e-4
        assert (one - far).norm() > (one - next_to_it).norm()

    def test_every_parameter_gets_a_gradient(self, kind: str) -> None:
        encoder = encoder_of(kind).train()
        encoder(pictures(3, 9, 20)).square().sum().backward()
        for name, parameter in encoder.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name
            assert parameter.grad.any(), name

    def test_saved_weights_are_the_whole_encoder(self, kind: str) -> None:
        encoder, other = encoder_of(kind), encoder_of(kind, seed=1)
        other.load_state_dict(encoder.state_dict())
        assert torch.equal(encoder(pictures(3)), other(pictures(3)))

    def test_learns_where_the_square_is(self, kind: str) -> None:
        encoder, columns = encoder_of(kind), list(range(2, 26, 3))
        batch, target = pictures(*columns), torch.tensor(columns).float().sub(13).div(8)
        encoder.input.fit(batch)
        optimiser = torch.optim.Adam(encoder.train().parameters(), lr=3e-3)
        losses = []
        for _ in range(60):
            loss = (encoder(batch)[:, 0] - target).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        assert losses[-1] < 0.1 * losses[0], losses[::10]

    @pytest.mark.parametrize("trains", [True, False])
    def test_is_finite_and_much_the_same_in_half_precision(self, kind: str, trains: bool) -> None:
        encoder, batch = encoder_of(kind), pictures(3, 9, 20)
        encoder.input.fit(batch)
        encoder.train(trains)
        exact = encoder(batch)
        with torch.autocast("cpu", torch.bfloat16):
            state = encoder(batch)
            loss = state.float().square().sum()
        loss.backward()
        assert state.dtype == torch.bfloat16
        assert (state - exact).norm() < 0.1 * exact.norm()
        assert all(p.grad is not None and p.grad.isfinite().all() for p in encoder.parameters())

    def test_saved_weights_hold_what_was_fitted_and_followed(self, kind: str) -> None:
        encoder, other = encoder_of(kind), encoder_of(kind, seed=1)
        encoder.input.fit(pictures(3, 9, 20))
        encoder.train()(pictures(3, 9))  # norms and running statistics move
        encoder.eval()
        other.load_state_dict(encoder.state_dict())
        assert torch.equal(encoder(pictures(5, 20)), other(pictures(5, 20)))

    def test_is_a_white_box_unless_it_is_listed_as_a_black_one(self, kind: str) -> None:
        encoder = encoder_of(kind)
        layers = [m for m in encoder.modules() if isinstance(m, WhiteBoxLayer)]
        assert (not layers) == (kind in BLACK_BOXES)
        if layers:
            account = audit(encoder, pictures(3, 9, 20))
            assert len(account.layers) == len(layers)

    def test_width_is_capacity(self, kind: str) -> None:
        def weights(width: int) -> int:
            return sum(p.numel() for p in encoder_of(kind, width=width).parameters())

        assert weights(4) < weights(8) < weights(16)


def test_the_transformer_tells_equal_patches_by_their_place() -> None:
    """A patch moved by whole patches holds the same pixels; only the position differs."""
    one, other = encoder_of("vit")(pictures(9, 17))
    assert (one - other).norm() > 1e-3


def test_vectors_get_a_perceptron_whatever_the_kind() -> None:
    for kind in ENCODERS:
        encoder = make_encoder(EncoderConfig(kind=kind, width=3), (7,), dimension=5)
        assert isinstance(encoder, VectorEncoder)
        assert encoder(torch.zeros(2, 7, dtype=torch.float64)).shape == (2, 5)


def test_a_vector_encoder_is_its_perceptron() -> None:
    torch.manual_seed(0)
    encoder = VectorEncoder(3, dimension=2, width=2)
    first, _, second = encoder.layers
    x = torch.randn(4, 3)
    hidden = nn.functional.silu(second(nn.functional.silu(first(x))))
    torch.testing.assert_close(encoder(x), encoder.readout(hidden))
    assert first.out_features == 8


def test_a_perceptron_without_hidden_layers_is_linear() -> None:
    linear = mlp(3, 2, hidden=99, layers=0)
    assert [type(part) for part in linear] == [nn.Linear]
    assert [type(part) for part in mlp(3, 2, hidden=5, layers=2)] == [
        nn.Linear,
        nn.SiLU,
        nn.Linear,
        nn.SiLU,
        nn.Linear,
    ]


def test_an_unknown_encoder_gets_the_nearest() -> None:
    with pytest.raises(ConfigError, match="'sparce' is unknown: did you mean 'sparse'"):
        EncoderConfig(kind="sparce")


def test_an_encoder_has_some_width() -> None:
    with pytest.raises(ConfigError, match="width 0 must be at least 1"):
        EncoderConfig(width=0)


@pytest.mark.parametrize("shape", [(), (32, 32), (8, 32, 3), (32, 8, 3), (4, 32, 32, 3)])
def test_what_is_neither_vector_nor_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=r"vectors \(F,\) or pictures \(H, W, C\)"):
        make_encoder(EncoderConfig(), shape, dimension=4)


@pytest.mark.parametrize("kind", sorted(ENCODERS))
@pytest.mark.parametrize("shape", [(16, 16, 1), (17, 30, 3), (84, 84, 4)])
def test_pictures_of_other_sizes_can_be_encoded(kind: str, shape: tuple[int, int, int]) -> None:
    encoder = make_encoder(EncoderConfig(kind=kind, width=4), shape, dimension=3).eval()
    generator = torch.Generator().manual_seed(0)
    batch = torch.randint(256, (2, *shape), dtype=torch.uint8, generator=generator)
    assert encoder(batch).isfinite().all()
