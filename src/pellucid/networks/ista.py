"""Sparsifying steps of a transformer: ISTA in one dictionary, and in an overcomplete one.

Both lower a non-negative LASSO of the layer-normed tokens n, in a learned dictionary D:

    E(z; n) = 1/2 ||n - D z||^2 + lambda sum(z),   z >= 0
    z <- ReLU(z + eta D'(n - D z) - eta lambda)            ISTA, Daubechies et al. 2004

From any z >= 0 the step does not raise E where eta <= 2 / ||D||^2 (spectral norm).

Axes: B samples, N tokens, D features.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.errors import ConfigError
from pellucid.networks.whitebox import WhiteBoxLayer

Start = Literal["input", "feasible"]
FORMULA = "1/2 ||n - D z||^2 + lambda ||z||_1, z >= 0, n = LayerNorm(x)"


def ista_step(z: Tensor, x: Tensor, dictionary: Tensor, *, step: float, sparsity: float) -> Tensor:
    """ReLU(z + step (D'(x - D z) - sparsity)): z (..., M), x (..., D), dictionary (D, M)."""
    return _shrink(z, x - F.linear(z, dictionary), dictionary, step=step, sparsity=sparsity)


def first_step(x: Tensor, dictionary: Tensor, *, step: float, sparsity: float) -> Tensor:
    """The same step from z = 0, which needs no reconstruction: ReLU(step (D'x - sparsity))."""
    price = x.new_full((dictionary.shape[1],), -sparsity)
    return F.relu(step * F.linear(x, dictionary.mT, price))


def _shrink(
    z: Tensor, residual: Tensor, dictionary: Tensor, *, step: float, sparsity: float
) -> Tensor:
    # The price rides along as the bias of the product: one pass over the coefficients fewer.
    price = residual.new_full((dictionary.shape[1],), -sparsity)
    return F.relu(torch.add(z, F.linear(residual, dictionary.mT, price), alpha=step))


def lasso(z: Tensor, x: Tensor, dictionary: Tensor, *, sparsity: float) -> Tensor:
    """1/2 ||x - D z||^2 + sparsity ||z||_1, summed over the tokens of each sample: (B,)."""
    fit = 0.5 * (x - F.linear(z, dictionary)).square().flatten(1).sum(1)
    return fit + sparsity * z.abs().flatten(1).sum(1)


class ISTALayer(WhiteBoxLayer):
    """CRATE's feed-forward: `iterations` ISTA steps on n = LayerNorm(x), (B, N, D) -> (B, N, D).

    The code itself is the output, with no residual, so that its zeros are zeros of the tokens. As
    published the dictionary is square, the algorithm starts at n, and one step is taken (Yu et al.
    2023). That start has negative entries, which no admitted z has, so the first step has no proof
    of descent; with `start="feasible"` it starts at ReLU(n), and every step has.
    """

    formula = FORMULA + "  [Yu et al. 2023]"
    unit = "squared input"

    def __init__(
        self,
        dimension: int,
        *,
        step: float = 0.1,
        sparsity: float = 0.1,
        iterations: int = 1,
        start: Start = "input",
        norm: bool = True,
    ) -> None:
        super().__init__()
        if start not in ("input", "feasible"):
            raise ConfigError(f"ISTA: start is '{start}': give 'input' or 'feasible'")
        check_lasso("ISTA", step=step, sparsity=sparsity, iterations=iterations)
        self.step, self.sparsity, self.iterations = step, sparsity, iterations
        self.start = start
        self.norm = nn.LayerNorm(dimension) if norm else nn.Identity()
        self.dictionary = nn.Parameter(torch.empty(dimension, dimension))
        nn.init.kaiming_uniform_(self.dictionary)

    def forward(self, x: Tensor) -> Tensor:
        """The code of tokens (B, N, D), non-negative."""
        n = self.norm(x)
        z = self._begin(n)
        for _ in range(self.iterations):
            z = ista_step(z, n, self.dictionary, step=self.step, sparsity=self.sparsity)
        return z

    def _begin(self, n: Tensor) -> Tensor:
        return F.relu(n) if self.start == "feasible" else n

    def initial(self, x: Tensor) -> Tensor:
        """LayerNorm(x), or its positive part."""
        return self._begin(self.norm(x))

    def objective(self, z: Tensor, x: Tensor) -> Tensor:
        """The LASSO at z for the input x, (B,)."""
        return lasso(z, self.norm(x), self.dictionary, sparsity=self.sparsity)

    def largest_step(self) -> Tensor:
        """2 / ||D||^2: up to here the step is proved to descend; a scalar."""
        return 2 / torch.linalg.matrix_norm(self.dictionary.detach().float(), 2).square()


class OvercompleteCode(WhiteBoxLayer):
    """The code of CRATE-alpha: ISTA from zero in `ratio` times as many atoms as features.

    (B, N, D) -> (B, N, ratio D), non-negative (Yang et al. 2024, "Scaling White-Box Transformers
    for Vision"). The start is admitted, so every step up to `largest_step()` descends.
    """

    formula = FORMULA + "  [Yang et al. 2024]"
    unit = "squared input"

    def __init__(
        self,
        dimension: int,
        *,
        ratio: int = 4,
        step: float = 0.1,
        sparsity: float = 0.1,
        iterations: int = 2,
        norm: bool = True,
    ) -> None:
        super().__init__()
        check_lasso("overcomplete code", step=step, sparsity=sparsity, iterations=iterations)
        self.step, self.sparsity, self.iterations = step, sparsity, iterations
        self.norm = nn.LayerNorm(dimension, eps=1e-6) if norm else nn.Identity()
        self.dictionary = nn.Parameter(torch.empty(dimension, ratio * dimension))
        nn.init.kaiming_uniform_(self.dictionary)

    def forward(self, x: Tensor) -> Tensor:
        """The code A of tokens (B, N, D): (B, N, ratio D)."""
        n = self.norm(x)
        code = first_step(n, self.dictionary, step=self.step, sparsity=self.sparsity)
        for _ in range(self.iterations - 1):
            code = ista_step(code, n, self.dictionary, step=self.step, sparsity=self.sparsity)
        return code

    def initial(self, x: Tensor) -> Tensor:
        """Zero, (B, N, ratio D)."""
        return x.new_zeros(*x.shape[:-1], self.dictionary.shape[1])

    def objective(self, z: Tensor, x: Tensor) -> Tensor:
        """The LASSO at the code z for the input x, (B,)."""
        return lasso(z, self.norm(x), self.dictionary, sparsity=self.sparsity)

    def largest_step(self) -> Tensor:
        """2 / ||D||^2: up to here the step is proved to descend; a scalar."""
        return 2 / torch.linalg.matrix_norm(self.dictionary.detach().float(), 2).square()


class OvercompleteBlock(nn.Module):
    """CRATE-alpha's feed-forward: z + D1 A, where A is the code of z; (B, N, D) -> (B, N, D).

    D1 is a dictionary of its own as in the published models, or D with `tied=True` as derived. The
    output is dense: sparsity is to be counted in `code`, which is the white-box layer.
    """

    def __init__(
        self,
        dimension: int,
        *,
        ratio: int = 4,
        step: float = 0.1,
        sparsity: float = 0.1,
        iterations: int = 2,
        tied: bool = False,
        residual: bool = True,
    ) -> None:
        super().__init__()
        self.code = OvercompleteCode(
            dimension, ratio=ratio, step=step, sparsity=sparsity, iterations=iterations
        )
        self.residual = residual
        self.decoder = None
        if not tied:
            self.decoder = nn.Parameter(torch.empty_like(self.code.dictionary))
            nn.init.kaiming_uniform_(self.decoder)

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D)."""
        decoder = self.code.dictionary if self.decoder is None else self.decoder
        said = F.linear(self.code(z), decoder)
        return z + said if self.residual else said


def check_lasso(layer: str, *, step: float, sparsity: float, iterations: int) -> None:
    """ConfigError where a setting of ISTA is out of its range."""
    if step <= 0 or sparsity < 0 or iterations < 1:
        raise ConfigError(
            f"{layer}: step {step} must be above 0, sparsity {sparsity} at least 0, "
            f"iterations {iterations} at least 1"
        )
