from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from pellucid.errors import ConfigError
from pellucid.networks import tssa
from pellucid.networks.tssa import TSSALayer, running_sum
from pellucid.networks.whitebox import audit


def tokens(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def layer_of(seed: int, dimension: int = 8, **options: object) -> TSSALayer:
    torch.manual_seed(seed)
    layer = TSSALayer(dimension, **{"heads": 2, **options}).double()  # type: ignore[arg-type]
    with torch.no_grad():
        layer.temperature.uniform_(0.5, 2.0)
    return layer


def heads_of(layer: TSSALayer, z: Tensor) -> list[Tensor]:
    """w_k = U_k'n of one sample (N, D), for each head: (N, P)."""
    return [layer.norm(z) @ U for U in layer.subspaces()]


def written_out(layer: TSSALayer, z: Tensor) -> Tensor:
    """The bidirectional definition of one sample (N, D), in the steps of the paper."""
    w = heads_of(layer, z)
    scores = [
        t * (v / v.norm(dim=0)).square().sum(1) for v, t in zip(w, layer.temperature, strict=True)
    ]
    pi = torch.stack(scores).softmax(0)
    heads = []
    for k, v in enumerate(w):
        second_moment = (pi[k][:, None] * v.square()).sum(0) / pi[k].sum()
        heads.append(-pi[k][:, None] * v / (1 + second_moment))
    return z + layer.output(torch.cat(heads, 1))


def causal_written_out(layer: TSSALayer, z: Tensor) -> Tensor:
    """The causal definition of one sample (N, D): each token from its own prefix alone."""
    w, moved, kept = heads_of(layer, z), [], []
    for t in range(len(z)):
        scores = []
        for k, v in enumerate(w):
            share = v[t].square() / v[: t + 1].square().sum(0)
            if layer.denominator_bias is not None:
                share = share + layer.denominator_bias[k, t]
            scores.append(layer.temperature[k] * share.sum())
        kept.append(torch.stack(scores).softmax(0))
        heads = []
        for k, v in enumerate(w):
            pi = torch.stack([p[k] for p in kept])
            second_moment = (pi[:, None] * v[: t + 1].square()).sum(0) / pi.sum()
            heads.append(-pi[t] * v[t] / (1 + second_moment))
        moved.append(z[t] + layer.output(torch.cat(heads)))
    return torch.stack(moved)


def streamed(layer: TSSALayer, z: Tensor) -> Tensor:
    state, moved = layer.begin(len(z)), []
    for token in z.unbind(1):
        after, state = layer.step(token, state)
        moved.append(after)
    return torch.stack(moved, 1)


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_the_step_is_the_published_formula(heads: int) -> None:
    layer, z = layer_of(0, heads=heads), tokens(0, 3, 7, 8)
    expected = torch.stack([written_out(layer, sample) for sample in z])
    torch.testing.assert_close(layer(z), expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("count", [1, 2, 33, 100])
def test_the_causal_form_is_its_definition_on_each_prefix(count: int) -> None:
    layer, z = layer_of(1, causal=True), tokens(1, 2, count, 8)
    expected = torch.stack([causal_written_out(layer, sample) for sample in z])
    torch.testing.assert_close(layer(z), expected, rtol=0, atol=1e-6)


def test_the_last_token_of_a_prefix_belongs_where_the_bidirectional_form_says() -> None:
    causal, whole = layer_of(2, causal=True), layer_of(2)
    z = tokens(2, 2, 12, 8)
    found = causal.memberships(z)
    for t in range(12):
        expected = whole.memberships(z[:, : t + 1])[..., -1]
        torch.testing.assert_close(found[..., t], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("bias", [0, 150])
def test_streamed_token_by_token_it_is_the_causal_layer(bias: int) -> None:
    layer, z = layer_of(3, causal=True, denominator_bias=bias), tokens(3, 2, 130, 8)
    if layer.denominator_bias is not None:
        with torch.no_grad():
            layer.denominator_bias.normal_()
        expected = causal_written_out(layer, z[0])
        torch.testing.assert_close(layer(z)[0], expected, rtol=0, atol=1e-6)
    torch.testing.assert_close(streamed(layer, z), layer(z))


def test_in_single_precision_a_long_stream_stays_with_the_layer() -> None:
    layer, z = layer_of(4, causal=True).float(), tokens(4, 1, 1500, 8).float()
    with torch.no_grad():
        torch.testing.assert_close(streamed(layer, z), layer(z), rtol=0, atol=1e-5)


def test_the_memory_of_a_stream_does_not_grow() -> None:
    layer = layer_of(5, causal=True)
    state, sizes = layer.begin(3), []
    for token in tokens(5, 3, 40, 8).unbind(1):
        _, state = layer.step(token, state)
        sizes.append([part.shape for part in state[:3]])
    assert sizes[0] == sizes[-1] == [(3, 8), (3, 8), (3, 2)]
    assert state.tokens == 40


def test_a_later_token_changes_no_earlier_one() -> None:
    layer, z = layer_of(6, causal=True), tokens(6, 2, 140, 8)
    changed = z.clone()
    changed[:, 50:] *= -3.0
    torch.testing.assert_close(layer(changed)[:, :50], layer(z)[:, :50], rtol=0, atol=1e-12)
    assert (layer(changed)[:, 50:] - layer(z)[:, 50:]).abs().max() > 1e-3


@pytest.mark.parametrize("causal", [False, True])
def test_worked_on_in_pieces_it_is_the_same_layer(
    monkeypatch: pytest.MonkeyPatch, causal: bool
) -> None:
    layer, z = layer_of(21, causal=causal), tokens(21, 2, 47, 8).requires_grad_()
    found = []
    for piece in (1000, 10):
        monkeypatch.setattr(tssa, "PIECE", piece)
        moved = layer(z)
        (gradient,) = torch.autograd.grad(moved.square().sum(), z)
        found.append((moved, gradient))
        assert len(tssa._pieces(z)) == (1 if piece == 1000 else 5)
    torch.testing.assert_close(found[1], found[0])


def test_without_positions_the_order_of_tokens_is_nothing_to_it() -> None:
    layer, z = layer_of(7), tokens(7, 2, 9, 8)
    order = torch.randperm(9, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(layer(z[:, order]), layer(z)[:, order])


class LargestTensor(TorchDispatchMode):
    """The bytes of the largest memory that any operation returns."""

    largest = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        result = function(*args, **(kwargs or {}))
        if isinstance(result, Tensor):
            self.largest = max(self.largest, result.untyped_storage().nbytes())
        return result


@pytest.mark.parametrize("causal", [False, True])
def test_no_tensor_grows_faster_than_the_tokens(causal: bool) -> None:
    layer = layer_of(8, causal=causal)
    for count in (256, 2048):
        z = tokens(8, 1, count, 8).requires_grad_()
        with LargestTensor() as seen:
            layer(z).sum().backward()
        assert seen.largest <= 8 * count * 8  # N tokens of 8 features of 8 bytes


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(1, 4),
    st.integers(2, 12),
    st.floats(0.01, 1.0),
    st.floats(0.1, 10.0),
)
def test_under_its_condition_the_tied_step_descends(
    seed: int, heads: int, count: int, share: float, scale: float
) -> None:
    """For any U, orthogonal or not, and step up to 2 / ||U||^2."""
    layer = layer_of(seed, 3 * heads, heads=heads, output="tied", norm=False)
    with torch.no_grad():
        layer.project.weight.add_(0.7 * tokens(seed, 3 * heads, 3 * heads))
    norm = torch.linalg.matrix_norm(layer.project.weight.detach(), 2).item()
    layer.step_size = share * 2 / norm**2
    z = scale * tokens(seed + 1, 2, count, 3 * heads)
    before, after = layer.objective(z, z), layer.objective(layer(z), z)
    assert (after <= before * (1 + 1e-10)).all()


def test_the_tied_step_follows_the_gradient_of_its_objective() -> None:
    """With the memberships held: z - N step dR/dz."""
    layer = layer_of(9, output="tied", norm=False, step_size=0.3)
    x = tokens(9, 2, 6, 8)
    z = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(layer.objective(z, x).sum(), z)
    torch.testing.assert_close(layer(x), x - 0.3 * 6 * gradient)


def test_the_condition_is_needed() -> None:
    layer, z = layer_of(10, output="tied", norm=False, step_size=40.0), tokens(10, 4, 6, 8)
    assert (layer.objective(layer(z), z) > layer.objective(z, z)).all()


def test_the_objective_is_the_variational_rate() -> None:
    """1/2 sum_k N_k/N sum_i log(1 + sum_n Pi_nk w_nki^2 / N_k)."""
    layer, z, x = layer_of(11), tokens(11, 2, 5, 8), tokens(12, 2, 5, 8)
    for b in range(2):
        expected = torch.zeros((), dtype=torch.float64)
        for k, w in enumerate(heads_of(layer, z[b])):
            pi = layer.memberships(x)[b, k]
            moments = (pi[:, None] * w.square()).sum(0) / pi.sum()
            expected = expected + 0.5 * pi.sum() / 5 * moments.log1p().sum()
        torch.testing.assert_close(layer.objective(z, x)[b], expected)


def test_the_audit_knows_the_layer() -> None:
    layer, z = layer_of(13, output="tied", norm=False), tokens(13, 3, 6, 8)
    (row,) = audit(layer, z).layers
    assert (row.unit, row.descended) == ("nats", 1.0)
    assert row.after < row.before
    assert row.coherence == pytest.approx(0.0, abs=1e-6)


def test_memberships_are_shares_and_tell_planted_groups_apart() -> None:
    """Tokens of two orthogonal planes, and heads that read one plane each."""
    layer = layer_of(14, 4, norm=False)
    with torch.no_grad():
        layer.project.weight.copy_(torch.eye(4))
        layer.temperature.fill_(100.0)
    z = torch.zeros(1, 10, 4, dtype=torch.float64)
    z[:, :5, :2], z[:, 5:, 2:] = 1 + tokens(14, 5, 2).abs(), 1 + tokens(15, 5, 2).abs()
    pi = layer.memberships(z)[0]
    torch.testing.assert_close(pi.sum(0), torch.ones(10).double())
    assert (pi[0, :5] > 0.95).all()
    assert (pi[1, 5:] > 0.95).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 200), st.floats(0, 2))
def test_running_sums_are_cumulative_sums(seed: int, count: int, start: float) -> None:
    x = tokens(seed, 2, count, 3)
    first = start * tokens(seed + 1, 2, 3)
    expected = x.cumsum(1) + first[:, None]
    torch.testing.assert_close(running_sum(x, start=first), expected)


def test_a_steep_gradient_leaves_those_after_it_alone() -> None:
    """A first token near zero sends back gradients beside which others are below rounding."""
    x = tokens(22, 1, 100, 3).float().requires_grad_()
    steep = torch.ones(1, 100, 3)
    steep[:, 0] = 3e9
    running_sum(x, start=torch.zeros(1, 3)).backward(steep)
    assert x.grad is not None
    assert x.grad[0, 0, 0].item() == pytest.approx(3e9)
    assert x.grad[0, 1:, 0].tolist() == list(range(99, 0, -1))


@pytest.mark.parametrize("small", [1e-3, 1e-5, 1e-6])
def test_a_first_token_near_zero_has_the_gradient_of_the_definition(small: float) -> None:
    """Its share is 1 whatever it is, so that nothing comes back through that."""
    layer, z = layer_of(23, causal=True, norm=False), tokens(23, 1, 5, 8)
    with torch.no_grad():
        layer.project.weight.copy_(torch.eye(8))
        z[0, 0, 2] = small
    found = z.clone().requires_grad_()
    layer(found).square().sum().backward()
    expected = z.clone().requires_grad_()
    causal_written_out(layer, expected[0]).square().sum().backward()
    torch.testing.assert_close(found.grad, expected.grad, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("causal", [False, True])
def test_half_precision_sums_do_not_stall(causal: bool) -> None:
    """A running sum kept in bfloat16 stops growing after a few hundred equal terms."""
    exact, z = layer_of(16, causal=causal), 1 + 0.1 * tokens(16, 1, 4000, 8)
    half = layer_of(16, causal=causal).bfloat16()
    with torch.no_grad():
        moved = (half(z.bfloat16()).double() - z)[:, -100:]
        expected = (exact(z) - z)[:, -100:]
    assert (moved - expected).abs().max() < 0.03 * expected.abs().max()


def test_autocast_leaves_the_statistics_alone() -> None:
    layer, z = layer_of(17, causal=True).float(), tokens(17, 1, 600, 8).float()
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.no_grad():
        pi = layer.memberships(z)
    assert pi.dtype == torch.float32
    torch.testing.assert_close(pi, layer.memberships(z).detach(), rtol=0, atol=0.01)


@pytest.mark.parametrize("causal", [False, True])
def test_gradients_are_right(causal: bool) -> None:
    layer, z = layer_of(18, 4, causal=causal), tokens(18, 1, 5, 4)
    names = ["project.weight", "temperature", "output.weight"]

    def loss(z: Tensor, *values: Tensor) -> Tensor:
        return torch.func.functional_call(layer, dict(zip(names, values, strict=True)), (z,))

    values = [dict(layer.named_parameters())[name].detach().requires_grad_() for name in names]
    assert torch.autograd.gradcheck(loss, [z.requires_grad_(), *values])


@pytest.mark.parametrize("causal", [False, True])
def test_silent_features_and_single_tokens_give_no_nan(causal: bool) -> None:
    layer = layer_of(19, causal=causal, norm=False)
    for z in (torch.zeros(2, 5, 8), 1e-30 * torch.ones(2, 5, 8), tokens(19, 2, 1, 8)):
        x = z.double().requires_grad_()
        layer(x).sum().backward()
        assert torch.isfinite(x.grad).all()


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ConfigError, match="do not divide"):
        TSSALayer(8, heads=3)
    with pytest.raises(ConfigError, match="'free' or 'tied'"):
        TSSALayer(8, heads=2, output="none")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="causal"):
        TSSALayer(8, heads=2, denominator_bias=5)
    layer = layer_of(20, causal=True, denominator_bias=5)
    with pytest.raises(ConfigError, match=r"6 tokens.*at most 5"):
        layer(tokens(20, 1, 6, 8))
    assert math.isfinite(layer(tokens(20, 1, 5, 8)).sum().item())
