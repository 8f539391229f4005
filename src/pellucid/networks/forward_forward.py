"""Forward-Forward: layers that are active for a picture with its label, quiet for a wrong label.

    network = ForwardForward((1, 28, 28), classes=10)
    network(x)                          # (B, K): the goodness of each picture with each label
    network.activities(x, labels)       # what each layer says, (B, L, W), of labels (B, L)

Nothing comes down from above. A layer sees the direction of what the layer below says, not its
length, so that it cannot take over the goodness from there: the mean of squared activities (Hinton
2022, arXiv 2212.13345). `pellucid.learning.forward_forward` says how such a network learns.

The label has units of its own beside the picture. Hinton writes it over the first ten pixels, which
MNIST leaves black; in most pictures something stands there. What the first layer sees of a picture
is then the same for all labels, and is computed once.

Axes: B pictures, L labels of each, K classes, P inputs, W units.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.config import check
from pellucid.errors import DataError


class ForwardForward(nn.Module):
    """A stack of layers of rectified units, each of which judges a picture with a label.

    `shape` is (channels, height, width) of a picture, and `widths` are the units of each layer.
    `label_length` is the length of the vector that tells the label, where the picture's is one
    (in Hinton's MNIST about a tenth). With `skip_first` the first layer has no say in the score, as
    in Hinton's experiments. The weights are drawn by torch's generator.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        classes: int,
        *,
        widths: Sequence[int] = (500, 500),
        label_length: float = 0.5,
        skip_first: bool = False,
    ) -> None:
        check(classes >= 2, f"classes={classes} must be at least 2, for a label to be wrong")
        check(
            len(widths) > 0 and min(widths) >= 1,
            f"widths={tuple(widths)} must name a layer or more, each of at least one unit",
        )
        check(label_length > 0, f"label_length={label_length} must be positive")
        check(
            len(widths) > 1 or not skip_first,
            "skip_first leaves no layer to score by: add a second one to widths",
        )
        super().__init__()
        self.shape, self.classes, self.skip_first = tuple(shape), classes, skip_first
        first = LabelledLayer(math.prod(shape), classes, widths[0], label_length=label_length)
        self.layers = nn.ModuleList([first, *(DirectedLayer(p, q) for p, q in pairwise(widths))])

    def forward(self, x: Tensor) -> Tensor:
        """The score (B, K) of each label for pictures (B, C, H, W); argmax is the prediction."""
        every = torch.arange(self.classes, device=x.device).expand(len(x), -1)
        return self.score(self.activities(x, every))

    def activities(self, x: Tensor, labels: Tensor) -> list[Tensor]:
        """What each layer says, (B, L, W), of pictures (B, C, H, W) with labels (B, L)."""
        h, found = self.told(x, labels), []
        for layer in self.layers:
            h = layer(h)
            found.append(h)
        return found

    def score(self, activities: Sequence[Tensor]) -> Tensor:
        """The goodness (B, L) of those layers together that have a say."""
        return torch.stack([goodness(h) for h in activities[self.skip_first :]]).sum(0)

    def told(self, x: Tensor, labels: Tensor) -> Tensor:
        """Pictures (B, C, H, W) with labels (B, L) as the first layer takes them, (B, P + L K).

        DataError where the pictures are not of the network's shape, or labels are not its classes.
        """
        if x.shape[1:] != self.shape:
            raise DataError(
                f"pictures of shape {tuple(x.shape[1:])} do not fit a network of {self.shape}: "
                "make it for them"
            )
        if labels.dim() != 2 or len(labels) != len(x):
            raise DataError(
                f"labels of shape {tuple(labels.shape)} do not fit {len(x)} pictures: give "
                f"({len(x)}, L), any number L of labels for each"
            )
        if labels.numel() and not 0 <= labels.min() <= labels.max() < self.classes:
            raise DataError(f"a label lies outside of 0 to {self.classes - 1}: mend the labels")
        units = F.one_hot(labels, self.classes).to(x.dtype)
        return torch.cat((x.flatten(1), units.flatten(1)), 1)


class LabelledLayer(nn.Module):
    """The first layer: W units that see a picture and some labels, (B, P + L K) -> (B, L, W).

        relu(picture(x / rms(x)) + label(label_length sqrt(P) e_k)),      e_k the label, one-hot

    A picture with a label has the same length whatever they are: sqrt(P (1 + label_length^2)).
    """

    def __init__(self, pixels: int, classes: int, width: int, *, label_length: float) -> None:
        super().__init__()
        self.pixels, self.classes = pixels, classes
        self.label_scale = label_length * math.sqrt(pixels)
        self.picture = nn.Linear(pixels, width)
        self.label = nn.Linear(classes, width, bias=False)
        # As the weights of pixels, of which the label is one more.
        bound = 1 / math.sqrt(pixels)
        nn.init.uniform_(self.label.weight, -bound, bound)

    def forward(self, told: Tensor) -> Tensor:
        """See the class."""
        x, units = told.split([self.pixels, told.shape[1] - self.pixels], 1)
        units = units.unflatten(1, (units.shape[1] // self.classes, self.classes))
        seen = self.picture(direction(x)).unsqueeze(1)
        return F.relu(seen + self.label(self.label_scale * units))


class DirectedLayer(nn.Module):
    """A layer above: relu(linear(h / rms(h))), (..., P) -> (..., W)."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, width)

    def forward(self, h: Tensor) -> Tensor:
        """See the class."""
        return F.relu(self.linear(direction(h)))


def direction(h: Tensor) -> Tensor:
    """Vectors (..., P) made as long as sqrt(P); zero stays zero."""
    return math.sqrt(h.shape[-1]) * F.normalize(h, dim=-1)


def goodness(h: Tensor) -> Tensor:
    """The mean of squared activities (..., W) over the units of a layer, (...)."""
    return h.square().mean(-1)
