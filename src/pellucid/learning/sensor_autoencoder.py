"""Features of any array of sensors, and what it says that cannot be seen: no topology is needed.

    model = SensorAutoencoder(64, random_state=0).fit(X)        # (N, S), in any order
    features = model.transform(X)                               # (N, D)
    believed = model.reconstruct(X, hidden)                     # hidden: (S,) or (N, S) of bool

Sensors are clustered by what they say about each other (`SensorMap`), most clusters are hidden, and
a transformer learns to tell what is hidden from what is seen (Yun et al. 2025, URLOST).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from numbers import Integral
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, clone
from sklearn.utils import assert_all_finite, check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor, nn

from pellucid.errors import CollapseError
from pellucid.learning.batches import epoch_rows
from pellucid.learning.device import choose_device
from pellucid.learning.estimator import COUNT, POSITIVE, SHARE, Estimator
from pellucid.learning.loop import step_seed
from pellucid.learning.progress import Silent, choose_progress
from pellucid.learning.schedule import Schedule
from pellucid.learning.sensors import SensorMap
from pellucid.networks.sensor_autoencoder import MaskedSensorAutoencoder
from pellucid.networks.token_network import FEEDS, MIXERS, TokenNetworkConfig

ROWS = 500
"""Samples that are looked at at once where nothing is learned."""


class SensorAutoencoder(ClassNamePrefixFeaturesOutMixin, Estimator):
    """A masked autoencoder on clusters of sensors.

    It learns in float32, and answers in the precision that it is asked in.

    Parameters
    ----------
    n_clusters : int
        Clusters of sensors, which are the tokens; 1 is taken for 2, since something must be hidden
        and something seen.
    sensors : SensorMap, array of int (S,) or None
        How sensors are clustered: a map to be fitted, or the cluster of each sensor, -1 for those
        that are left out. None is `SensorMap(n_clusters)`; otherwise `n_clusters` is not used.
    scale : {"each", "common"}
        What readings are divided by: the deviation of each sensor, whatever its unit; or one number
        for all sensors, which are of one unit then, so that those that vary more count more.
    dimension : int
        Features of a token, and of a sample (D).
    depth : int
        Blocks of the encoder.
    decoder_depth : int
        Blocks of the decoder, which is needed for learning and for `reconstruct` only.
    heads : int
        Heads, or subspaces, of a block; they divide `dimension`.
    mixer : {"softmax", "mssa", "tssa"}
        How tokens are mixed. "softmax" with "mlp" is a plain transformer, "mssa" with "ista" is
        CRATE, a white box.
    feed : {"mlp", "ista", "odl"}
        What is done to each token by itself.
    mask_ratio : float
        The share of clusters that is hidden while it learns.
    epochs : int
        How often `fit` goes through the samples; 0 leaves the network as it begins, to compare.
    batch_size : int
        Samples of a step.
    learning_rate : float
        Of Adam, at its peak.
    random_state : int, RandomState or None
        Of clusters, weights, order and masks.
    device : str
        auto, cpu, cuda or mps.
    verbose : bool
        Whether `fit` shows its progress.

    Attributes
    ----------
    labels_ : ndarray of int (S,)
        Cluster of each sensor; -1 for those that are left out.
    mean_, scale_ : ndarray (S,)
        Mean of each sensor, and what it is divided by.
    network_ : MaskedSensorAutoencoder
        The network, in float32; it takes standard scores.
    losses_ : list of float
        Mean squared error of hidden sensors in each epoch, as a share of their variance: 1 is no
        better than the mean of each sensor.

    References
    ----------
    Yun, Chen, LeCun et al. 2025, *URLOST*, arXiv 2310.04496; He et al. 2022, *Masked autoencoders
    are scalable vision learners*.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid.learning.sensor_autoencoder import SensorAutoencoder
    >>> world = np.random.default_rng(0).standard_normal((500, 3))
    >>> X = np.repeat(world, 4, axis=1)                     # three things, four sensors of each
    >>> SensorAutoencoder(3, dimension=8, heads=2, epochs=1, random_state=0).fit_transform(X).shape
    (500, 8)
    """

    _parameter_constraints: dict[str, list[Any]] = {  # noqa: RUF012 - the name is scikit-learn's
        "n_clusters": [COUNT],
        "sensors": [SensorMap, "array-like", None],
        "scale": [StrOptions({"each", "common"})],
        "dimension": [COUNT],
        "depth": [COUNT],
        "decoder_depth": [COUNT],
        "heads": [COUNT],
        "mixer": [StrOptions({*MIXERS})],
        "feed": [StrOptions({*FEEDS})],
        "mask_ratio": [SHARE],
        "epochs": [Interval(Integral, 0, None, closed="left")],
        "batch_size": [COUNT],
        "learning_rate": [POSITIVE],
        "random_state": ["random_state"],
        "device": [str],
        "verbose": ["boolean"],
    }

    def __init__(
        self,
        n_clusters: int = 64,
        *,
        sensors: SensorMap | np.ndarray | None = None,
        scale: str = "each",
        dimension: int = 64,
        depth: int = 3,
        decoder_depth: int = 1,
        heads: int = 4,
        mixer: str = "softmax",
        feed: str = "mlp",
        mask_ratio: float = 0.75,
        epochs: int = 20,
        batch_size: int = 128,
        learning_rate: float = 2e-3,
        random_state: int | np.random.RandomState | None = None,
        device: str = "auto",
        verbose: bool = False,
    ) -> None:
        self.n_clusters = n_clusters
        self.sensors = sensors
        self.scale = scale
        self.dimension = dimension
        self.depth = depth
        self.decoder_depth = decoder_depth
        self.heads = heads
        self.mixer = mixer
        self.feed = feed
        self.mask_ratio = mask_ratio
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state
        self.device = device
        self.verbose = verbose

    def fit(self, X: np.ndarray, y: object = None) -> Self:
        """Cluster sensors and learn to fill them in, from samples (N, S)."""
        self._validate_params()
        X = validate_data(self, X, dtype=self._floating, ensure_min_samples=2)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        self.labels_ = self._clusters(X, seed)
        self.mean_ = X.mean(0)
        self.scale_ = self._scale(X)
        self.network_ = self._network(seed)
        self._learn(X, seed)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Features (N, D) of samples (N, S): the mean token of the encoder with nothing hidden."""
        X = self._like_those_fitted(X)
        return self._ask(MaskedSensorAutoencoder.features, self._scores(X))

    def reconstruct(self, X: np.ndarray, hidden: np.ndarray) -> np.ndarray:
        """Samples (N, S) in which hidden sensors say what the others make one believe.

        `hidden` is bool, (S,) or (N, S); what X holds there, even NaN, is not looked at. A cluster
        with a hidden sensor is hidden as a whole: of sensors that fail together, as neighbours do,
        more is known than of as many that are scattered. Sensors without a cluster are believed to
        say their mean. ValueError where no cluster of a sample is wholly seen.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=self._floating, reset=False, ensure_all_finite=False)
        hidden = np.asarray(hidden)
        if hidden.dtype != bool or hidden.shape not in (X.shape, X.shape[1:]):
            raise ValueError(
                f"hidden is {hidden.dtype} of shape {hidden.shape}: give bool of shape {X.shape} "
                f"or {X.shape[1:]}"
            )
        hidden = np.broadcast_to(hidden, X.shape)
        X = np.where(hidden, self.mean_.astype(X.dtype), X)
        assert_all_finite(X)
        mask = self._touched(hidden)
        scores = self._scores(X)
        for count in np.unique(mask.sum(1)):  # a batch hides as many clusters in each sample
            rows = np.flatnonzero(mask.sum(1) == count)
            scores[rows] = self._ask(MaskedSensorAutoencoder.complete, scores[rows], mask[rows])
        told = scores * self.scale_.astype(X.dtype) + self.mean_.astype(X.dtype)
        return np.where(hidden, told, X)

    @property
    def _n_features_out(self) -> int:
        return self.dimension

    def _clusters(self, X: np.ndarray, seed: int) -> np.ndarray:
        """The cluster of each sensor, (S,)."""
        if self.sensors is None:
            count = max(self.n_clusters, 2)
            labels = SensorMap(count, random_state=seed, device=self.device).fit(X).labels_
        elif isinstance(self.sensors, SensorMap):
            labels = clone(self.sensors).fit(X).labels_
        else:
            labels = np.array(self.sensors)
            if labels.shape != X.shape[1:] or labels.dtype.kind not in "iu":
                raise ValueError(
                    f"sensors is {labels.dtype} of shape {labels.shape}: give the cluster of each "
                    f"of {X.shape[1]} sensors as an integer, or a SensorMap"
                )
        count = len(np.unique(labels[labels >= 0]))
        if count < 2:
            raise ValueError(
                f"sensors (n_features = {X.shape[1]}) make {count} cluster: something must be "
                "hidden and something seen, so give two clusters or more"
            )
        return labels

    def _scale(self, X: np.ndarray) -> np.ndarray:
        """What each sensor is divided by, (S,); 1 for those that never vary."""
        deviation = np.where(np.ptp(X, axis=0) > 0, X.std(0), 0)
        if self.scale == "common":
            # Of the sensors that are looked at, so that their mean variance is one.
            common = np.sqrt(np.square(deviation[self.labels_ >= 0]).mean())
            deviation = np.full_like(deviation, common)
        return np.where(deviation > 0, deviation, 1).astype(X.dtype)

    def _network(self, seed: int) -> MaskedSensorAutoencoder:
        config = TokenNetworkConfig(
            self.dimension, self.depth, self.heads, mixer=self.mixer, feed=self.feed
        )
        members = torch.from_numpy(_members(self.labels_))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return MaskedSensorAutoencoder(
                config, members=members, decoder_depth=self.decoder_depth
            )

    def _learn(self, X: np.ndarray, seed: int) -> None:
        """Descend the error of hidden sensors; each step hides others."""
        device = choose_device(self.device)
        network = self.network_.to(device).train()
        x = torch.from_numpy(self._scores(X).astype(np.float32)).to(device)
        batches = len(x) // min(self.batch_size, len(x))
        steps = self.epochs * batches
        schedule = Schedule(max(steps, 1), learning_rate=self.learning_rate, warmup=0.1)
        optimizer = torch.optim.Adam(network.parameters(), fused=True)
        show = choose_progress() if self.verbose else Silent()
        losses = np.zeros((self.epochs, batches))
        with show.task("sensor autoencoder") as report:
            for step in range(steps):
                rows = torch.from_numpy(epoch_rows(len(x), self.batch_size, step=step, seed=seed))
                generator = torch.Generator().manual_seed(step_seed(seed, step))
                batch = x[rows.to(device)]
                mask = network.random_mask(len(batch), generator=generator, ratio=self.mask_ratio)
                loss = network.loss(batch, mask)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                for group in optimizer.param_groups:
                    group["lr"] = schedule.rate(step / steps)
                optimizer.step()
                losses.flat[step] = loss.item()
                if not math.isfinite(losses.flat[step]):
                    raise CollapseError(
                        f"the loss is not a number at step {step}: lower learning_rate"
                    )
                report((step + 1) / steps, {"loss": losses.flat[step]})
        self.losses_ = losses.mean(1).tolist()
        self.network_ = network.cpu().eval()

    def _scores(self, X: np.ndarray) -> np.ndarray:
        """Standard scores, in the precision of X."""
        return (X - self.mean_.astype(X.dtype)) / self.scale_.astype(X.dtype)

    def _touched(self, hidden: np.ndarray) -> np.ndarray:
        """The clusters (N, M) of which any sensor is hidden."""
        members = self.network_.members.numpy()
        touched: np.ndarray = np.any(hidden[:, members] & (members >= 0), axis=2)
        blind: np.ndarray = np.all(touched, axis=1)
        if blind.any():
            raise ValueError(
                f"sample {blind.argmax()} has a hidden sensor in each of the {len(members)} "
                "clusters: hide fewer, or fit more clusters"
            )
        return touched

    @torch.no_grad()
    def _ask(
        self, method: Callable[..., Tensor], scores: np.ndarray, mask: np.ndarray | None = None
    ) -> np.ndarray:
        """What a method of the network says of standard scores (N, S), in their precision."""
        device = choose_device(self.device)
        wanted = np.float32 if device.type == "mps" else scores.dtype
        x = torch.from_numpy(scores.astype(wanted, copy=False))
        network = copy.deepcopy(self.network_).to(device, x.dtype)
        told = []
        for start in range(0, len(x), ROWS):
            part = slice(start, start + ROWS)
            more = () if mask is None else (torch.from_numpy(mask[part]).to(device),)
            told.append(method(network, x[part].to(device), *more).cpu())
        return torch.cat(told).numpy().astype(scores.dtype, copy=False)


def _members(labels: np.ndarray) -> np.ndarray:
    """The sensors (M, P) of each cluster, padded with -1."""
    own = [np.flatnonzero(labels == cluster) for cluster in np.unique(labels[labels >= 0])]
    members = np.full((len(own), max(map(len, own))), -1)
    for row, numbers in zip(members, own, strict=True):
        row[: len(numbers)] = numbers
    return members
