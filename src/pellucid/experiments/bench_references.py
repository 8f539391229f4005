"""The public forms of our networks' computations, for `bench_networks` to time beside ours.

Each is derived anew from the published formula and computed in the way of the public code: plain
PyTorch, matrices written out, loops in Python where the public code has loops. Parameters have the
names that they have in our layers, so that one `state_dict` gives both sides the same weights.

Axes: B samples, N tokens, D features, H heads, P features a head, K classes, C channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.networks.csc import SparseClassifier


class SubspaceAttention(nn.Module):
    """MSSA as published with CRATE: one linear map, its (N, N) products, softmax, a free map."""

    later: Tensor

    def __init__(self, dimension: int, *, heads: int, tokens: int, causal: bool) -> None:
        super().__init__()
        self.heads, self.causal, self.scale = heads, causal, (dimension // heads) ** -0.5
        self.norm = nn.LayerNorm(dimension)
        self.project = nn.Linear(dimension, dimension, bias=False)
        self.output = nn.Linear(dimension, dimension)
        later = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
        self.register_buffer("later", later, persistent=False)

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D)."""
        w_BHNP = _heads(self.project(self.norm(z)), self.heads)
        scores = torch.matmul(w_BHNP, w_BHNP.transpose(-1, -2)) * self.scale
        if self.causal:
            scores = scores.masked_fill(self.later, float("-inf"))
        seen = torch.matmul(scores.softmax(dim=-1), w_BHNP)
        return z + self.output(_joined(seen))


class TokenStatistics(nn.Module):
    """TSSA as published with ToST, on heads (B, H, N, P); causal by cumulative sums over tokens."""

    def __init__(self, dimension: int, *, heads: int, causal: bool) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norm = nn.LayerNorm(dimension)
        self.project = nn.Linear(dimension, dimension, bias=False)
        self.temperature = nn.Parameter(torch.ones(heads))
        self.output = nn.Linear(dimension, dimension)

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D)."""
        w_BHNP = _heads(self.project(self.norm(z)), self.heads)
        mixed = self._causal(w_BHNP) if self.causal else self._bidirectional(w_BHNP)
        return z + self.output(_joined(mixed))

    def _bidirectional(self, w_BHNP: Tensor) -> Tensor:
        unit = F.normalize(w_BHNP, dim=-2)
        pi_BHN = (unit.pow(2).sum(dim=-1) * self.temperature[:, None]).softmax(dim=1)
        share = pi_BHN / (pi_BHN.sum(dim=-1, keepdim=True) + 1e-8)
        moments = torch.matmul(share.unsqueeze(-2), w_BHNP.pow(2))
        return -(w_BHNP * pi_BHN.unsqueeze(-1)) * (1 / (1 + moments))

    def _causal(self, w_BHNP: Tensor) -> Tensor:
        square = w_BHNP**2
        unit = square / torch.cumsum(square, dim=-2).clamp_min(1e-12)
        pi_BHN = (unit.sum(dim=-1) * self.temperature[:, None]).softmax(dim=1)
        weight = torch.cumsum(pi_BHN, dim=-1).unsqueeze(-1) + 1e-8
        moments = torch.cumsum(square * pi_BHN.unsqueeze(-1), dim=-2) / weight
        return -(w_BHNP * pi_BHN.unsqueeze(-1)) * (1 / (1 + moments))


def _heads(w_BND: Tensor, heads: int) -> Tensor:
    B, N, D = w_BND.shape
    return w_BND.view(B, N, heads, D // heads).transpose(1, 2)


def _joined(w_BHNP: Tensor) -> Tensor:
    B, _, N, _ = w_BHNP.shape
    return w_BHNP.transpose(1, 2).reshape(B, N, -1)


class SparseStep(nn.Module):
    """ISTA as published with CRATE: both halves of the gradient by linear maps of their own."""

    def __init__(self, dimension: int, *, step: float = 0.1, sparsity: float = 0.1) -> None:
        super().__init__()
        self.step, self.sparsity = step, sparsity
        self.norm = nn.LayerNorm(dimension)
        self.dictionary = nn.Parameter(torch.empty(dimension, dimension))

    def forward(self, x: Tensor) -> Tensor:
        """The code of tokens (B, N, D)."""
        n = self.norm(x)
        said = F.linear(F.linear(n, self.dictionary), self.dictionary.t())
        heard = F.linear(n, self.dictionary.t())
        return F.relu(n + self.step * (heard - said) - self.step * self.sparsity)


class _Code(nn.Module):
    """The two steps of ISTA from zero of CRATE-alpha, in four times as many atoms."""

    def __init__(self, dimension: int, *, step: float = 0.1, sparsity: float = 0.1) -> None:
        super().__init__()
        self.step, self.sparsity = step, sparsity
        self.norm = nn.LayerNorm(dimension, eps=1e-6)
        self.dictionary = nn.Parameter(torch.empty(dimension, 4 * dimension))

    def forward(self, z: Tensor) -> Tensor:
        x = self.norm(z)
        price = self.step * self.sparsity
        code = F.relu(self.step * F.linear(x, self.dictionary.t()) - price)
        pull = F.linear(F.linear(code, self.dictionary) - x, self.dictionary.t())
        return F.relu(code - self.step * pull - price)


class SparseDictionary(nn.Module):
    """The feed of CRATE-alpha as published: the code, a second dictionary, and the residual."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.code = _Code(dimension)
        self.decoder = nn.Parameter(torch.empty(dimension, 4 * dimension))

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D)."""
        return z + F.linear(self.code(z), self.decoder)


class Perceptron(nn.Module):
    """The feed of a plain transformer."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dimension)
        self.widen = nn.Linear(dimension, 4 * dimension)
        self.narrow = nn.Linear(4 * dimension, dimension)

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D)."""
        return z + self.narrow(F.gelu(self.widen(self.norm(z))))


class TokenStack(nn.Module):
    """One block and a layer norm, (B, N, D); the counterpart of a `TokenNetwork` of depth one."""

    def __init__(self, mixer: nn.Module, feed: nn.Module, *, dimension: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([nn.ModuleDict({"mixer": mixer, "feed": feed})])
        self.norm = nn.LayerNorm(dimension)

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D)."""
        for block in self.blocks:
            assert isinstance(block, nn.ModuleDict)
            z = block["feed"](block["mixer"](z))
        return self.norm(z)


class PlainTransformer(nn.Module):
    """PyTorch's own encoder layer, pre-norm, without dropout, and a layer norm: (B, N, D)."""

    mask: Tensor

    def __init__(self, dimension: int, *, heads: int, tokens: int, causal: bool) -> None:
        super().__init__()
        self.causal = causal
        self.layer = nn.TransformerEncoderLayer(
            dimension,
            heads,
            4 * dimension,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.norm = nn.LayerNorm(dimension)
        mask = nn.Transformer.generate_square_subsequent_mask(tokens)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, z: Tensor) -> Tensor:
        """Tokens (B, N, D)."""
        mask = self.mask if self.causal else None
        return self.norm(self.layer(z, src_mask=mask, is_causal=self.causal))

    NAMES = (
        ("blocks.0.mixer.norm.", "layer.norm1."),
        ("blocks.0.mixer.project.", "layer.self_attn.in_proj_"),
        ("blocks.0.mixer.output.", "layer.self_attn.out_proj."),
        ("blocks.0.feed.norm.", "layer.norm2."),
        ("blocks.0.feed.widen.", "layer.linear1."),
        ("blocks.0.feed.narrow.", "layer.linear2."),
    )

    @classmethod
    def renamed(cls, name: str) -> str:
        """What a parameter of our `TokenNetwork` is called here."""
        for ours, theirs in cls.NAMES:
            name = name.replace(ours, theirs)
        return name


class ConvCode(nn.Module):
    """ISTA of a convolutional dictionary as published with SDNet: D, then D', one step a loop.

    One round of power iteration a training step follows the dictionary's norm.
    """

    probe: Tensor
    norm: Tensor
    price: Tensor

    def __init__(
        self, patterns: Tensor, probe: Tensor, *, stride: int, padding: int, iterations: int
    ) -> None:
        super().__init__()
        self.stride, self.padding = stride, padding
        self.iterations = iterations
        self.patterns = nn.Parameter(torch.empty_like(patterns))
        self.register_buffer("price", torch.empty(len(patterns)))
        self.register_buffer("probe", torch.empty_like(probe))
        self.register_buffer("norm", torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        """Codes (B, atoms, h, w) of maps (B, C, H, W)."""
        if self.training:
            self._follow_norm()
        dictionary = self.patterns / self.norm
        price = self.price[:, None, None]
        z = F.relu(F.conv2d(x, dictionary, stride=self.stride, padding=self.padding) - price)
        for _ in range(self.iterations - 1):
            residual = x - F.conv_transpose2d(
                z, dictionary, stride=self.stride, padding=self.padding
            )
            z = F.relu(
                z + F.conv2d(residual, dictionary, stride=self.stride, padding=self.padding) - price
            )
        return z

    @torch.no_grad()
    def _follow_norm(self) -> None:
        with torch.autocast("cpu", enabled=False):
            said = F.conv_transpose2d(
                self.probe, self.patterns, stride=self.stride, padding=self.padding
            )
            image = F.conv2d(said, self.patterns, stride=self.stride, padding=self.padding)
        length = image.norm()
        self.norm.copy_((length / self.probe.norm()).sqrt())
        self.probe.copy_(image / length)


class _ConvBlock(nn.Module):
    def __init__(self, coding: ConvCode, *, pool: int) -> None:
        super().__init__()
        self.pool, self.coding = pool, coding
        self.norm = nn.BatchNorm2d(len(coding.price), affine=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.pool > 1:
            x = F.avg_pool2d(x, self.pool)
        return self.norm(self.coding(x))


class _Whitening(nn.Module):
    mean: Tensor
    filters: Tensor
    synthesis: Tensor

    def __init__(self, filters: Tensor, *, stride: int, padding: int) -> None:
        super().__init__()
        self.stride, self.padding = stride, padding
        self.register_buffer("mean", torch.zeros(filters.shape[1], 1, 1))
        self.register_buffer("filters", torch.empty_like(filters))
        self.register_buffer("synthesis", torch.empty_like(filters))

    def forward(self, pictures: Tensor) -> Tensor:
        return F.conv2d(
            pictures - self.mean, self.filters, stride=self.stride, padding=self.padding
        )


class ConvClassifier(nn.Module):
    """A stack of `ConvCode`s with the shapes of a `SparseClassifier`: pictures to logits."""

    def __init__(self, ours: SparseClassifier) -> None:
        super().__init__()
        white = ours.whitening
        self.whitening = _Whitening(white.filters, stride=white.stride, padding=white.padding)
        self.blocks = nn.Sequential()
        for plan, layer in zip(ours.plan.layers, ours.layers, strict=True):
            assert not plan.residual, "the reference form has no residual layers"
            own = layer.coding
            coding = ConvCode(
                own.patterns,
                own.probe,
                stride=own.stride,
                padding=own.padding,
                iterations=own.iterations,
            )
            self.blocks.append(_ConvBlock(coding, pool=plan.pool))
        self.readout = nn.Linear(ours.readout.in_features, ours.classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits (B, classes)."""
        return self.readout(self.blocks(self.whitening(pictures)).mean((2, 3)))
