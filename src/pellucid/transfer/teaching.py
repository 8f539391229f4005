"""Teaching: what a teacher says of queries, over a wire, with its faults.

    lesson = teach(teacher, queries, codec="uint8", reads=4)
    learn(student, lesson, LearnConfig(epochs=8), estimator=ActivityPerturbation(), folder=run)

Teacher and student hold the same queries (a public transfer set), so that only answers travel. A
teacher on a device that trembles is asked several times, and its mean is sent. A teacher may be
wrong: `mistaken` gives one whose errors are known, and whose student may come to err less than it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pellucid.config import check
from pellucid.errors import DataError
from pellucid.learning.lessons import Labelled
from pellucid.transfer.channel import send
from pellucid.transfer.codec import Codec
from pellucid.transfer.distillation import Taught, answers, centred
from pellucid.transfer.message import Labels, SoftTargets


def teach(
    teacher: nn.Module,
    queries: Tensor,
    *,
    temperature: float = 4.0,
    codec: Codec = "uint8",
    reads: int = 1,
) -> Taught:
    """What a student hears of a teacher's logits for queries (N, ...).

    Each query is answered `reads` times, and the mean is sent; the bits are entered into ledgers.
    """
    check(reads > 0, f"reads={reads} must be positive")
    said = torch.stack([answers(teacher, queries) for _ in range(reads)]).mean(0)
    heard = send(SoftTargets(centred(said), codec=codec)).values
    return Taught(queries, heard.to(queries), temperature)


def tell(teacher: nn.Module, queries: Tensor) -> Labelled:
    """What a student hears where the teacher says its class alone, and nothing of the others."""
    said = answers(teacher, queries)
    heard = send(Labels(said.argmax(1), said.shape[1])).labels
    return Labelled(queries, heard.to(queries.device))


def mistaken(labels: Tensor, share: float, classes: int, *, generator: torch.Generator) -> Tensor:
    """Labels (N,) of which a share is another class, drawn evenly: a teacher who errs so often."""
    check(0 <= share <= 1, f"share={share} must be from 0 to 1")
    if classes < 2:
        raise DataError(f"{classes} classes leave no class to mistake one for: give 2 or more")
    wrong = torch.rand(len(labels), generator=generator) < share
    other = torch.randint(1, classes, labels.shape, generator=generator)
    return torch.where(wrong, (labels + other) % classes, labels)
