"""The whole answer at once, by optimisation: masks, and the tokens of least energy behind them.

The energy of an answer y to a question x is that of its tokens, each given all others, those to its
right too:

    E(x, y) = - sum over t of log p(y_t | x, y without t)

(the pseudo-likelihood of Besag 1975). A network that sees in both directions learns p by guessing
tokens that are masked, any share of them. An answer begins as masks; each pass fills them all, and
masks again those that it believed in least, fewer from pass to pass ("mask-predict", Ghazvininejad
et al. 2019, arXiv 1904.09324). So nothing that was said must stay, which an auto-regressive network
cannot take back; and a pass costs what such a network's whole answer does.

The form of an answer is known: how long it is, and the delimiters in it, by which the network finds
its places. All answers of one batch have the same.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pellucid.config import check
from pellucid.errors import DataError
from pellucid.learning.loop import TrainResult
from pellucid.learning.progress import Progress
from pellucid.learning.runs import RunFolder
from pellucid.reasoning.learned.training import ChainConfig, Source, train
from pellucid.reasoning.learned.transformer import EOS, PAD, ChainTransformer
from pellucid.reasoning.tasks.sequence import Rows, TokenBatch

SEES = "whole answers need a network that sees both ways: give causal=False"


def mask_of(model: ChainTransformer) -> int:
    """The word that stands for one that is not known: the vocabulary's last, of no task."""
    return model.vocabulary - 1


def masked_loss(model: ChainTransformer, rows: TokenBatch, random: np.random.Generator) -> Tensor:
    """Mean nats of tokens behind questions that are masked, of each row another share.

    Delimiters are never masked; nor is `<eos>` asked for.
    """
    check(not model.causal, SEES)
    device = model.embedding.device
    words = torch.from_numpy(rows.tokens)
    form = (model.delimited.cpu()[words] | (words == EOS)).numpy()
    learned = rows.learned & ~form
    hidden = learned & (random.random(learned.shape) < random.random((len(learned), 1)))
    first = np.argmax(learned, axis=1)
    none = ~hidden.any(1)
    hidden[none, first[none]] = True
    tokens = torch.from_numpy(rows.tokens).to(device)
    masked = torch.from_numpy(hidden).to(device)
    seen = torch.where(masked, mask_of(model), tokens)
    # What is said behind a token is the next one, as in a causal network.
    logits = model(seen)[:, :-1][masked[:, 1:]]
    return F.cross_entropy(logits, tokens[:, 1:][masked[:, 1:]])


def train_whole(
    model: ChainTransformer,
    source: Source,
    config: ChainConfig,
    *,
    folder: RunFolder,
    progress: Progress | None = None,
) -> TrainResult:
    """Train `model` in place to guess masked tokens behind questions."""
    check(not config.shift, "whole answers are learned where they stand: give shift 0")

    return train(
        model,
        source,
        config,
        partial(masked_loss, model),
        folder=folder,
        progress=progress,
        called="whole answers",
    )


def form_of(model: ChainTransformer, answers: Rows) -> np.ndarray:
    """The form (L,) that all these answers have: delimiters, and masks where anything may stand."""
    ends = model.delimited.cpu().numpy()[answers.tokens]
    full = (answers.length == answers.tokens.shape[1]).all()
    if not len(ends) or not full or not (ends == ends[0]).all():
        raise DataError("the answers are of several lengths or forms: ask for them apart")
    return np.where(ends[0], answers.tokens[0], mask_of(model))


@torch.no_grad()
def minimise(
    model: ChainTransformer,
    questions: Rows,
    form: np.ndarray,
    *,
    passes: int,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
) -> Rows:
    """Answers (B, L) of a `form` (L,) and of little energy, after so many passes over whole rows.

    At a temperature tokens are drawn, as where one samples; at 0 they are the likeliest.
    """
    check(passes >= 1, f"passes is {passes}: give 1 or more")
    check(temperature >= 0, f"temperature is {temperature}: give 0 or more")
    rows, start = _rows(model, questions, form)
    places = start + torch.from_numpy(np.flatnonzero(form == mask_of(model))).to(rows.device)
    found = rows[:, places]
    belief = torch.full(found.shape, -torch.inf, device=rows.device)
    for k in range(passes):
        # Of all n tokens n (1 - k / passes) are guessed anew, those believed in least.
        again = max(1, round(len(places) * (1 - k / passes)))
        open_ = belief.argsort(1).argsort(1) < again
        rows[:, places] = found.masked_fill(open_, mask_of(model))
        logs = _logs(model, rows, places, temperature)
        said = _said(logs, temperature, generator)
        own = logs.gather(-1, said[..., None])[..., 0]
        found, belief = torch.where(open_, said, found), torch.where(open_, own, belief)
    rows[:, places] = found
    return Rows.full(rows[:, start:].cpu().numpy())


@torch.no_grad()
def energy(model: ChainTransformer, questions: Rows, answers: Rows) -> np.ndarray:
    """E(x, y) in nats, (B,): of each token given all others, which takes a pass for each."""
    form = form_of(model, answers)
    rows, start = _rows(model, questions, form)
    answer = torch.from_numpy(answers.tokens).to(rows.device)
    total = torch.zeros(len(rows), device=rows.device)
    for place in np.flatnonzero(form == mask_of(model)).tolist():
        rows[:, start:] = answer
        rows[:, start + place] = mask_of(model)
        logs = _logs(model, rows, torch.tensor([start + place]))[:, 0]
        total -= logs.gather(-1, answer[:, place, None])[:, 0]
    return total.cpu().numpy()


def _rows(model: ChainTransformer, questions: Rows, form: np.ndarray) -> tuple[Tensor, int]:
    """Questions with a form behind each of them, and where that begins."""
    check(not model.causal, SEES)
    width = questions.tokens.shape[1]
    if not (questions.length == width).all():
        raise DataError("questions of several lengths cannot be asked at once: ask them apart")
    forms = np.broadcast_to(form, (len(questions.tokens), len(form)))
    both = np.concatenate([questions.tokens, forms], 1)
    return torch.from_numpy(both).to(model.embedding.device), width


def _logs(
    model: ChainTransformer, rows: Tensor, places: Tensor, temperature: float = 0.0
) -> Tensor:
    """Logarithms of probabilities of the words at some places, (B, n, V)."""
    logits = model(rows)[:, places - 1]  # what stands at a place is said by the token before it
    nothing = model.delimited.clone()
    nothing[[PAD, EOS, mask_of(model)]] = True
    logits = logits.masked_fill(nothing, -torch.inf)
    return (logits / temperature if temperature else logits).log_softmax(-1)


def _said(logs: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
    if not temperature:
        return logs.argmax(-1)
    drawn = torch.multinomial(logs.exp().flatten(0, 1), 1, generator=generator)
    return drawn.view(logs.shape[:-1])
