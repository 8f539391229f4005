"""Classifiers learn what can be learned, and go on where they were killed."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from pellucid.data import ImageSet, load_images
from pellucid.errors import ConfigError
from pellucid.learning import ClassifyConfig, RunFolder, train_classifier
from pellucid.learning.batches import Pictures
from pellucid.learning.supervised import count_correct


def _stripes(count: int = 200) -> ImageSet:
    """Class 0 has horizontal stripes, class 1 vertical ones."""
    generator = np.random.default_rng(0)
    labels = np.arange(count) % 2
    images = generator.integers(0, 60, (count, 8, 8), dtype=np.uint8)
    images[labels == 0, ::2] += 150
    images[labels == 1, :, ::2] += 150
    half = count // 2
    return ImageSet(
        "stripes", images[:half], labels[:half], images[half:], labels[half:], ("h", "v")
    )


def _model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 2))


CONFIG = ClassifyConfig(epochs=6, batch=20, learning_rate=1e-2, checkpoint_every=4)


def test_it_learns(tmp_path):
    folder = RunFolder.create(tmp_path, "run", CONFIG)
    learned = train_classifier(_model(), _stripes(), CONFIG, folder=folder)
    assert learned.accuracy == 1.0
    assert learned.tested == 100
    assert learned.result.steps == 30
    assert learned.cpu_seconds > 0


def test_labels_that_say_nothing_of_the_pictures_are_met_by_chance(tmp_path):
    images = _stripes()
    labels = np.random.default_rng(1).permutation(images.test_labels)
    folder = RunFolder.create(tmp_path, "run", CONFIG)
    learned = train_classifier(_model(), replace(images, test_labels=labels), CONFIG, folder=folder)
    assert 0.35 < learned.accuracy < 0.65


def test_a_killed_training_ends_with_the_same_weights(tmp_path):
    whole, killed = _model(), _model()
    train_classifier(whole, _stripes(), CONFIG, folder=RunFolder.create(tmp_path, "a", CONFIG))
    folder, calls = RunFolder.create(tmp_path, "b", CONFIG), []

    def die(*_: object) -> None:
        calls.append(1)
        if len(calls) == 10:
            raise KeyboardInterrupt

    handle = killed.register_forward_hook(die)
    with pytest.raises(KeyboardInterrupt):
        train_classifier(killed, _stripes(), CONFIG, folder=folder)
    handle.remove()
    again = _model()
    learned = train_classifier(again, _stripes(), CONFIG, folder=folder)
    assert learned.result.resumed_from == 8
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_counting_is_counting():
    class First(nn.Module):
        """Says the class that the first pixel names."""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.stack((-x[:, 0, 0, 0], x[:, 0, 0, 0]), -1)

    images = np.zeros((1001, 2, 2), np.uint8)
    images[::2, 0, 0] = 200
    labels = np.arange(1001) % 2
    pictures = Pictures(images, labels)
    assert count_correct(First(), pictures) == 0
    assert count_correct(First(), Pictures(images, 1 - labels)) == 1001


def test_bfloat16_learns_too_and_stays_finite(tmp_path):
    config = ClassifyConfig(epochs=6, batch=20, learning_rate=1e-2, precision="bfloat16")
    folder = RunFolder.create(tmp_path, "run", config)
    images = load_images("digits").first(200, 50)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    learned = train_classifier(model, images, config, folder=folder)
    assert learned.accuracy > 0.6
    assert all(p.isfinite().all() for p in model.parameters())


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="epochs=0"):
        ClassifyConfig(epochs=0)
    with pytest.raises(ConfigError, match=r"smoothing=1\.0"):
        ClassifyConfig(smoothing=1.0)
    # A fraction of an epoch is at least a step, and a batch is no larger than the set.
    assert ClassifyConfig(epochs=0.001).schedule(100).steps == 1
    assert ClassifyConfig(epochs=3, batch=1000).schedule(10).steps == 3
