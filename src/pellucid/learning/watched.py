"""What the layers of a model say in a pass, and passes in which they say something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from torch import Tensor, nn

from pellucid.learning.gradient import Affine, Loss, per_sample

Change = Callable[[str, Tensor], Tensor]
"""What a layer of that name says instead of its outputs."""


def look(
    model: nn.Module,
    layers: Mapping[str, Affine],
    loss: Loss,
    x: Tensor,
    change: Change | None = None,
) -> tuple[dict[str, Tensor], dict[str, Tensor], Tensor]:
    """Inputs and outputs of the layers, and the loss of each sample, of one pass."""
    inputs: dict[str, Tensor] = {}
    outputs: dict[str, Tensor] = {}

    def seen(name: str, z: Tensor) -> Tensor:
        outputs[name] = z if change is None else change(name, z)
        return outputs[name]

    with changed(layers, seen, inputs):
        losses = per_sample(loss(model(x)), x)
    return inputs, outputs, losses


@contextmanager
def changed(
    layers: Mapping[str, Affine], change: Change, inputs: dict[str, Tensor] | None = None
) -> Iterator[None]:
    """While it is open, layers say what `change` makes of their outputs."""

    def hook(name: str) -> Callable[[nn.Module, Sequence[Tensor], Tensor], Tensor]:
        def say(module: nn.Module, given: Sequence[Tensor], z: Tensor) -> Tensor:
            if inputs is not None:
                inputs[name] = given[0]
            return change(name, z)

        return say

    handles = [layer.register_forward_hook(hook(name)) for name, layer in layers.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
