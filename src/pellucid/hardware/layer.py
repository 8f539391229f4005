"""A linear layer whose products are made by a mortal device: the chip in the loop.

    layer = MortalLinear(MortalDevice(64, 32, seed=0), threshold=0.02)
    model = nn.Sequential(layer, nn.ReLU(), MortalLinear(MortalDevice(32, 10, seed=1)))

Its `weight` is what is wished for, in digits; the device holds it as well as it can. Before a pass,
weights that have moved by more than the threshold since they were written are written anew: what
learns may change them in small steps, and the device is worn by large ones only (mixed precision,
Nandakumar et al. 2020). So every estimator of gradients trains it, and none has a model of it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pellucid.config import check
from pellucid.hardware.mortal import MortalDevice


class MortalLinear(nn.Linear):
    """y = device(x) + bias, (N, ..., rows) -> (N, ..., columns); nothing flows back through it.

    `gain` multiplies what the device says: weights are wished for in units of gain / w_max, so that
    those of a layer, which are much smaller than 1, use the range of the cells. It is set such that
    `reach` deviations of the first weights fill the range: learning wants room beyond the first
    weights, and writing errs by a share of the whole range. What the device says is first corrected
    by `factor` and `shift` (columns,), which stand at 1 and 0 until `pellucid.hardware.compensate`
    finds that it has drifted.
    """

    factor: Tensor
    shift: Tensor

    def __init__(
        self,
        device: MortalDevice,
        *,
        bias: bool = True,
        threshold: float = 0.0,
        reach: float = 3.0,
    ) -> None:
        """`threshold` is a share of the range of weights; see the module and the class."""
        check(0 <= threshold < 1, f"threshold={threshold} must be from 0 to below 1")
        check(reach > 0, f"reach={reach} must be positive")
        super().__init__(*device.shape, bias=bias)
        self.chip, self.threshold = device, threshold
        self.gain = reach * float(self.weight.detach().std()) / device.config.w_max
        self.register_buffer("factor", torch.ones(device.shape[1]))
        self.register_buffer("shift", torch.zeros(device.shape[1]))
        self._written: Tensor | None = None

    @torch.no_grad()
    def settle(self) -> int:
        """Write the weights that have moved; how many. DeadDeviceError where it is dead."""
        wished = self.weight.detach().mT.cpu() / self.gain
        limit = self.chip.config.w_max
        wished = wished.clamp(-limit, limit)
        if self._written is None:
            moved = torch.ones(self.chip.shape, dtype=torch.bool)
            self._written = wished.clone()
        else:
            moved = (wished - self._written).abs() > self.threshold * limit
        count = int(moved.sum())
        if count:
            self.chip.write(wished, None if count == moved.numel() else moved)
            self._written = torch.where(moved, wished, self._written)
        return count

    def forward(self, x: Tensor) -> Tensor:
        """One pass through the device, after what has moved was written."""
        self.settle()
        said = self.chip.forward(x.reshape(-1, self.in_features))
        said = (said * self.factor + self.shift) * self.gain
        said = said.view(*x.shape[:-1], self.out_features)
        return said if self.bias is None else said + self.bias
