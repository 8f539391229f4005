"""A causal transformer of chains, whose tokens know where in their line they stand.

A step of a chain looks up words of the question and of the step before it, by their places there.
So a position is two numbers, as with the "abacus embeddings" of numbers' digits (McLeish et al.
2024, arXiv 2405.17399): how many delimiters came before, and how many tokens since the last of
them. While it learns all places of a row may be shifted at random, as there, so that vectors of far
places are learned from short rows. Ours is that a token carries two positions: of the word that it
is to say, for which it looks, and its own, by which it is found.

Axes: B rows, L tokens, D features, V words of the vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.config import check
from pellucid.errors import DataError
from pellucid.networks.language_transformer import POSITION, Window
from pellucid.networks.token_network import TokenNetwork, TokenNetworkConfig

PAD, EOS = 0, 1
Memory = tuple[Tensor, Tensor, Tensor, list[Any]]
"""Of streams: the next token's line (B,) and place (B,), the window, and the blocks' states."""


class ChainTransformer(nn.Module):
    """Logits (B, L, V) of what follows each of the tokens (B, L), from any mixer and feed.

        logits = model(tokens)                            # (B, L, V)
        memory = model.begin(B)
        logits, memory = model.step(tokens[:, 0], memory) # (B, V): the same, token by token

    `delimiters` are the words that end a line; without any, places are those in the whole row, as
    in GPT. There are vectors for so many `lines` and `places`; where there are more of them,
    DataError. Token 0 is padding. Embeddings are tied to the read-out; a `window` shows each token
    with those before it. Without `causal` each token sees all of its row, and nothing is streamed.
    """

    delimited: Tensor

    def __init__(
        self,
        network: TokenNetworkConfig,
        *,
        vocabulary: int,
        delimiters: Sequence[int],
        lines: int,
        places: int,
        window: int = 1,
        causal: bool = True,
    ) -> None:
        super().__init__()
        check(vocabulary >= 2, f"vocabulary is {vocabulary}: give 2 or more")
        check(min(lines, places) >= 1, f"lines={lines} and places={places} must be 1 or more")
        wrong = [d for d in delimiters if not 0 <= d < vocabulary]
        check(not wrong, f"delimiters {wrong} are no words of {vocabulary}")
        width = network.dimension
        check(width % 2 == 0, f"dimension is {width}: two positions share it, give an even one")
        check(causal or window == 1, "a window shows what came before: without causal, give 1")
        self.vocabulary, self.lines, self.places = vocabulary, lines, places
        self.causal = causal
        delimited = torch.zeros(vocabulary, dtype=torch.bool)
        delimited[list(delimiters)] = True
        self.register_buffer("delimited", delimited, persistent=False)
        # Short, since the read-out has the same weights; scaled before it enters the blocks.
        self.scale = math.sqrt(width)
        self.embedding = nn.Parameter(torch.randn(vocabulary, width) / self.scale)
        # One more of each: the last token of a full line still speaks of what would follow.
        self.line = nn.Parameter(POSITION * torch.randn(lines + 1, width // 2) / self.scale)
        self.place = nn.Parameter(POSITION * torch.randn(places + 1, width // 2) / self.scale)
        self.window = Window(window, width)
        self.network = TokenNetwork(network, causal=causal)

    def forward(self, tokens: Tensor, shift: Tensor | None = None) -> Tensor:
        """Logits (B, L, V); all places of a row are moved by its `shift` (B,)."""
        line, place = self.positions(tokens)
        z = self.window(F.embedding(tokens, self.embedding))
        z = z + self._position(self.delimited[tokens], line, place, shift)
        return F.linear(self.network(self.scale * z), self.embedding)

    def positions(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """The line and the place in it of each token, (B, L); a delimiter ends its own line."""
        ends = self.delimited[tokens].long()
        line = ends.cumsum(1) - ends
        index = torch.arange(tokens.shape[1], device=tokens.device).expand_as(tokens)
        begins = ((index + 1) * ends).cummax(1).values  # behind the last delimiter, or 0
        place = index - F.pad(begins[:, :-1], (1, 0))
        padding = tokens == PAD
        return line.masked_fill(padding, 0), place.masked_fill(padding, 0)

    def matrices(self) -> list[nn.Parameter]:
        """What leads from vectors of features to such vectors: not the tables, nor the read-out."""
        return [p for p in self.network.parameters() if p.ndim == 2]

    def begin(self, batch: int) -> Memory:
        """The memory of empty streams."""
        zero = torch.zeros(batch, dtype=torch.int64, device=self.embedding.device)
        before = self.window.begin(self.embedding.expand(batch, -1, -1))
        return zero, zero, before, self.network.begin(batch)

    def step(self, token: Tensor, memory: Memory) -> tuple[Tensor, Memory]:
        """Logits (B, V) after one more token (B,), and the memory with it."""
        line, place, before, states = memory
        padding = token == PAD
        line, place = line.masked_fill(padding, 0), place.masked_fill(padding, 0)
        ends = self.delimited[token]
        z, before = self.window.step(self.embedding[token][:, None], before)
        z, states = self.network.step(
            self.scale * (z[:, 0] + self._position(ends, line, place)), states
        )
        line, place = _following(ends, line, place)
        return F.linear(z, self.embedding), (line, place, before, states)

    def fits(self, memory: Memory) -> Tensor:
        """Whether there are vectors for each stream's next token, (B,)."""
        line, place, *_ = memory
        return (line < self.lines) & (place < self.places)

    def _position(
        self, ends: Tensor, line: Tensor, place: Tensor, shift: Tensor | None = None
    ) -> Tensor:
        """(..., D): what is to be said has half of the features, the token itself the other."""
        next_line, next_place = _following(ends, line, place)
        if shift is not None:
            place, next_place = place + shift[:, None], next_place + shift[:, None]
        self._check(line, place)
        # A line is found by its successor, as most often the line before is looked for.
        lines = torch.cat([self.line[next_line], self.line[line + 1]], -1)
        return lines + torch.cat([self.place[next_place], self.place[place]], -1)

    def _check(self, line: Tensor, place: Tensor) -> None:
        for name, found, most in (("lines", line, self.lines), ("places", place, self.places)):
            if found.numel() and int(found.max()) >= most:
                raise DataError(
                    f"{int(found.max()) + 1} {name} are more than the model's {most}: shorten the "
                    f"rows, or make the model with more {name}"
                )


def _following(ends: Tensor, line: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
    """The line and the place of the token that comes next."""
    return line + ends, torch.where(ends, torch.zeros_like(place), place + 1)
