from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from pellucid.errors import ConfigError, DataError
from pellucid.networks.language_transformer import LanguageTransformer, Window, draw
from pellucid.networks.token_network import FEEDS, MIXERS, TokenNetworkConfig

VOCABULARY, CONTEXT = 11, 8


def model_of(
    seed: int = 0, *, causal: bool = True, window: int = 1, **options: object
) -> LanguageTransformer:
    torch.manual_seed(seed)
    config = TokenNetworkConfig(16, 2, 2, **options)  # type: ignore[arg-type]
    model = LanguageTransformer(
        config, vocabulary=VOCABULARY, context=CONTEXT, causal=causal, window=window
    )
    with torch.no_grad():
        model.position.mul_(10.0)  # as if trained: logits that differ from place to place
    return model.eval()


def text(seed: int, *shape: int) -> Tensor:
    return torch.randint(VOCABULARY, shape, generator=torch.Generator().manual_seed(seed))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_logits_are_the_network_read_out_by_the_embeddings() -> None:
    model, tokens = model_of(1), text(1, 2, 6)
    z = model.network(4 * (model.embedding[tokens] + model.position[:6]))  # sqrt(D) = 4
    torch.testing.assert_close(model(tokens), z @ model.embedding.T)
    assert sum(p.numel() == VOCABULARY * 16 for p in model.parameters()) == 1


def test_a_window_adds_up_the_words_before_and_knows_their_order() -> None:
    torch.manual_seed(1)
    window, z = Window(3, 4), torch.randn(2, 5, 4)
    first, second = window.taps
    found = window(z)
    torch.testing.assert_close(found[:, 0], z[:, 0])
    torch.testing.assert_close(found[:, 1], z[:, 1] + first * z[:, 0])
    torch.testing.assert_close(found[:, 4], z[:, 4] + first * z[:, 3] + second * z[:, 2])
    assert not torch.allclose(window(z[:, [1, 0, 2]])[:, 2], found[:, 2])
    assert torch.equal(Window(1, 4)(z), z)
    with pytest.raises(ConfigError, match="window of 0"):
        Window(0, 4)


@pytest.mark.parametrize("mixer", MIXERS)
@pytest.mark.parametrize("window", [1, 3])
def test_a_causal_model_does_not_see_the_future(mixer: str, window: int) -> None:
    model, tokens = model_of(2, mixer=mixer, window=window), text(2, 2, 8)
    other = tokens.clone()
    other[:, 5:] = (other[:, 5:] + 1) % VOCABULARY
    before, after = model(tokens), model(other)
    torch.testing.assert_close(after[:, :5], before[:, :5], rtol=0, atol=1e-5)
    assert (after[:, 5:] - before[:, 5:]).abs().max() > 1e-2


def test_words_enter_at_unit_size_and_leave_without_conviction() -> None:
    """Untrained, words weigh more than places, and no guess is far worse than a blind one."""
    torch.manual_seed(3)
    model = LanguageTransformer(TokenNetworkConfig(64, 2, 2), vocabulary=200, context=50)
    entered: list[Tensor] = []
    model.network.register_forward_pre_hook(lambda _, inputs: entered.append(inputs[0]))
    tokens = torch.randint(200, (16, 50), generator=seeded(3))
    loss = model.next_token_loss(tokens).item()
    (z,) = entered
    assert z.std().item() == pytest.approx(1.0, abs=0.1)
    assert 8 * model.position.std() < 8 * model.embedding.std() < 1.1
    assert math.log(200) - 0.1 < loss < math.log(200) + 1.0


def test_the_losses_are_mean_surprisals() -> None:
    model, tokens = model_of(4), text(4, 2, 6)
    surprisal = -model(tokens[:, :-1]).log_softmax(-1)
    expected = [surprisal[b, t, tokens[b, t + 1]] for b in range(2) for t in range(5)]
    torch.testing.assert_close(model.next_token_loss(tokens), torch.stack(expected).mean())
    model, mask = model_of(4, causal=False), text(5, 2, 6) < 4
    surprisal = -model(tokens, mask).log_softmax(-1)
    expected = [surprisal[b, t, tokens[b, t]] for b in range(2) for t in range(6) if mask[b, t]]
    torch.testing.assert_close(model.masked_loss(tokens, mask), torch.stack(expected).mean())
    assert model.masked_loss(tokens, torch.zeros_like(mask)).item() == 0.0


@pytest.mark.parametrize("mixer", MIXERS)
@pytest.mark.parametrize("window", [1, 3])
def test_a_masked_model_does_not_see_what_is_hidden(mixer: str, window: int) -> None:
    model, tokens = model_of(6, mixer=mixer, causal=False, window=window), text(6, 2, 8)
    mask = torch.zeros(2, 8, dtype=torch.bool)
    mask[:, [2, 5]] = True
    other = torch.where(mask, (tokens + 3) % VOCABULARY, tokens)
    assert torch.equal(model(other, mask), model(tokens, mask))
    assert not torch.allclose(model(other), model(tokens))
    later = tokens.clone()
    later[:, 7] = (later[:, 7] + 1) % VOCABULARY
    assert (model(later, mask)[:, 2] - model(tokens, mask)[:, 2]).abs().max() > 1e-4


@pytest.mark.parametrize("mixer", MIXERS)
@pytest.mark.parametrize("window", [1, 3])
def test_generation_is_what_the_whole_sequence_says(mixer: str, window: int) -> None:
    """Greedy, streamed against the full forward pass; past the context on its last half."""
    model, prompt = model_of(7, mixer=mixer, window=window), text(7, 2, 3)
    found = model.generate(prompt, length=15, generator=seeded(), temperature=0.0)
    expected, first = prompt, 0
    for _ in range(15):
        if expected.shape[1] - first > CONTEXT:
            first = expected.shape[1] - CONTEXT // 2
        likeliest = model(expected[:, first:])[:, -1].argmax(-1, keepdim=True)
        expected = torch.cat([expected, likeliest], 1)
    assert torch.equal(found, expected)
    assert len(found[:, 3:].unique()) > 2


def test_generation_follows_the_generator() -> None:
    model, prompt = model_of(8), text(8, 2, 3)
    drawn = [
        model.generate(prompt, length=8, generator=seeded(s), temperature=5) for s in (1, 1, 2)
    ]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert all(torch.equal(found[:, :3], prompt) for found in drawn)
    greedy = model.generate(prompt, length=8, generator=seeded(), temperature=0.0)
    assert torch.equal(model.generate(prompt, length=8, generator=seeded(5), top_k=1), greedy)
    assert torch.equal(model.generate(prompt, length=0, generator=seeded()), prompt)


def test_a_full_prompt_can_be_continued() -> None:
    model, prompt = model_of(9), text(9, 1, CONTEXT)
    found = model.generate(prompt, length=2, generator=seeded(), temperature=0.0)
    assert found[0, CONTEXT] == model(prompt)[0, -1].argmax()


def test_draws_have_the_probabilities_of_the_logits() -> None:
    logits = torch.tensor([[0.0, 1.0, 2.0, -9.0]]).expand(20_000, 4)
    for temperature, top_k in ((1.0, None), (2.0, None), (1.0, 2), (1.0, 9)):
        found = draw(logits, generator=seeded(), temperature=temperature, top_k=top_k)
        shares = torch.bincount(found.flatten(), minlength=4) / len(found)
        expected = logits[0] / temperature
        if top_k == 2:
            expected = torch.where(expected < 1, -torch.inf, expected)
        torch.testing.assert_close(shares, expected.softmax(-1), rtol=0, atol=0.015)


@pytest.mark.parametrize("mixer", MIXERS)
@pytest.mark.parametrize("feed", FEEDS)
def test_every_parameter_gets_a_finite_gradient_in_half_precision(mixer: str, feed: str) -> None:
    for causal in (True, False):
        model = model_of(10, mixer=mixer, feed=feed, causal=causal, window=2)
        tokens = text(10, 4, 8)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            mask = text(11, 4, 8) < 5
            loss = model.next_token_loss(tokens) if causal else model.masked_loss(tokens, mask)
        loss.backward()
        for name, parameter in model.named_parameters():
            assert torch.isfinite(parameter.grad).all(), name
            assert (parameter.grad != 0).any(), name


@pytest.mark.parametrize("causal", [True, False])
def test_it_compiles_in_one_graph(causal: bool) -> None:
    torch._dynamo.reset()
    model, tokens = model_of(12, mixer="tssa", causal=causal, window=2), text(12, 2, 7)
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(tokens), model(tokens))


def test_what_does_not_fit_is_refused_by_name() -> None:
    model, masked = model_of(13), model_of(13, causal=False)
    with pytest.raises(DataError, match="9 tokens is longer than the context of 8"):
        model(text(13, 1, 9))
    with pytest.raises(DataError, match="longer than the context"):
        model.generate(text(13, 1, 9), length=1, generator=seeded())
    with pytest.raises(DataError, match="whole numbers"):
        model(torch.zeros(2, 3))
    with pytest.raises(DataError, match="at least one"):
        model.generate(text(13, 1, 0), length=1, generator=seeded())
    with pytest.raises(DataError, match="word 11, but the vocabulary has 11"):
        model.generate(torch.tensor([[0, 11]]), length=1, generator=seeded())
    with pytest.raises(ConfigError, match="temperature -1"):
        model.generate(text(13, 1, 2), length=1, generator=seeded(), temperature=-1)
    with pytest.raises(ConfigError, match="causal=True"):
        masked.next_token_loss(text(13, 1, 4))
    with pytest.raises(ConfigError, match="causal=True"):
        masked.generate(text(13, 1, 4), length=1, generator=seeded())
    with pytest.raises(ConfigError, match="causal=False"):
        model.masked_loss(text(13, 1, 4), text(13, 1, 4) > 2)
    with pytest.raises(ConfigError, match="vocabulary 1"):
        LanguageTransformer("crate-tiny", vocabulary=1, context=8)
