from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from pellucid.errors import ConfigError
from pellucid.networks.attend import attention_weights
from pellucid.networks.mssa import MSSALayer
from pellucid.networks.whitebox import audit


def tokens(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def layer_of(seed: int, dimension: int = 8, **options: object) -> MSSALayer:
    torch.manual_seed(seed)
    return MSSALayer(dimension, **{"heads": 2, **options}).double()  # type: ignore[arg-type]


def rate_written_out(z: Tensor, bases: Tensor, epsilon: float) -> Tensor:
    """sum_k 1/2 logdet(I_N + P / (N eps^2) V'V), by eigenvalues of the other Gram matrix."""
    rates = []
    for sample in z:
        total = torch.zeros((), dtype=z.dtype)
        for U in bases:
            V = U.T @ sample.T  # (P, N)
            N, P = V.shape[1], V.shape[0]
            values = torch.linalg.eigvalsh(V.T @ V).clamp_min(0)
            total = total + 0.5 * torch.log1p(P / (N * epsilon**2) * values).sum()
        rates.append(total)
    return torch.stack(rates)


@pytest.mark.parametrize("causal", [False, True])
def test_the_step_is_the_published_formula(causal: bool) -> None:
    """z + W [V_k softmax(V_k'V_k / sqrt(P))] + b, head by head and token by token."""
    layer, z = layer_of(0, causal=causal), tokens(1, 1, 5, 8)
    n = layer.norm(z)[0].detach()
    expected = torch.empty(5, 8, dtype=torch.float64)
    for t in range(5):
        heads = []
        for U in layer.subspaces().detach():
            V = n @ U
            seen = range(t + 1) if causal else range(5)
            weights = torch.stack([V[t] @ V[s] / math.sqrt(4) for s in seen]).exp()
            weights = weights / weights.sum()
            heads.append(sum(w * V[s] for w, s in zip(weights, seen, strict=True)))
        expected[t] = z[0, t] + layer.output(torch.cat(heads)).detach()
    torch.testing.assert_close(layer(z)[0].detach(), expected)


def test_it_is_attention_whose_three_projections_are_one() -> None:
    layer, z = layer_of(2, norm=False), tokens(2, 3, 6, 8)
    attention = torch.nn.MultiheadAttention(8, 2, batch_first=True).double()
    with torch.no_grad():
        attention.in_proj_weight.copy_(layer.project.weight.repeat(3, 1))
        attention.in_proj_bias.zero_()
        attention.out_proj.load_state_dict(layer.output.state_dict())
    expected, weights = attention(z, z, z, average_attn_weights=False)
    torch.testing.assert_close(layer(z), z + expected)
    torch.testing.assert_close(layer.attention(z), weights)


def test_the_tied_step_is_the_derived_formula() -> None:
    """(1 - kappa c) Z + kappa c MSSA(Z), MSSA = c sum_k U_k V_k A_k, c = P / (N eps^2)."""
    layer = layer_of(3, output="tied", norm=False, kappa=0.7, epsilon=0.9)
    z = tokens(3, 2, 6, 8)
    c = 4 / (6 * 0.9**2)
    mssa = torch.zeros_like(z)
    for U in layer.subspaces():
        V = z @ U
        mssa += c * (V @ V.mT / 2).softmax(-1) @ V @ U.T
    torch.testing.assert_close(layer(z), (1 - 0.7 * c) * z + 0.7 * c * mssa)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(1, 4),
    st.integers(1, 5),
    st.integers(0, 3),
    st.integers(2, 20),
    st.floats(0.05, 1.0),
    st.floats(0.1, 10.0),
)
def test_under_its_conditions_the_tied_step_never_raises_a_rate(
    seed: int, heads: int, width: int, spare: int, count: int, size: float, scale: float
) -> None:
    """U'U = I over all heads, eps^2 >= P / sqrt(N), kappa c <= 1: each subspace's rate falls."""
    epsilon = math.sqrt(width / math.sqrt(count))
    kappa = size * count * epsilon**2 / width
    options = {"heads": heads, "head_dimension": width, "kappa": kappa, "epsilon": epsilon}
    layer = layer_of(seed, heads * width + spare, output="tied", norm=False, **options)
    z = scale * tokens(seed, 2, count, heads * width + spare)
    U = layer.project.weight
    torch.testing.assert_close(U @ U.T, torch.eye(len(U)).double(), rtol=0, atol=1e-6)
    after = layer(z)
    for basis in layer.subspaces():
        before_k = rate_written_out(z, basis[None], epsilon)
        assert (rate_written_out(after, basis[None], epsilon) <= before_k * (1 + 1e-6)).all()
    assert (layer.objective(after, z) <= layer.objective(z, z) * (1 + 1e-6)).all()


def test_the_conditions_are_needed() -> None:
    """With c ||A|| far above 1 the step no longer compresses."""
    z = tokens(4, 4, 8, 8)
    layer = layer_of(4, output="tied", norm=False, epsilon=0.1, kappa=8 * 0.1**2 / 4)
    assert (layer.objective(layer(z), z) > layer.objective(z, z)).all()


def test_the_objective_is_the_rate_of_what_the_layer_reads() -> None:
    layer, z = layer_of(5, epsilon=0.7), tokens(5, 3, 5, 8)
    expected = rate_written_out(layer.norm(z), layer.subspaces(), 0.7)
    torch.testing.assert_close(layer.objective(z, z), expected)
    torch.testing.assert_close(layer.objective(10 * z, z), expected, rtol=1e-4, atol=0)
    turned = layer_of(5, epsilon=0.7, expand=True)
    torch.testing.assert_close(turned.objective(z, z), -expected)
    assert turned.formula == "-" + layer.formula


@pytest.mark.parametrize("output", ["free", "tied"])
def test_expansion_is_the_same_step_the_other_way(output: str) -> None:
    z = tokens(6, 2, 5, 8)
    there, back = layer_of(6, output=output), layer_of(6, output=output, expand=True)
    torch.testing.assert_close(there(z) - z, z - back(z))


def test_equal_tokens_see_themselves() -> None:
    """Attention over copies of one token returns that token's projection."""
    layer = layer_of(7)
    z = tokens(7, 1, 1, 8).expand(1, 6, 8)
    expected = z + layer.output(layer.project(layer.norm(z)))
    torch.testing.assert_close(layer(z), expected)


def test_a_later_token_changes_no_earlier_one() -> None:
    layer, z = layer_of(8, causal=True), tokens(8, 2, 7, 8)
    changed = z.clone()
    changed[:, 4:] += 1.0
    before, after = layer(z), layer(changed)
    torch.testing.assert_close(after[:, :4], before[:, :4], rtol=0, atol=1e-12)
    assert (after[:, 4:] - before[:, 4:]).abs().min() > 1e-6
    assert layer.attention(z).triu(1).abs().max() == 0


def test_streamed_token_by_token_it_is_the_causal_layer() -> None:
    layer, z = layer_of(9, causal=True), tokens(9, 3, 9, 8)
    state, streamed = layer.begin(3), []
    for token in z.unbind(1):
        moved, state = layer.step(token, state)
        streamed.append(moved)
    torch.testing.assert_close(torch.stack(streamed, 1), layer(z))
    assert state.shape == (3, 2, 9, 4)


def test_the_audit_reports_where_a_free_output_expands() -> None:
    layer, z = layer_of(10, norm=False), tokens(10, 4, 6, 8)
    with torch.no_grad():
        layer.output.bias.zero_()
        layer.output.weight.copy_(3 * torch.linalg.pinv(layer.project.weight))
    (row,) = audit(layer, z).layers
    assert row.after > row.before
    assert row.descended == 0.0
    assert row.unit == "nats"
    assert row.before == pytest.approx(layer.objective(z, z).mean().item())


def test_coherence_of_orthonormal_subspaces_is_none() -> None:
    layer, z = layer_of(11, output="tied"), tokens(11, 2, 5, 8)
    assert layer.subspaces().shape == (2, 8, 4)
    assert audit(layer, z).layers[0].coherence == pytest.approx(0.0, abs=1e-6)


def test_attention_weights_are_probabilities() -> None:
    q, k = tokens(12, 2, 3, 5, 4), tokens(13, 2, 3, 5, 4)
    for causal in (False, True):
        weights = attention_weights(q, k, causal=causal)
        torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 5).double())
    assert weights[..., 0, 0].eq(1).all()


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ConfigError, match="3 heads do not divide dimension 8"):
        MSSALayer(8, heads=3)
    with pytest.raises(ConfigError, match="'free' or 'tied'"):
        MSSALayer(8, heads=2, output="none")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="how many follow"):
        MSSALayer(8, heads=2, output="tied", causal=True)
    with pytest.raises(ConfigError, match="above 0"):
        MSSALayer(8, heads=2, epsilon=0.0)
