"""A network that says one token after the other, as a generator of steps.

    generator = TokenGenerator(task, lambda tokens, length: model(tokens)[rows, length - 1])
    solve_many(problems, generator, task, retries=2)

A step is closed by one of the task's closing words, or by `<eos>`. All chains advance together, so
that a round of tokens is one call of the network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pellucid.config import check, check_counts
from pellucid.reasoning.generation import Proposal, Request
from pellucid.reasoning.tasks.sequence import EOS, PAD
from pellucid.reasoning.tasks.task import Task

NextLogits = Callable[[Tensor, Tensor], Tensor]
"""Of tokens (B, L) int64, 0 behind their length (B,), the logits (B, V) of what comes next."""


@dataclass(frozen=True)
class TokenGenerator:
    """Samples steps of a task's chains from a network's distribution of the next token.

    With a temperature of 0 it says what is likeliest; then two tries are alike. A proposal's
    log-probability is that of its tokens at temperature 1.
    """

    task: Task
    logits: NextLogits
    temperature: float = 1.0
    longest: int = 256
    """Tokens after which a step is closed."""

    def __post_init__(self) -> None:
        check(self.temperature >= 0, f"temperature is {self.temperature}: give 0 or more")
        check_counts(self, "longest")

    @torch.no_grad()
    def propose(
        self, requests: Sequence[Request[str, str]], random: np.random.Generator
    ) -> list[list[Proposal[str]]]:
        """`count` independent steps for each request."""
        rows = [request for request in requests for _ in range(request.count)]
        if not rows:
            return [[] for _ in requests]
        encode = self.task.vocabulary.encode
        said = [encode(" ".join([row.problem, *row.chain])).tolist() for row in rows]
        proposals = iter(self._steps(rows, said, random))
        return [[next(proposals) for _ in range(request.count)] for request in requests]

    def _steps(
        self,
        rows: Sequence[Request[str, str]],
        said: list[list[int]],
        random: np.random.Generator,
    ) -> list[Proposal[str]]:
        begin = [len(tokens) for tokens in said]
        likelihood = [0.0] * len(rows)
        number = self.task.vocabulary.number
        closing = {number(word) for word in self.task.closers} | {number(EOS)}
        open_ = list(range(len(rows)))
        for _ in range(self.longest):
            chosen, logs = self._next([said[k] for k in open_], random)
            for k, token, log in zip(open_, chosen, logs, strict=True):
                said[k].append(token)
                likelihood[k] += log
            open_ = [k for k in open_ if said[k][-1] not in closing]
            if not open_:
                break
        return [
            self._proposal(row, tokens[first:], log)
            for row, tokens, first, log in zip(rows, said, begin, likelihood, strict=True)
        ]

    def _next(
        self, said: list[list[int]], random: np.random.Generator
    ) -> tuple[list[int], list[float]]:
        """One more token for each row, and its log-probability."""
        length = torch.tensor([len(tokens) for tokens in said])
        padded = torch.zeros(len(said), int(length.max()), dtype=torch.int64)
        for k, tokens in enumerate(said):
            padded[k, : len(tokens)] = torch.tensor(tokens)
        logits = self.logits(padded, length).double().cpu()
        logits[:, self.task.vocabulary.number(PAD)] = -torch.inf  # padding is nothing to say
        if self.temperature:
            # The largest of logits with Gumbel noise is a sample (Gumbel 1954).
            noise = torch.from_numpy(random.gumbel(size=tuple(logits.shape)))
            chosen = (logits / self.temperature + noise).argmax(1)
        else:
            chosen = logits.argmax(1)
        logs = logits.log_softmax(1).gather(1, chosen[:, None])[:, 0]
        return chosen.tolist(), logs.tolist()

    def _proposal(self, row: Request[str, str], tokens: list[int], log: float) -> Proposal[str]:
        step = self.task.vocabulary.decode(tokens)
        ended = tokens[-1] == self.task.vocabulary.number(EOS)
        final = ended or self.task.final(row.problem, (*row.chain, step))
        return Proposal(step, final, log, len(tokens))
