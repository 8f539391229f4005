"""Whatever kernel is chosen, attention is attention."""

import pytest
import torch

from pellucid.networks import attend as module
from pellucid.networks.attend import attend, attention_weights


def published(query, key, value, *, causal):
    """Vaswani et al. 2017, equation 1, token by token, in float64."""
    query, key, value = query.double(), key.double(), value.double()
    rows = []
    for n in range(query.shape[-2]):
        end = n + 1 if causal else key.shape[-2]
        scores = query[..., n : n + 1, :] @ key[..., :end, :].mT / query.shape[-1] ** 0.5
        rows.append(scores.softmax(-1) @ value[..., :end, :])
    return torch.cat(rows, -2)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("short", [4, 512])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_all_kernels_agree_with_the_equation(monkeypatch, causal, short, dtype):
    monkeypatch.setattr(module, "SHORT", short)
    query, key, value = torch.randn(3, 2, 3, 9, 5, dtype=dtype).requires_grad_().unbind(0)
    expected = published(query, key, value, causal=causal)
    tolerance = 1e-5 if dtype == torch.float32 else 3e-2
    for given in ((query, key, value), (query.detach(), key.detach(), value.detach())):
        found = attend(*given, causal=causal)
        assert found.dtype == dtype
        torch.testing.assert_close(found.double(), expected, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("causal", [False, True])
def test_gradients_of_the_written_out_form_are_those_of_the_equation(causal):
    x = torch.randn(3, 1, 2, 6, 4, dtype=torch.float64)
    own, expected = x.clone().requires_grad_(), x.clone().requires_grad_()
    query, key, value = own.unbind(0)
    (attention_weights(query, key, causal=causal) @ value).square().sum().backward()
    published(*expected.unbind(0), causal=causal).square().sum().backward()
    torch.testing.assert_close(own.grad, expected.grad)


def test_rows_sum_to_one_and_do_not_look_ahead():
    query, key = torch.randn(2, 1, 2, 7, 3)
    weights = attention_weights(query, key, causal=True)
    torch.testing.assert_close(weights.sum(-1), torch.ones(1, 2, 7))
    assert (weights.triu(1) == 0).all()
