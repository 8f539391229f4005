"""The public forms of rate reduction, for `bench_networks` to time: its objectives and ReduNet.

Derived anew from the published formulae and computed in the way of the public code: memberships as
diagonal matrices, `torch.logdet` and `torch.inverse` in float32, loops in Python over classes and
over frequencies.

Axes: B samples, D features, K classes, C channels, H x W places.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def coding_rate(z: Tensor, *, epsilon: float) -> Tensor:
    """Minus R of rows on the unit sphere (MCR^2), a scalar."""
    W = F.normalize(z).T
    p, m = W.shape
    return -torch.logdet(torch.eye(p) + p / (m * epsilon**2) * W.matmul(W.T)) / 2


def rate_reduction(z: Tensor, Pi: Tensor, *, epsilon: float) -> Tensor:
    """Minus R - R_c, with memberships as diagonal matrices Pi (K, B, B) (MCR^2), a scalar."""
    W = F.normalize(z).T
    p, m = W.shape
    compression = z.new_zeros(())
    for own in Pi:
        count = torch.trace(own) + 1e-8
        gram = p / (count * epsilon**2) * W.matmul(own).matmul(W.T)
        compression = compression + torch.logdet(torch.eye(p) + gram) * count / m / 2
    return coding_rate(z, epsilon=epsilon) + compression


class VectorReduNet(nn.Module):
    """One layer of ReduNet for vectors (B, D)."""

    E: Tensor
    Cs: Tensor
    gamma: Tensor

    def __init__(self, *, epsilon: float, eta: float, lambda_: float) -> None:
        super().__init__()
        self.epsilon, self.eta, self.lambda_ = epsilon, eta, lambda_

    def construct(self, z: Tensor, labels: Tensor, *, classes: int) -> Tensor:
        """Make the layer from samples (B, D), and return what it makes of them."""
        z = F.normalize(z)
        B, D = z.shape
        alpha = D / (B * self.epsilon**2)
        self.E = alpha * torch.inverse(torch.eye(D) + alpha * z.T @ z)
        Cs, gammas = [], []
        for k in range(classes):
            own = z[labels == k]
            alpha = D / (len(own) * self.epsilon**2)
            Cs.append(alpha * torch.inverse(torch.eye(D) + alpha * own.T @ own))
            gammas.append(len(own) / B)
        self.Cs, self.gamma = torch.stack(Cs), torch.tensor(gammas)
        return self(z)

    def forward(self, z: Tensor) -> Tensor:
        """Samples (B, D) after the layer."""
        z = F.normalize(z)
        residuals = torch.stack([z @ C.T for C in self.Cs])
        pi = (-self.lambda_ * residuals.norm(dim=2)).softmax(dim=0)
        compress = torch.zeros_like(z)
        for gamma, own, residual in zip(self.gamma, pi, residuals, strict=True):
            compress = compress + gamma * own[:, None] * residual
        return F.normalize(z + self.eta * (z @ self.E.T - compress))


class PictureReduNet(nn.Module):
    """One layer of ReduNet for pictures (B, C, H, W) on a torus: an inverse for each frequency."""

    E: Tensor
    Cs: Tensor
    gamma: Tensor

    def __init__(self, *, epsilon: float, eta: float, lambda_: float) -> None:
        super().__init__()
        self.epsilon, self.eta, self.lambda_ = epsilon, eta, lambda_

    def construct(self, z: Tensor, labels: Tensor, *, classes: int) -> Tensor:
        """Make the layer from samples, and return what it makes of them."""
        V = torch.fft.fft2(_on_sphere(z), norm="ortho")
        self.E = self._operator(V)
        self.Cs = torch.stack([self._operator(V[labels == k]) for k in range(classes)])
        self.gamma = torch.stack([(labels == k).float().mean() for k in range(classes)])
        return self(z)

    def _operator(self, V_BCHW: Tensor) -> Tensor:
        B, C, H, W = V_BCHW.shape
        alpha = C / (B * self.epsilon**2)
        operator = torch.empty(C, C, H, W, dtype=V_BCHW.dtype)
        for h in range(H):
            for w in range(W):
                V = V_BCHW[:, :, h, w]
                gram = V.T @ V.conj()
                operator[:, :, h, w] = alpha * torch.inverse(torch.eye(C) + alpha * gram)
        return operator

    def forward(self, z: Tensor) -> Tensor:
        """Samples (B, C, H, W) after the layer."""
        V = torch.fft.fft2(_on_sphere(z), norm="ortho")
        residuals = torch.stack([torch.einsum("oihw,bihw->bohw", C, V) for C in self.Cs])
        pi = (-self.lambda_ * residuals.flatten(2).norm(dim=2)).softmax(dim=0)
        compress = torch.zeros_like(V)
        for gamma, own, residual in zip(self.gamma, pi, residuals, strict=True):
            compress = compress + gamma * own[:, None, None, None] * residual
        expand = torch.einsum("oihw,bihw->bohw", self.E, V)
        V = V + self.eta * (expand - compress)
        V = V / V.flatten(1).norm(dim=1)[:, None, None, None]
        return torch.fft.ifft2(V, norm="ortho").real


def _on_sphere(z: Tensor) -> Tensor:
    return F.normalize(z.flatten(1)).view_as(z)
