"""A classifier that is sparse coding from the picture to the class.

whitened patches -> [pool ->] sparse code -> standardised -> ... -> mean over places -> linear

The codes of each layer explain its input by few patterns, and are standardised (batch normalisation
without a learned scale) to be the next layer's input. There is no other non-linearity and no
maximum pooling: for a given picture every logit is a sum over the active atoms of any layer, which
`csc_explain` writes down. The family of SDNet (Dai et al. 2022).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.errors import ConfigError
from pellucid.networks.csc_explain import Explanation, Unit, checked, explain
from pellucid.networks.csc_layer import ConvSparseCoding
from pellucid.networks.csc_plan import CscPlan, LayerPlan, make_plan
from pellucid.networks.csc_standardise import Standardise
from pellucid.networks.csc_whitening import PatchWhitening


class CodingBlock(nn.Module):
    """Pool, code, standardise; and add to the input where the plan is residual."""

    def __init__(self, shape: tuple[int, int, int], plan: LayerPlan) -> None:
        super().__init__()
        channels, height, width = shape
        pooled = (channels, height // plan.pool, width // plan.pool)
        self.pool, self.residual, self.entering = plan.pool, plan.residual, (height, width)
        self.coding = ConvSparseCoding(
            pooled,
            plan.atoms,
            kernel=plan.kernel,
            stride=plan.stride,
            iterations=plan.iterations,
            price=plan.price,
        )
        self.shape = self.coding.shape
        if plan.residual and self.shape != pooled:
            raise ConfigError(
                f"a residual layer keeps its shape: {pooled} goes in and {self.shape} comes out; "
                f"give it atoms {channels} and stride 1"
            )
        self.norm = Standardise(plan.atoms, affine=plan.residual)

    def forward(self, x: Tensor, keep: Tensor | None = None) -> Tensor:
        """The next stream (B, atoms, h, w) from the one below; codes are multiplied by `keep`."""
        x = self.shrink(x)
        z = self.coding(x)
        y = self.norm(z if keep is None else z * keep)
        return x + y if self.residual else y

    def shrink(self, x: Tensor) -> Tensor:
        """The stream averaged over squares of side `pool`."""
        return F.avg_pool2d(x, self.pool) if self.pool > 1 else x

    def unpool(self, x: Tensor) -> Tensor:
        """The plainest stream whose average over squares is `x`: each square of one value."""
        if self.pool == 1:
            return x
        spread = F.interpolate(x, scale_factor=self.pool, mode="nearest")
        height, width = self.entering
        return F.pad(spread, (0, width - spread.shape[-1], 0, height - spread.shape[-2]))

    def affine(self) -> tuple[Tensor, Tensor]:
        """Scale and shift (atoms, 1, 1) of the standardisation at inference."""
        norm = self.norm
        assert norm.running_mean is not None
        assert norm.running_var is not None
        scale = (norm.running_var + norm.eps).rsqrt()
        if norm.affine:
            scale = scale * norm.weight
        shift = -norm.running_mean * scale
        if norm.affine:
            shift = shift + norm.bias
        return scale[:, None, None], shift[:, None, None]


class SparseClassifier(nn.Module):
    """Pictures (B, C, H, W) of any numeric type to logits (B, classes).

    Call `fit` with training pictures once before training: it takes the whitening, from pictures of
    the same type and scale, without labels.

        network = SparseClassifier((3, 32, 32), 10, plan="small")
        network.fit(pictures)
        ...                                     # train as any classifier
        explanation = network.eval().explain(picture)
        explanation.top(layer=2, count=3)
    """

    def __init__(
        self,
        shape: tuple[int, int, int] = (3, 32, 32),
        classes: int = 10,
        *,
        plan: str | CscPlan = "small",
    ) -> None:
        super().__init__()
        self.plan = make_plan(plan)
        if not self.plan.layers:
            raise ConfigError("the plan of a sparse classifier has no layer: give it at least one")
        self.whitening = PatchWhitening(
            shape,
            self.plan.components,
            kernel=self.plan.patch,
            stride=self.plan.patch_stride,
        )
        blocks, size = [], self.whitening.shape
        for layer in self.plan.layers:
            blocks.append(CodingBlock(size, layer))
            size = blocks[-1].shape
        self.shape, self.classes = tuple(shape), classes
        self.blocks = nn.ModuleList(blocks)
        self.readout = nn.Linear(size[0], classes)

    @property
    def layers(self) -> list[CodingBlock]:
        """The blocks, first to last."""
        return [block for block in self.blocks if isinstance(block, CodingBlock)]

    def fit(self, pictures: Tensor) -> None:
        """Take the whitening from pictures (N, C, H, W); no label is seen."""
        self.whitening.fit(pictures)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits (B, classes)."""
        return self._run(pictures, {})

    def codes(self, pictures: Tensor) -> list[Tensor]:
        """The sparse codes (B, atoms, h, w) of every layer, first to last."""
        stream, codes = self.whitening(self.whitening.center(pictures)), []
        for block in self.layers:
            codes.append(block.coding(block.shrink(stream)))
            stream = block(stream)
        return codes

    def explain(
        self, picture: Tensor, target: int | Unit | None = None, *, top: int = 8
    ) -> Explanation:
        """Why the network gives `picture` (C, H, W) the logit of a class: `csc_explain.explain`."""
        return explain(self, picture, target, top=top)

    @torch.no_grad()
    def delete(self, pictures: Tensor, units: Iterable[Unit]) -> Tensor:
        """The logits (B, classes) if these atoms had been silent; the layers above answer anew."""
        keep: dict[int, Tensor] = {}
        for unit in units:
            checked(self, unit)
            shape = self.layers[unit.layer].shape
            mask = keep.setdefault(unit.layer, self.whitening.mean.new_ones(shape))
            mask[unit.index] = 0.0
        return self._run(pictures, keep)

    def draw(self, layer: int, code: Tensor) -> Tensor:
        """What a code (B, atoms, h, w) of `layer` says about the picture, (B, C, H, W).

        The code is pushed down through the dictionaries below: D z is a pattern of standardised
        codes, times their deviations a pattern of codes, and so on to whitened patches and pixels.
        A residual layer only adds to the stream, so a pattern of the stream passes it unchanged.
        Linear: zero is the mean colour, and the amounts of single atoms add up.
        """
        top = self.layers[layer]
        stream = top.unpool(top.coding.reconstruct(code))
        for block in reversed(self.layers[:layer]):
            if not block.residual:
                stream = block.coding.reconstruct(stream / block.affine()[0])
            stream = block.unpool(stream)
        return self.whitening.decode(stream)

    def _run(self, pictures: Tensor, keep: Mapping[int, Tensor]) -> Tensor:
        stream = self.whitening(self.whitening.center(pictures))
        for number, block in enumerate(self.layers):
            stream = block(stream, keep.get(number))
        return self.readout(stream.mean((2, 3)))
