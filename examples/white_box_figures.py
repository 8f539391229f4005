"""White boxes, opened: how they were made, what they look at, why they decide, what they segment.

    python examples/white_box_figures.py             # digits of 8 x 8 pixels, half a minute
    python examples/white_box_figures.py --full      # garments: the figures of docs/white-box.md
    python examples/white_box_figures.py --tiny      # seconds: that it runs, no more

Writes PNGs and `measured.txt` to `figures/white-box`. Full, a CRATE and a plain transformer (ViT)
of about as many weights learn garments (Fashion-MNIST) that lie at random places of a noisy ground,
some four CPU minutes each; `--seeds 3` repeats that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
import tyro
from matplotlib.figure import Figure
from torch import Tensor, nn

from pellucid.data import ImageSet, load_images
from pellucid.experiments import segmentation
from pellucid.experiments.statistics import mean
from pellucid.learning import (
    ClassifyConfig,
    ForwardConfig,
    Pictures,
    RunFolder,
    choose_progress,
    construct,
    in_batches,
    train_classifier,
)
from pellucid.networks import ImageTransformer, SparseClassifier, TokenNetworkConfig, audit
from pellucid.networks.redunet_moments import normalise
from pellucid.studio.figures import (
    atoms,
    attention,
    construction,
    dictionary,
    explanation,
    layers,
    similarity,
    style,
    subspaces,
)
from pellucid.studio.figures import segmentation as drawn


@dataclass(frozen=True)
class Size:
    """How much is learned, and from what."""

    images: str
    side: int
    """pixels of a picture's side"""
    object_side: int
    """pixels of the object in it; 0: the picture as it is, its ground black"""
    patch: int
    features: int
    """of a token of CRATE; half as many of ViT, whose blocks hold four times as many weights"""
    depth: int
    epochs: float
    sparse_epochs: float
    layers: int
    """of ReduNet"""
    train: int
    test: int
    """pictures on which is measured; as many others choose the head"""
    shown: int
    """pictures in a figure"""


TINY = Size("digits", 8, 0, 2, 16, 1, 0.2, 0.5, 3, 200, 40, 2)
SMALL = Size("digits", 8, 0, 2, 32, 3, 10, 8, 50, 1437, 360, 6)
FULL = Size("fashion-mnist", 32, 16, 4, 64, 4, 2.5, 1, 50, 60_000, 2000, 6)


def main(
    out: Path = Path("figures/white-box"), full: bool = False, tiny: bool = False, seeds: int = 1
) -> None:
    """Draw all figures, and print what was measured.

    Parameters
    ----------
    out
        the folder of the PNGs
    full
        learn garments, for ten minutes; the data come from their public home
    tiny
        the size of a test
    seeds
        how often the transformers learn anew; figures are of the first time
    """
    size = FULL if full else TINY if tiny else SMALL
    page = Page(out)
    build(load_images("digits"), size, page)
    images = load_images(size.images).first(size.train)
    explain(images, size, page)
    look(images, size, seeds, page)


@dataclass
class Page:
    """The folder of the figures, and what was said."""

    folder: Path
    lines: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        """Print a line, and keep it."""
        print(line)
        self.lines.append(line)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "measured.txt").write_text("\n".join(self.lines) + "\n", encoding="utf-8")

    def show(self, name: str, figure: Figure) -> None:
        """Write a figure."""
        (self.folder / f"{name}.png").write_bytes(style.png(figure))


def learn(
    model: nn.Module, name: str, images: ImageSet, config: ClassifyConfig, page: Page
) -> nn.Module:
    """Train, and say how well."""
    with RunFolder.begin(Path("runs"), f"white-box-{name}".replace(" ", "-"), config) as folder:
        learned = train_classifier(model, images, config, folder=folder, progress=choose_progress())
        folder.finish()
    count = sum(weight.numel() for weight in model.parameters())
    page.say(
        f"{name}: {count:,} weights, {100 * learned.accuracy:.1f} % of {learned.tested} test "
        f"pictures, {learned.cpu_seconds / 60:.1f} CPU minutes"
    )
    return model.eval()


def build(digits: ImageSet, size: Size, page: Page) -> None:
    """ReduNet: constructed from the digits' second moments, no training."""
    z, test = (
        normalise(torch.from_numpy(part).float().flatten(1))
        for part in (digits.train_images, digits.test_images)
    )
    labels = torch.from_numpy(digits.train_labels)
    made = construct(in_batches(z, labels), ForwardConfig(layers=size.layers), classes=10)
    before, *_, after = made.trace.rate_reduction
    page.say(
        f"ReduNet: rate reduction {before:.1f} -> {after:.1f} nats, "
        f"rose at {made.trace.raised} of {size.layers} layers"
    )
    page.show("construction", construction.draw(made.trace))
    some = test[:100]
    features = {"pixels": some.numpy(), "after the last layer": made.network(some).numpy()}
    page.show("similarity", similarity.draw(features, digits.test_labels[:100]))


def explain(images: ImageSet, size: Size, page: Page) -> None:
    """Sparse coding: its dictionary, and the reasons of a decision."""
    torch.manual_seed(0)
    network = SparseClassifier(images.shape, len(images.classes), plan="tiny")
    pictures = Pictures(images.train_images, images.train_labels)
    network.fit(pictures.batch(slice(0, 10_000))[0])
    config = ClassifyConfig(epochs=size.sparse_epochs, batch=64, learning_rate=1e-2)
    learn(network, "sparse coding", images, config, page)
    tested = spaced(images, 200)
    batch, labels = Pictures(tested.test_images, tested.test_labels, like=pictures).batch(
        slice(None)
    )
    # The first picture that is read rightly, but not beyond doubt: there is something to explain.
    chances, read = network(batch).softmax(1).max(1)
    number = int(((read == labels) & (chances < 0.9)).double().argmax())
    told = network.explain(batch[number], top=6)
    error = max(network.explain(picture, top=1).check() for picture in batch[::10])
    page.say(f"sparse coding: 20 logits are the sums of their parts, to {error:.0e}")
    shown = explanation.shown(told, tested.test_images[number], images.classes)
    page.show("explanation", explanation.draw(shown))
    said = "patterns of which the first layer makes a picture"
    page.show("dictionary", dictionary.draw(atoms.sparse_atoms(network), title=said))


def evenly(of: int, count: int) -> np.ndarray:
    """`count` whole numbers from 0 to `of` - 1, evenly spaced."""
    return np.linspace(0, of - 1, min(count, of)).astype(int)


def spaced(images: ImageSet, count: int) -> ImageSet:
    """Only `count` test pictures, evenly spaced: some copies of the sets are sorted by class."""
    rows = evenly(len(images.test_images), count)
    return replace(
        images, test_images=images.test_images[rows], test_labels=images.test_labels[rows]
    )


@dataclass(frozen=True)
class Scenes:
    """Objects on their ground, and where the objects are."""

    images: ImageSet
    known: np.ndarray
    """Foregrounds of the last training pictures, by which heads are chosen, (N, H, W) bool."""
    truth: np.ndarray
    """Those of the test pictures, likewise."""

    def batches(self) -> tuple[Tensor, Tensor]:
        """The pictures of both as a network sees them, (N, 1, H, W)."""
        seen = Pictures(self.images.train_images, self.images.train_labels)
        return tuple(
            Pictures(part, np.zeros(len(part), np.int64), like=seen).batch(slice(None))[0]
            for part in (self.images.train_images[-len(self.known) :], self.images.test_images)
        )


def scenes_of(images: ImageSet, size: Size) -> Scenes:
    """The objects at random places of a noisy ground; or as they are, on black."""
    tested = spaced(images, size.test)
    train, test = images.train_images, tested.test_images
    if size.object_side:
        (train, known), (test, truth) = (
            segmentation.on_clutter(part, seed=seed, side=size.side, size=size.object_side)
            for seed, part in enumerate((train, test))
        )
    else:
        known, truth = (part > segmentation.FOREGROUND for part in (train, test))
    scenes = replace(tested, train_images=train, test_images=test)
    return Scenes(scenes, known[-size.test :], truth)


def look(images: ImageSet, size: Size, seeds: int, page: Page) -> None:
    """CRATE beside ViT: layers, maps, subspaces, atoms, and the overlap of masks with objects."""
    scenes = scenes_of(images, size)
    known_x, test_x = scenes.batches()
    overlaps: dict[str, list[Tensor]] = {}
    for seed in range(seeds):
        networks = transformers(scenes.images, size, seed, page)
        found = {name: masks_of(n, known_x, test_x, scenes) for name, n in networks.items()}
        for name, mask in found.items():
            measured = segmentation.overlap(mask, torch.from_numpy(scenes.truth))
            overlaps.setdefault(name, []).append(measured)
        if seed == 0:
            draw(networks, test_x, scenes, size, page)
            some = evenly(len(test_x), size.shown)
            page.show(
                "segmentation",
                drawn.draw(
                    scenes.images.test_images[some],
                    scenes.truth[some],
                    {name: mask[some].numpy() for name, mask in found.items()},
                ),
            )
    page.say(
        "overlap of a mask with its object (intersection over union), mean and 95 % interval over "
        + ("pictures" if seeds == 1 else f"{seeds} seeds")
    )
    for name, values in (nulls(scenes, networks["CRATE"].grid) | overlaps).items():
        share = mean(values[0].tolist() if len(values) == 1 else [float(v.mean()) for v in values])
        page.say(f"  {name:24} {share.value:.3f} ({share.low:.3f} to {share.high:.3f})")


def transformers(
    images: ImageSet, size: Size, seed: int, page: Page
) -> dict[str, ImageTransformer]:
    """CRATE and a plain transformer of about as many weights, untrained and trained."""
    plain = TokenNetworkConfig(size.features // 2, size.depth, 4, mixer="softmax", feed="mlp")
    kinds = {"CRATE": TokenNetworkConfig(size.features, size.depth, 4), "ViT": plain}
    networks = {}
    for name, config in kinds.items():
        for state in (f"{name}, untrained", name):
            torch.manual_seed(seed)
            networks[state] = ImageTransformer(
                config,
                image_size=size.side,
                patch=size.patch,
                classes=len(images.classes),
                channels=1,
                pool="cls",  # the token that is read looks at the patches
            ).eval()
        how = ClassifyConfig(epochs=size.epochs, batch=64, seed=seed, learning_rate=2e-3)
        learn(networks[name], name, images, how, page)
    return networks


def draw(
    networks: Mapping[str, ImageTransformer],
    batch: Tensor,
    scenes: Scenes,
    size: Size,
    page: Page,
) -> None:
    """The figures of CRATE: layers, subspaces, atoms, and where its heads look."""
    crate, some = networks["CRATE"], batch[evenly(len(batch), 256)]
    audits = {
        "trained": audit(crate, some),
        "untrained": audit(networks["CRATE, untrained"], some),
    }
    for name, account in audits.items():
        lowered = len(account.layers) - len(account.failures())
        page.say(f"CRATE, {name}: {lowered} of {len(account.layers)} layers lower their objective")
    page.show("compression", layers.draw(audits, formula="R_c"))
    page.show("sparsification", layers.draw(audits, formula="1/2"))
    page.show("subspaces", subspaces.draw(subspaces.pixel_subspaces(crate), most=8))
    read = "patterns that the coefficients of the first code read"
    page.show("atoms", dictionary.draw(atoms.token_atoms(crate), title=read))
    shown, places = evenly(len(batch), size.shown), crate.grid[0] * crate.grid[1]
    page.show(
        "attention",
        attention.draw(
            scenes.images.test_images[shown],
            crate.attention_maps(batch[shown]).numpy(),
            label="attention of the class token,\ntimes an even share",
            even=1 / (places + 1),  # it looks at itself, too
            titles=[scenes.images.classes[k] for k in scenes.images.test_labels[shown]],
        ),
    )


def masks_of(network: ImageTransformer, known: Tensor, batch: Tensor, scenes: Scenes) -> Tensor:
    """The masks (N, H, W) of the head that fits the known foregrounds best."""
    choice = segmentation.choose(maps_of(network, known), torch.from_numpy(scenes.known))
    return segmentation.masks(maps_of(network, batch), choice, (batch.shape[2], batch.shape[3]))


def maps_of(network: ImageTransformer, pictures: Tensor) -> Tensor:
    """The attention of the last block's class token, (N, heads, h, w)."""
    return torch.cat([network.attention_maps(part) for part in pictures.split(250)])


def nulls(scenes: Scenes, grid: tuple[int, int]) -> dict[str, list[Tensor]]:
    """Overlaps of masks that look at no picture, and of the best one that patches allow."""
    known, truth = torch.from_numpy(scenes.known), torch.from_numpy(scenes.truth)
    size = (truth.shape[1], truth.shape[2])
    often = segmentation.share_of_places(known, grid).mean(0).expand(len(known), 1, *grid)
    fixed = segmentation.masks(often[:1], segmentation.choose(often, known), size)
    whole = torch.ones(1, *size, dtype=torch.bool)
    best = segmentation.in_pixels(segmentation.share_of_places(truth, grid) > 0.5, size)
    found = {"the whole picture": whole, "the best fixed mask": fixed, "the best of patches": best}
    return {name: [segmentation.overlap(mask, truth)] for name, mask in found.items()}


if __name__ == "__main__":
    tyro.cli(main)
