"""Language models of white-box or black-box blocks: causal (next token) and masked.

The causal one is GPT with another mixer and feed (CRATE-GPT, ToST), the masked one BERT. Token
embeddings are tied to the read-out, positions are learned.

A token may show a `window` of text, its own word and those before, as a token of a picture shows a
patch and not a pixel. It helps CRATE more than a GPT (`pellucid run crate-language`); perhaps since
its query, key and value are one projection, so that a token attends to tokens like itself.

Axes: B sequences, N tokens, D features, V words of the vocabulary.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.errors import ConfigError, DataError
from pellucid.networks.token_network import (
    TokenNetwork,
    TokenNetworkConfig,
    token_network_config,
)

POSITION = 0.3
"""The length of a place's vector at the start, against one of a token."""
EARLIER = 0.5
"""The same of each earlier word in a window."""


_Memory = tuple[Tensor, list[Any]]
"""Of a stream: the words of the window, and the states of the blocks."""


class Window(nn.Module):
    """Each token and the `size` - 1 before it in one: z_n + sum_j t_j * z_(n - j), (B, N, D).

    The taps t_j (D,) are learned. They are of random signs at the start, so that words add up to
    different vectors in different orders. Nothing stands before the first token.
    """

    def __init__(self, size: int, dimension: int) -> None:
        super().__init__()
        if size < 1:
            raise ConfigError(f"a window of {size} tokens shows nothing: give 1 or more")
        self.taps = nn.ParameterList(EARLIER * torch.randn(dimension) for _ in range(size - 1))

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D) with what came before them."""
        return self.step(z, self.begin(z))[0]

    def begin(self, z: Tensor) -> Tensor:
        """What is before the first token: nothing, (B, size - 1, D)."""
        return z.new_zeros(z.shape[0], len(self.taps), z.shape[2])

    def step(self, z: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """More tokens (B, N, D), after those `before` (B, size - 1, D), and what is then before."""
        seen = torch.cat([before, z], 1)
        earlier, N = len(self.taps), z.shape[1]
        for j, tap in enumerate(self.taps, start=1):
            z = z + tap * seen[:, earlier - j : earlier - j + N]
        return z, seen[:, N:]


class LanguageTransformer(nn.Module):
    """Logits (B, N, V) of tokens (B, N), whole numbers from 0 to V - 1.

        loss = model.next_token_loss(tokens)                       # causal=True
        loss = model.masked_loss(tokens, mask)                     # causal=False
        text = model.generate(prompt, length=200, generator=generator)

    `context` is the longest sequence; a longer one is a DataError that names it. Published models
    have a `window` of 1.
    """

    def __init__(
        self,
        network: TokenNetworkConfig | str,
        *,
        vocabulary: int,
        context: int,
        causal: bool = True,
        window: int = 1,
    ) -> None:
        super().__init__()
        config = token_network_config(network) if isinstance(network, str) else network
        if vocabulary < 2 or context < 1:
            raise ConfigError(
                f"vocabulary {vocabulary} must be at least 2, context {context} at least 1"
            )
        self.vocabulary, self.context, self.causal = vocabulary, context, causal
        # Short, since the read-out has the same weights; what enters the network is of unit size,
        # or the first mixing of the context would drown it (Vaswani et al. 2017, section 3.4).
        self.scale = math.sqrt(config.dimension)
        self.embedding = nn.Parameter(torch.randn(vocabulary, config.dimension) / self.scale)
        self.position = nn.Parameter(POSITION * torch.randn(context, config.dimension) / self.scale)
        hidden = None if causal else nn.Parameter(torch.randn(config.dimension) / self.scale)
        self.hidden = hidden
        self.window = Window(window, config.dimension)
        self.network = TokenNetwork(config, causal=causal)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """Logits (B, N, V); where `mask` (B, N) is true, a masked model does not see the token."""
        self._check(tokens)
        z = F.embedding(tokens, self.embedding)
        if mask is not None:
            if self.hidden is None:
                raise ConfigError("a causal language model has no masked tokens: use causal=False")
            z = torch.where(mask[..., None], self.hidden, z)
        z = self.window(z) + self.position[: tokens.shape[1]]
        z = self.network(self.scale * z)
        return F.linear(z, self.embedding)

    def next_token_loss(self, tokens: Tensor) -> Tensor:
        """Mean nats of each token after the first, given those before it."""
        if not self.causal:
            raise ConfigError("a masked language model sees the next token: use causal=True")
        logits = self(tokens[:, :-1])
        return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())

    def masked_loss(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Mean nats of the tokens (B, N) that `mask` (B, N) hides, given the others."""
        logits = self(tokens, mask)
        nats = F.cross_entropy(logits.flatten(0, 1), tokens.flatten(), reduction="none")
        return (nats * mask.flatten()).sum() / mask.sum().clamp_min(1)

    def _check(self, tokens: Tensor) -> None:
        if (
            tokens.dim() != 2
            or tokens.shape[1] == 0
            or tokens.dtype not in (torch.int32, torch.int64)
        ):
            raise DataError(
                f"tokens of shape {tuple(tokens.shape)} and type {tokens.dtype}: give whole "
                "numbers (B, N), at least one of each sequence"
            )
        if tokens.shape[1] > self.context:
            raise DataError(
                f"a sequence of {tokens.shape[1]} tokens is longer than the context of "
                f"{self.context}: shorten it, or make the model with a longer context"
            )

    @torch.no_grad()
    def generate(
        self,
        prompt: Tensor,
        *,
        length: int,
        generator: torch.Generator,
        temperature: float = 1.0,
        top_k: int | None = None,
    ) -> Tensor:
        """The prompt (B, N) and `length` tokens drawn after it, (B, N + length).

        Streamed: each token is computed once, from the memory of those before it, which does not
        grow with token statistics. Where the context is full, the stream begins anew on its last
        half. `temperature` 0 takes the likeliest token; `top_k` draws among the k likeliest.
        """
        self._check(prompt)
        if not self.causal:
            raise ConfigError("a masked language model does not generate: use causal=True")
        if length < 0 or temperature < 0 or (top_k is not None and top_k < 1):
            raise ConfigError(
                f"length {length} and temperature {temperature} must be at least 0, "
                f"top_k {top_k} at least 1"
            )
        if not 0 <= int(prompt.min()) <= int(prompt.max()) < self.vocabulary:
            raise DataError(
                f"the prompt has word {int(prompt.max())}, but the vocabulary has "
                f"{self.vocabulary}, numbered from 0"
            )
        text, states, used = prompt, self._begin(len(prompt)), 0
        for _ in range(length):
            if used == self.context:
                states, used = self._begin(len(text)), 0
                unread = text[:, -max(1, self.context // 2) :]
            else:
                unread = prompt if text is prompt else text[:, -1:]
            for token in unread.unbind(1):
                logits, states = self._next(token, states, used)
                used += 1
            drawn = draw(logits, generator=generator, temperature=temperature, top_k=top_k)
            text = torch.cat([text, drawn], 1)
        return text

    def _begin(self, batch: int) -> _Memory:
        before = self.window.begin(self.embedding.expand(batch, -1, -1))
        return before, self.network.begin(batch)

    def _next(self, token: Tensor, memory: _Memory, place: int) -> tuple[Tensor, _Memory]:
        """Logits (B, V) after one more token (B,), and the memory with it."""
        before, states = memory
        z, before = self.window.step(self.embedding[token][:, None], before)
        z, states = self.network.step(self.scale * (z[:, 0] + self.position[place]), states)
        return F.linear(z, self.embedding), (before, states)


def draw(
    logits: Tensor,
    *,
    generator: torch.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
) -> Tensor:
    """A token (B, 1) for each row of logits (B, V)."""
    if temperature == 0:
        return logits.argmax(-1, keepdim=True)
    logits = logits.float() / temperature
    if top_k is not None and top_k < logits.shape[-1]:
        least = logits.topk(top_k, -1).values[:, -1:]
        logits = logits.masked_fill(logits < least, -torch.inf)
    return torch.multinomial(logits.softmax(-1), 1, generator=generator)
