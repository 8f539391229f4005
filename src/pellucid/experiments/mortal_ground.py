"""What the parts of `pellucid run mortal` share: pictures as rows, bodies, and how they learn."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from pellucid.data import ImageSet, load_images
from pellucid.experiments.rows import Bar, Settings
from pellucid.hardware import DeviceConfig, MortalDevice, MortalLinear
from pellucid.learning.activity_perturbation import ActivityPerturbation
from pellucid.learning.gradient import GradientEstimator
from pellucid.learning.lessons import LearnConfig, Lesson, learn, share_right
from pellucid.learning.runs import RunFolder

REN = "Ren et al. 2023 (arXiv 2210.03310), Table 3"
HINTON = "Hinton, Vinyals and Dean 2015 (arXiv 1503.02531)"


@dataclass(frozen=True)
class Ground:
    """Pictures, each a row of numbers from 0 to 1, with their classes."""

    x: Tensor
    y: Tensor
    test_x: Tensor
    test_y: Tensor

    @classmethod
    def of(cls, images: ImageSet) -> Ground:
        """Of the pictures of a set."""
        rows = lambda a: torch.from_numpy(np.ascontiguousarray(a)).float().flatten(1) / 255  # noqa: E731
        labels = lambda a: torch.from_numpy(np.ascontiguousarray(a)).long()  # noqa: E731
        return cls(
            rows(images.train_images),
            labels(images.train_labels),
            rows(images.test_images),
            labels(images.test_labels),
        )

    @classmethod
    def load(cls, name: str, train: int | None = None, test: int | None = None) -> Ground:
        """By name; of the first pictures only, where numbers are given."""
        images = load_images(name)
        return cls.of(images if train is None else images.first(train, test))

    def error(self, network: nn.Module, where: Tensor | None = None) -> float:
        """Percent of the test pictures, or of those `where` (N,) is true, that are read wrong."""
        x, y = self.test_x, self.test_y
        if where is not None:
            x, y = x[where], y[where]
        return 100 * (1 - share_right(network, x, y))


def size(settings: Settings) -> str:
    """quick, short or full."""
    return "quick" if settings.quick else "full" if settings.full else "short"


def bar(settings: Settings, kind: str, value: float) -> Bar | None:
    """The bar, where the experiment has the size for which it was set."""
    if settings.quick or settings.full:
        return Bar("at least" if kind == "at least" else "at most", value)
    return None


def body(widths: tuple[int, ...], config: DeviceConfig, seed: int) -> nn.Sequential:
    """A perceptron whose every layer lives on a device of its own; bodies of a seed are alike.

    Its first weights are those of the seed too.
    """
    layers: list[nn.Module] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for number, (rows, columns) in enumerate(pairwise(widths)):
            device = MortalDevice(rows, columns, config, seed=1000 * seed + number)
            layers += [MortalLinear(device, threshold=0.02), nn.Hardtanh(0.0, 1.0)]
    return nn.Sequential(*layers[:-1])


def perceptron(
    widths: tuple[int, ...], seed: int, dropout: tuple[float, float] = (0.0, 0.0)
) -> nn.Sequential:
    """The same in digits, with dropout of inputs and of hidden units."""
    layers: list[nn.Module] = [nn.Dropout(dropout[0])] if dropout[0] else []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for rows, columns in pairwise(widths):
            layers += [nn.Linear(rows, columns), nn.ReLU()]
            if dropout[1]:
                layers.append(nn.Dropout(dropout[1]))
    while not isinstance(layers[-1], nn.Linear):
        layers.pop()
    return nn.Sequential(*layers)


def by_perturbation(network: nn.Module, *, size: float = 0.05) -> GradientEstimator:
    """How bodies learn: what their last layer says is seen, and so its gradient is exact."""
    last = [name for name, module in network.named_modules() if isinstance(module, nn.Linear)][-1]
    return ActivityPerturbation(size=size, readout=last)


def taught(
    network: nn.Module,
    lesson: Lesson,
    config: LearnConfig,
    output: Path,
    name: str,
    estimator: GradientEstimator | None = None,
) -> nn.Module:
    """The network, once it has learned the lesson in a folder of its own, anew."""
    with RunFolder.begin(output, name, config, fresh=True) as folder:
        learn(network, lesson, config, folder=folder, estimator=estimator)
        folder.finish()
    return network
