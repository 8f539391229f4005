from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pellucid.errors import ConfigError, DataError
from pellucid.networks.masked_autoencoder import CrateDecoderBlock
from pellucid.networks.sensor_autoencoder import MaskedSensorAutoencoder
from pellucid.networks.token_network import TokenBlock, TokenNetworkConfig

# Ten sensors: four clusters of unequal sizes, and sensor 7 in none.
MEMBERS = torch.tensor([[4, 0, 9], [2, -1, -1], [1, 5, -1], [8, 3, 6]])
PADDING = MEMBERS < 0


def autoencoder(seed: int = 0, **options: object) -> MaskedSensorAutoencoder:
    torch.manual_seed(seed)
    parts = {"mixer": "softmax", "feed": "mlp", **options}
    config = TokenNetworkConfig(8, 2, 2, **parts)  # type: ignore[arg-type]
    return MaskedSensorAutoencoder(config, members=MEMBERS).eval()


def readings(seed: int = 0, samples: int = 5) -> Tensor:
    return torch.randn(samples, 10, generator=torch.Generator().manual_seed(seed))


def mask_of(model: MaskedSensorAutoencoder, samples: int = 5, ratio: float = 0.5) -> Tensor:
    return model.random_mask(samples, generator=torch.Generator().manual_seed(0), ratio=ratio)


def hidden_sensors(mask: Tensor) -> Tensor:
    """(B, S) of bool for clusters (B, M) of bool."""
    hidden = torch.zeros(len(mask), 10, dtype=torch.bool)
    for sample, cluster in mask.nonzero():
        own = MEMBERS[cluster]
        hidden[sample, own[own >= 0]] = True
    return hidden


def test_tokens_are_one_map_and_one_place_for_each_cluster() -> None:
    model, x = autoencoder(), readings()
    z = torch.empty(5, 4, 8)
    for cluster, row in enumerate(MEMBERS):
        own = row[row >= 0]
        weight = model.embed[cluster, : len(own)]
        z[:, cluster] = x[:, own] @ weight + model.place[cluster]
    torch.testing.assert_close(model.encode(x), model.encoder(z))
    torch.testing.assert_close(model.features(x), model.encoder(z).mean(1))


def test_predictions_are_one_map_of_the_decoder_for_each_cluster() -> None:
    model, x = autoencoder(), readings()
    mask = mask_of(model)
    seen = model.encode(x, mask)
    z = model.mask_token.expand(5, 4, -1).clone()
    z[~mask] = seen.flatten(0, 1)
    z = model.decoder(z + model.decoder_place)
    said = [z[:, m] @ model.predict[m] + model.bias[m] for m in range(4)]
    torch.testing.assert_close(model(x, mask), torch.stack(said, 1))


def test_only_seen_clusters_enter_the_encoder() -> None:
    model, x = autoencoder(), readings()
    mask = mask_of(model)
    hidden = hidden_sensors(mask)
    tokens = model.encode(x, mask)
    assert tokens.shape == (5, 2, 8)
    other = torch.where(hidden, 100 * readings(1), x)
    assert torch.equal(model.encode(other, mask), tokens)
    assert torch.equal(model(other, mask), model(x, mask))
    assert not torch.allclose(model.encode(other), model.encode(x))
    # Not even what is no number comes through.
    assert torch.equal(model(x.masked_fill(hidden, torch.nan), mask), model(x, mask))


def test_the_loss_is_the_error_of_each_hidden_sensor_alike() -> None:
    model, x = autoencoder(), readings()
    mask = mask_of(model)
    believed = model(x, mask)
    errors = [
        (believed[sample, cluster, place] - x[sample, sensor]) ** 2
        for sample, cluster in mask.nonzero()
        for place, sensor in enumerate(MEMBERS[cluster])
        if sensor >= 0
    ]
    assert len(errors) == hidden_sensors(mask).sum()
    torch.testing.assert_close(model.loss(x, mask), torch.stack(errors).mean())


def test_places_without_a_sensor_and_sensors_without_a_cluster_change_nothing() -> None:
    model, x = autoencoder(), readings()
    mask = mask_of(model)
    loss = model.loss(x, mask)
    with torch.no_grad():
        model.embed[PADDING] = 1e6
        model.predict.mT[PADDING] = 1e6
        model.bias[PADDING] = 1e6
    x = x.clone()
    x[:, 7] = 1e6
    assert torch.equal(model.loss(x, mask), loss)


def test_another_order_of_sensors_is_the_same_network() -> None:
    model, x = autoencoder(), readings()
    mask = mask_of(model)
    order = torch.randperm(10, generator=torch.Generator().manual_seed(1))
    renamed = order.argsort()[MEMBERS.clamp_min(0)].masked_fill(PADDING, -1)
    other = autoencoder()
    other.members.copy_(renamed)
    assert torch.equal(other.loss(x[:, order], mask), model.loss(x, mask))
    assert torch.equal(other.complete(x[:, order], mask), model.complete(x, mask)[:, order])


def test_what_is_seen_stays_and_what_is_hidden_is_believed() -> None:
    model, x = autoencoder(), readings()
    mask = mask_of(model)
    hidden, whole = hidden_sensors(mask), model.complete(x, mask)
    assert torch.equal(whole[~hidden], x[~hidden])
    sample, cluster = mask.nonzero()[0]
    own = MEMBERS[cluster]
    believed = model(x, mask)[sample, cluster, own >= 0]
    torch.testing.assert_close(whole[sample, own[own >= 0]], believed)


@pytest.mark.parametrize(("ratio", "hidden"), [(0.01, 1), (0.5, 2), (0.75, 3), (1.0, 3)])
def test_a_mask_hides_as_many_in_each_sample_and_leaves_something(
    ratio: float, hidden: int
) -> None:
    mask = mask_of(autoencoder(), 300, ratio=ratio)
    assert (mask.sum(1) == hidden).all()
    assert (mask.float().mean(0) - hidden / 4).abs().max() < 0.1
    assert torch.equal(mask, mask_of(autoencoder(), 300, ratio=ratio))


@pytest.mark.parametrize(
    ("mixer", "feed", "block"),
    [("mssa", "ista", CrateDecoderBlock), ("softmax", "mlp", TokenBlock)],
)
def test_every_parameter_gets_a_gradient(mixer: str, feed: str, block: type) -> None:
    model, x = autoencoder(mixer=mixer, feed=feed), readings()
    assert isinstance(model.decoder[0], block)
    model.loss(x, mask_of(model)).backward()
    for name, parameter in model.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name
        assert (parameter.grad != 0).any(), name
    assert not model.embed.grad[PADDING].any()
    assert not model.bias.grad[PADDING].any()


def test_masks_and_members_that_do_not_fit_are_refused() -> None:
    model, x = autoencoder(), readings(samples=2)
    with pytest.raises(DataError, match="from 2 to 3 clusters are seen"):
        model(x, torch.tensor([[True, False, True, False], [False, False, True, False]]))
    with pytest.raises(DataError, match="from 0 to 0 clusters are seen"):
        model(x, torch.ones(2, 4, dtype=torch.bool))
    config = TokenNetworkConfig(8, 1, 2)
    for members in (torch.tensor([[0, 1]]), torch.tensor([[0, 1], [-1, -1]]), torch.arange(3)):
        with pytest.raises(ConfigError, match="two clusters or more"):
            MaskedSensorAutoencoder(config, members=members)
