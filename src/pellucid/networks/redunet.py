"""ReduNet: a network that is constructed, not trained, and whose every matrix says what it is for.

A layer takes one step up the rate reduction of the data that it was made from, one step on the
sphere (Chan et al. 2022, eq. 15 to 19):

    pi(z) = softmax_k(-lambda ||C_k z||)
    z+    = normalise(z + eta (E z - sum_k gamma_k pi_k(z) C_k z))

E z expands: it pushes along the directions in which the data are poor. C_k z is what class k has
not yet explained, and is taken away from the samples that seem to be of class k. Their memberships
pi are the gate of a mixture of experts: K linear experts C_k, of which the one with the least
residual speaks.

What a layer descends. The rate reduction of one batch says little about a sample, so the objective
of a layer is each sample's part: minus the rate reduction, in nats, that z adds to the data from
which the layer was made, to first order, at the memberships of its input:

    -1/2 (<z, E z> - sum_k gamma_k pi_k <z, C_k z>),      z on the unit sphere.

A step is one power iteration with I + eta M, M = E - sum_k gamma_k pi_k C_k, whose smallest
eigenvalue is above 1 - eta alpha (alpha = C / (N eps^2)). So every sample descends where
eta alpha <= 1, with no condition on the data. That Delta R of the data rises follows to first order
only; the construction measures it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from pellucid.errors import CheckpointError, ConfigError, DataError
from pellucid.networks.redunet_moments import (
    Basis,
    ClassMoments,
    Vectors,
    apply,
    apply_each,
    inner,
    normalise,
    norms,
    on_sphere,
)
from pellucid.networks.whitebox import WhiteBoxLayer
from pellucid.objectives.objective import check_positive

_BUFFERS = ("E", "C", "gamma", "eta", "lambda_")


class ReduNetLayer(WhiteBoxLayer):
    """One step up the rate reduction: (B, D) to (B, D), or what the basis is for.

    Everything it knows is a buffer that can be read: `E` (D, D), `C` (K, D, D), `gamma` (K,), the
    step `eta` and the sharpness `lambda_` of the gate. With a `Circular` basis, E is a bank of
    filters (C, C, *grid) and C one for each class.
    """

    formula = (
        "-1/2 (<z, E z> - sum_k gamma_k pi_k(x) <z, C_k z>), |z| = 1: "
        "minus the rate reduction that z adds (Chan et al. 2022, eq. 15-19)"
    )
    unit = "nats"
    E: Tensor
    C: Tensor
    gamma: Tensor
    eta: Tensor
    lambda_: Tensor

    def __init__(
        self,
        E: Tensor,
        C: Tensor,
        *,
        gamma: Tensor,
        eta: Tensor,
        lambda_: Tensor,
        basis: Basis | None = None,
    ) -> None:
        super().__init__()
        if C.shape[1:] != E.shape or gamma.shape != C.shape[:1]:
            raise DataError(
                f"ReduNet: E {tuple(E.shape)}, C {tuple(C.shape)}, gamma {tuple(gamma.shape)}: "
                "give C one operator like E, and gamma one share, for each class"
            )
        self.basis = Vectors() if basis is None else basis
        for name, value in zip(_BUFFERS, (E, C, gamma, eta, lambda_), strict=True):
            # Contiguous, or the file format refuses it.
            self.register_buffer(name, value.contiguous())

    @property
    def classes(self) -> int:
        """How many experts there are."""
        return int(self.C.shape[0])

    def forward(self, x: Tensor) -> Tensor:
        """The features after the step; of the shape of x."""
        return self.step(x)[0]

    def gate(self, x: Tensor) -> Tensor:
        """The soft memberships pi (B, K): rows sum to one; a class with no sample gets none."""
        return self._gate(apply_each(self._operators()[1], self.basis.rows(x)))

    def step(self, x: Tensor, membership: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The features after the step, and the gate pi (B, K) that was estimated.

        With `membership` (B, K) the step follows that instead: labels, while a network is made.
        """
        rows = self.basis.rows(x)
        E, C = self._operators()
        residuals = apply_each(C, rows)  # (F, B, K, C): what each expert has not explained
        gate = self._gate(residuals)
        share = (gate if membership is None else membership) * self.gamma
        push = apply(E, rows) - (share[..., None] * residuals).sum(2)
        return self.basis.features(on_sphere(rows + self.eta * push, self.basis)), gate

    def objective(self, z: Tensor, x: Tensor) -> Tensor:
        """Minus the rate reduction that each sample adds, in nats, to first order: (B,).

        The memberships are those of the layer's input x, as in its forward pass.
        """
        rows = on_sphere(self.basis.rows(z), self.basis)
        E, C = self._operators()
        expansion = inner(rows, apply(E, rows), self.basis)
        compression = inner(rows[:, :, None], apply_each(C, rows), self.basis)  # (B, K)
        share = self.gate(x) * self.gamma
        reduction = expansion - (share * compression).sum(1)
        return -self.basis.places / 2 * reduction

    def subspaces(self) -> Tensor | None:
        """The ten directions that each class explains best, (K, D, 10); None for filters.

        They are the eigenvectors of least eigenvalue of C_k: C_k z is small there. At most half of
        the features.
        """
        if not isinstance(self.basis, Vectors):
            return None
        rank = max(1, min(10, self.E.shape[-1] // 2))
        present = self.C[self.gamma > 0].double()
        return torch.linalg.eigh(present).eigenvectors[..., :rank].to(self.E.dtype)

    def _operators(self) -> tuple[Tensor, Tensor]:
        return self.basis.to_operator(self.E), self.basis.to_operator(self.C)

    def _gate(self, residuals: Tensor) -> Tensor:
        logits = -self.lambda_ * norms(residuals, self.basis)
        # A class that was never seen has C_k = 0 and would explain everything best.
        return logits.masked_fill(self.gamma == 0, -torch.inf).softmax(dim=-1)


def make_layer(
    moments: ClassMoments,
    *,
    epsilon: float,
    step: float = 0.5,
    sharpness: float = 30.0,
    eta: float | None = None,
    lambda_: float | None = None,
) -> ReduNetLayer:
    """The layer that climbs the rate reduction of the data with these `moments`.

    `step` is eta alpha and `sharpness` is lambda / (K alpha), alpha = C / (N eps^2): in these units
    a setting means the same for any number of samples, and a step of 1 or less descends. `eta` and
    `lambda_`, where they are given, are the published ones, which must grow with N. The operators
    are float64: `.to(dtype)` gives them the features' type.
    """
    operators, basis = moments.operators(epsilon), moments.basis
    if eta is None:
        eta = step / operators.alpha
    if lambda_ is None:
        lambda_ = sharpness / (moments.classes * operators.alpha)
    check_positive("ReduNet", eta=eta, lambda_=lambda_)
    return ReduNetLayer(
        basis.to_kernel(operators.E),
        basis.to_kernel(operators.C),
        gamma=operators.gamma,
        eta=operators.gamma.new_tensor(eta),
        lambda_=operators.gamma.new_tensor(lambda_),
        basis=basis,
    )


class ReduNet(nn.Module):
    """Layers of a ReduNet, one after the other: features on the unit sphere, same shape as x.

    network = construct(batches, classes=10).network     # pellucid.learning
    z = network(x)
    network.memberships(x).argmax(1)                     # the expert that speaks
    """

    def __init__(self, layers: Sequence[ReduNetLayer], *, basis: Basis | None = None) -> None:
        super().__init__()
        self.basis = Vectors() if basis is None else basis
        self.layers = nn.ModuleList(layers)

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], *, basis: Basis | None = None) -> ReduNet:
        """The network whose `state_dict()` this was. CheckpointError where a tensor is missing."""
        numbers = {int(name.split(".")[1]) for name in tensors if name.startswith("layers.")}
        layers = []
        for number in range(len(numbers)):
            names = {key: f"layers.{number}.{key}" for key in _BUFFERS}
            for name in names.values():
                if name not in tensors:
                    raise CheckpointError(
                        f"a ReduNet of {len(numbers)} layers lacks '{name}': take a whole copy"
                    )
            E, C, gamma, eta, lambda_ = (tensors[name] for name in names.values())
            layer = ReduNetLayer(E, C, gamma=gamma, eta=eta, lambda_=lambda_, basis=basis)
            layers.append(layer)
        return cls(layers, basis=basis)

    def forward(self, x: Tensor) -> Tensor:
        """The features of x after all layers."""
        z = normalise(x)
        for layer in self.layers:
            z = layer(z)
        return z

    def path(self, x: Tensor) -> list[Tensor]:
        """The features before the first layer and after each."""
        path = [normalise(x)]
        for layer in self.layers:
            path.append(layer(path[-1]))
        return path

    def gates(self, x: Tensor) -> Tensor:
        """The memberships that each of the L layers estimates, (L, B, K)."""
        gates, z = [], normalise(x)
        for layer in self._some_layers():
            z, gate = layer.step(z)
            gates.append(gate)
        return torch.stack(gates)

    def memberships(self, x: Tensor) -> Tensor:
        """The memberships that the last layer estimates, (B, K): the gate of its experts."""
        return self.gates(x)[-1]

    def _some_layers(self) -> list[ReduNetLayer]:
        layers = [layer for layer in self.layers if isinstance(layer, ReduNetLayer)]
        if not layers:
            raise ConfigError("a ReduNet without layers has no gate: construct at least one layer")
        return layers
