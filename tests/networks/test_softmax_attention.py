from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from pellucid.errors import ConfigError
from pellucid.networks.softmax_attention import SoftmaxAttention, probe_subspaces
from pellucid.objectives.rate_reduction import subspace_rate


def tokens(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def pair(seed: int, *, causal: bool = False) -> tuple[SoftmaxAttention, nn.MultiheadAttention]:
    """Ours, and PyTorch's own with the same weights."""
    torch.manual_seed(seed)
    ours = SoftmaxAttention(8, heads=2, causal=causal).double()
    theirs = nn.MultiheadAttention(8, 2, batch_first=True).double()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(ours.project.weight)
        theirs.in_proj_bias.copy_(ours.project.bias)
        theirs.out_proj.load_state_dict(ours.output.state_dict())
    return ours, theirs


@pytest.mark.parametrize("causal", [False, True])
def test_it_is_standard_attention(causal: bool) -> None:
    ours, theirs = pair(0, causal=causal)
    z = tokens(0, 3, 6, 8)
    n = ours.norm(z)
    later = torch.ones(6, 6, dtype=torch.bool).triu(1) if causal else None
    expected, weights = theirs(n, n, n, attn_mask=later, average_attn_weights=False)
    torch.testing.assert_close(ours(z), z + expected)
    torch.testing.assert_close(ours.attention(z), weights)


def test_streamed_token_by_token_it_is_the_causal_layer() -> None:
    layer, _ = pair(1, causal=True)
    z = tokens(1, 2, 7, 8)
    state, streamed = layer.begin(2), []
    for token in z.unbind(1):
        moved, state = layer.step(token, state)
        streamed.append(moved)
    torch.testing.assert_close(torch.stack(streamed, 1), layer(z))


def test_the_probe_is_the_key_projection() -> None:
    """Keys of tokens are n U_k + b, in both kinds of module, and a rate can be taken of them."""
    ours, theirs = pair(2)
    bases = probe_subspaces(ours)
    assert bases.shape == (2, 8, 4)
    torch.testing.assert_close(bases, probe_subspaces(theirs))
    z = tokens(2, 1, 5, 8)
    _, key, _ = ours._split(z)
    bias = ours.project.bias[8:16].unflatten(0, (2, 1, 4))
    torch.testing.assert_close(torch.einsum("bnd,kdp->bknp", ours.norm(z), bases) + bias, key)
    assert subspace_rate(ours.norm(z), bases).item() > 0
    assert not bases.requires_grad


def test_other_modules_have_no_probe() -> None:
    with pytest.raises(ConfigError, match="Linear has no key projection"):
        probe_subspaces(nn.Linear(4, 4))
    with pytest.raises(ConfigError, match="5 heads do not divide dimension 8"):
        SoftmaxAttention(8, heads=5)
