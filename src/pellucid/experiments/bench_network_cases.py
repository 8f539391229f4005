"""What `bench_networks` times: each computation in our form and in its public form.

Both sides of a case have the same weights, the same input and the same cotangent, so that outputs
and all gradients can be compared before anything is timed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pellucid.experiments import bench_rate_references as rates
from pellucid.experiments.bench_references import (
    ConvClassifier,
    Perceptron,
    PlainTransformer,
    SparseDictionary,
    SparseStep,
    SubspaceAttention,
    TokenStack,
    TokenStatistics,
)
from pellucid.networks.csc import SparseClassifier
from pellucid.networks.csc_plan import CscPlan
from pellucid.networks.redunet import ReduNet, ReduNetLayer, make_layer
from pellucid.networks.redunet_moments import Basis, ClassMoments, Vectors, normalise
from pellucid.networks.redunet_shift import Circular
from pellucid.networks.token_network import TokenNetwork, TokenNetworkConfig
from pellucid.objectives.coding_rate import CodingRate
from pellucid.objectives.rate_reduction import RateReduction, hard_memberships

Computation = Callable[[Tensor], Tensor]
EPSILON = 0.5


class Pass:
    """Forward and backward of a computation on one input, ready to run again and again."""

    def __init__(
        self, compute: Computation, x: Tensor, learned: Iterable[tuple[str, Tensor]] = ()
    ) -> None:
        self.compute = compute
        self.leaves = {"input": x.clone().requires_grad_(), **dict(learned)}
        self.cotangent: Tensor | None = None

    def __call__(self) -> Tensor:
        """The output; the gradients are in the leaves, where there are any."""
        for leaf in self.leaves.values():
            leaf.grad = None
        y = self.compute(self.leaves["input"])
        if y.requires_grad:
            y.backward(self._cotangent(y))
        return y.detach()

    def _cotangent(self, y: Tensor) -> Tensor:
        if self.cotangent is None:
            generator = torch.Generator().manual_seed(1)
            self.cotangent = torch.randn(y.shape, generator=generator)
        return self.cotangent.to(y.dtype)

    def results(self) -> dict[str, Tensor]:
        """The output and all gradients of one run, by name."""
        found = {"output": self()}
        for name, leaf in self.leaves.items():
            if leaf.grad is not None:
                found[name] = leaf.grad
        return found

    def twin(self, change: Callable[[Computation], Computation]) -> Pass:
        """The same pass over a copy of everything, whose computation is `change`d."""
        compute = copy.deepcopy(self.compute)
        learned = compute.named_parameters() if isinstance(compute, nn.Module) else ()
        return Pass(change(compute), self.leaves["input"].detach(), learned)


def differences(found: dict[str, Tensor], expected: dict[str, Tensor]) -> dict[str, float]:
    """||a - b|| / ||b|| of tensors of the same names."""
    assert found.keys() == expected.keys(), (found.keys(), expected.keys())
    return {name: float((found[name] - b).norm() / b.norm()) for name, b in expected.items()}


@dataclass(frozen=True)
class Case:
    """One computation in two forms."""

    network: str
    size: str
    ours: Pass
    public: Pass
    compiles: bool = True
    """Whether it is made of tensor operations alone; the construction of a network is not."""

    def differences(self) -> dict[str, float]:
        """The relative differences between both sides' outputs and gradients."""
        return differences(self.ours.results(), self.public.results())


@dataclass(frozen=True)
class Sizes:
    """How large the cases are."""

    tokens: tuple[tuple[int, int, int, int], ...] = ((16, 64, 192, 4), (4, 197, 384, 6))
    """Samples, tokens, features and heads of networks that see a picture."""
    streams: tuple[tuple[int, int, int, int], ...] = ((16, 64, 192, 4), (4, 256, 384, 6))
    """The same of causal networks, which read text."""
    pictures: int = 16
    """Pictures 3 x 32 x 32 that the classifier sees."""
    plan: str | CscPlan = "small"
    """Its layers."""
    vectors: tuple[int, int] = (1000, 128)
    """Samples and features of a rate, and of ReduNet."""
    torus: tuple[int, int, int] = (200, 8, 16)
    """Samples, channels and side of the pictures of ReduNet."""
    classes: int = 10
    """Classes of a rate, and of ReduNet."""


QUICK = Sizes(
    tokens=((4, 64, 192, 4),),
    streams=((4, 64, 192, 4),),
    pictures=4,
    torus=(100, 4, 8),
)


def all_cases(sizes: Sizes) -> Iterator[Case]:
    """Every case, made when its turn comes, with the same weights at each call."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield from _cases(sizes)


def _cases(sizes: Sizes) -> Iterator[Case]:
    for causal, shapes in ((False, sizes.tokens), (True, sizes.streams)):
        for network, mixer, feed in TRANSFORMERS:
            for B, N, D, H in shapes:
                config = TokenNetworkConfig(D, 1, H, mixer=mixer, feed=feed)
                yield transformer(network, config, samples=B, tokens=N, causal=causal)
    yield classifier(sizes)
    yield from redunet("ReduNet", *_vectors(sizes), classes=sizes.classes)
    yield from redunet("ReduNet, shifts", *_torus(sizes), classes=sizes.classes)
    yield from objectives(sizes)


TRANSFORMERS = (
    ("CRATE", "mssa", "ista"),
    ("CRATE-alpha", "mssa", "odl"),
    ("ToST", "tssa", "mlp"),
    ("plain transformer", "softmax", "mlp"),
)
"""One block of each, as published."""


def transformer(
    network: str, config: TokenNetworkConfig, *, samples: int, tokens: int, causal: bool
) -> Case:
    """A block and its layer norm."""
    generator = torch.Generator().manual_seed(0)
    ours = TokenNetwork(config, causal=causal)
    _perturb(ours, generator)
    D, public = config.dimension, _public(config, tokens=tokens, causal=causal)
    names = PlainTransformer.renamed if isinstance(public, PlainTransformer) else str
    x = torch.randn(samples, tokens, D, generator=generator)
    return _same_weights(
        f"{network}, causal" if causal else network,
        f"{samples} x {tokens} tokens x {D}",
        ours,
        public,
        x,
        names=names,
    )


def _public(config: TokenNetworkConfig, *, tokens: int, causal: bool) -> nn.Module:
    D, H = config.dimension, config.heads
    if config.mixer == "softmax":
        return PlainTransformer(D, heads=H, tokens=tokens, causal=causal)
    mixer: nn.Module
    if config.mixer == "mssa":
        mixer = SubspaceAttention(D, heads=H, tokens=tokens, causal=causal)
    else:
        mixer = TokenStatistics(D, heads=H, causal=causal)
    feeds = {"ista": SparseStep, "odl": SparseDictionary, "mlp": Perceptron}
    return TokenStack(mixer, feeds[config.feed](D), dimension=D)


def classifier(sizes: Sizes) -> Case:
    """Convolutional sparse coding, whitened from other pictures of the same kind."""
    generator = torch.Generator().manual_seed(0)
    ours = SparseClassifier((3, 32, 32), 10, plan=sizes.plan)
    ours.fit(torch.randn(100, 3, 32, 32, generator=generator))
    _perturb(ours, generator)
    x = torch.randn(sizes.pictures, 3, 32, 32, generator=generator)
    size = f"{sizes.pictures} x 3 x 32 x 32"
    return _same_weights("sparse coding", size, ours, ConvClassifier(ours), x)


def _same_weights(
    network: str,
    size: str,
    ours: nn.Module,
    public: nn.Module,
    x: Tensor,
    *,
    names: Callable[[str], str] = str,
) -> Case:
    public.load_state_dict({names(name): value for name, value in ours.state_dict().items()})
    learned = [(name, public.get_parameter(names(name))) for name, _ in ours.named_parameters()]
    return Case(network, size, Pass(ours, x, ours.named_parameters()), Pass(public, x, learned))


@torch.no_grad()
def _perturb(module: nn.Module, generator: torch.Generator) -> None:
    """Move what begins at zero or one: where it is left out, the sides shall differ."""
    for parameter in module.parameters():
        parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.02)


def redunet(
    network: str, x: Tensor, labels: Tensor, basis: Basis, *, classes: int
) -> Iterator[Case]:
    """The construction of a layer from samples and its output for them; and the layer itself."""
    size = " x ".join(map(str, x.shape))
    # The public transform is orthonormal: in its units a rate has places times as many samples.
    places = basis.places
    public = (rates.VectorReduNet if places == 1 else rates.PictureReduNet)(
        epsilon=EPSILON / places**0.5, eta=0.5 / places, lambda_=5.0 / places
    )

    def made(z: Tensor) -> ReduNetLayer:
        moments = ClassMoments(basis, classes)
        moments.add(z, labels)
        return make_layer(moments, epsilon=EPSILON, eta=0.5, lambda_=5.0).to(z.dtype)

    @torch.no_grad()
    def construct(x: Tensor) -> Tensor:
        z = normalise(x)
        output: Tensor = made(z)(z)
        return output

    @torch.no_grad()
    def construct_public(z: Tensor) -> Tensor:
        return public.construct(z, labels, classes=classes)

    name = f"{network}, made"
    yield Case(name, size, Pass(construct, x), Pass(construct_public, x), compiles=False)
    construct_public(x)
    ours = ReduNet([made(normalise(x))], basis=basis)
    yield Case(network, size, Pass(ours, x), Pass(public, x))


def _vectors(sizes: Sizes) -> tuple[Tensor, Tensor, Basis]:
    return *_labelled(sizes.vectors, classes=sizes.classes), Vectors()


def _torus(sizes: Sizes) -> tuple[Tensor, Tensor, Basis]:
    samples, channels, side = sizes.torus
    shape = (samples, channels, side, side)
    return *_labelled(shape, classes=sizes.classes), Circular((side, side))


def _labelled(shape: tuple[int, ...], *, classes: int) -> tuple[Tensor, Tensor]:
    """Samples of a normal distribution, and labels of which none is missing."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(shape, generator=generator)
    return x, torch.randperm(len(x), generator=generator) % classes


def objectives(sizes: Sizes) -> Iterator[Case]:
    """The coding rate and the rate reduction of rows on the sphere."""
    x, labels = _labelled(sizes.vectors, classes=sizes.classes)
    size = " x ".join(map(str, x.shape))
    membership = hard_memberships(labels, sizes.classes)
    diagonal = torch.diag_embed(membership)
    ours = CodingRate(EPSILON, norm="sphere")
    public = Pass(lambda z: rates.coding_rate(z, epsilon=EPSILON), x)
    yield Case("coding rate", size, Pass(ours, x), public)
    reduction = RateReduction(membership, EPSILON)
    public = Pass(lambda z: rates.rate_reduction(z, diagonal, epsilon=EPSILON), x)
    yield Case("rate reduction", size, Pass(reduction, x), public)
