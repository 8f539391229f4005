"""Asking a transformer of chains: continuations of many questions at once."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from pellucid.config import check
from pellucid.reasoning.learned.training import token_loss
from pellucid.reasoning.learned.transformer import EOS, PAD, ChainTransformer
from pellucid.reasoning.tasks.sequence import Rows
from pellucid.reasoning.tasks.task import Drawn, Form, Task


@torch.no_grad()
def continued(
    model: ChainTransformer,
    questions: Rows,
    *,
    longest: int,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> Rows:
    """What the model says to each question, up to `<eos>`, which is not given; or `longest` tokens.

    It says what is likeliest, or, at a temperature above 0, samples.

    Every token is computed once. Questions of any lengths run side by side: a row is read from its
    question while that lasts, and then from what was said.
    """
    check(longest >= 1, f"longest is {longest}: give 1 or more")
    check(temperature >= 0, f"temperature is {temperature}: give 0 or more")
    device = model.embedding.device
    asked = torch.from_numpy(questions.tokens).to(device)
    length = torch.from_numpy(questions.length).to(device)
    count, width = asked.shape
    said = torch.zeros(count, width + longest, dtype=torch.int64, device=device)
    said[:, :width] = asked
    behind = length + longest
    open_ = torch.ones(count, dtype=torch.bool, device=device)
    memory = model.begin(count)
    for place in range(width + longest - 1):
        token = said[:, place].masked_fill(~open_, PAD)
        logits, memory = model.step(token, memory)
        logits[:, PAD] = -torch.inf  # padding is nothing to say
        following = _chosen(logits, temperature, generator)
        # A row ends with <eos>, or where the model has no place left for what it would say.
        fits = model.fits(memory)
        says = open_ & (place + 1 >= length) & (place + 1 < behind)
        said[:, place + 1] = torch.where(says & fits, following, said[:, place + 1])
        open_ = open_ & ~(says & ((following == EOS) | ~fits))
        if not (open_ & (place + 2 < behind)).any():
            break
    tokens = said.cpu().numpy()
    places = np.arange(tokens.shape[1])
    after = (places >= questions.length[:, None]) & (places < behind.cpu().numpy()[:, None])
    ended_by = np.cumsum((tokens == EOS) & after, axis=1) > 0
    return Rows.packed(tokens, after & ~ended_by & (tokens != PAD))


def _chosen(logits: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
    if not temperature:
        return logits.argmax(1)
    return torch.multinomial((logits / temperature).softmax(1), 1, generator=generator)[:, 0]


def answered(said: Rows, answers: Rows) -> np.ndarray:
    """Whether what was said ends with the answer, (B,) bool."""
    width = said.tokens.shape[1]
    right = said.length >= answers.length
    for k in range(answers.tokens.shape[1]):
        counts = k < answers.length
        place = np.clip(said.length - answers.length + k, 0, width - 1)
        same = said.tokens[np.arange(len(right)), place] == answers.tokens[:, k]
        right &= same | ~counts
    return right


def share_answered(
    model: ChainTransformer, drawn: Drawn, form: Form = "chain", *, batch: int = 500
) -> float:
    """The share of problems whose answer the model says, with the steps or without."""
    longest = (drawn.chains if form == "chain" else drawn.answers).tokens.shape[1] + 1
    right, count = 0, len(drawn.answers.length)
    for first in range(0, count, batch):
        part = np.arange(first, min(first + batch, count))
        said = continued(model, _trimmed(drawn.questions, part), longest=longest)
        right += int(answered(said, drawn.answers.take(part)).sum())
    return right / count


@torch.no_grad()
def answer_nats(model: ChainTransformer, task: Task, drawn: Drawn, form: Form = "chain") -> float:
    """Mean nats of a whole row behind its question, all right steps before each token given."""
    return float(token_loss(model, task.tokens(drawn, form)).sum()) / len(drawn.answers.length)


def _trimmed(rows: Rows, index: np.ndarray) -> Rows:
    chosen = rows.take(index)
    return Rows(chosen.tokens[:, : int(chosen.length.max(initial=1))], chosen.length)
