"""Learning a task from its examples alone: a causal transformer whose weights stay as they are.

Token k shows x_k, for which y_k is to be said, and the example before it, (x, y)_{k-1}. Examples
come in pairs at one place, so that no part of the network is spent on joining them; the form is
ours, the task that of Garg et al. 2022 (arXiv 2208.01066).

Axes: B sequences, K examples, D features of the network.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pellucid.config import check, check_counts
from pellucid.networks.token_network import TokenNetwork, TokenNetworkConfig
from pellucid.reasoning.learned.function_family import Pool


def _plain() -> TokenNetworkConfig:
    return TokenNetworkConfig(32, 2, 4, mixer="softmax", feed="mlp")


@dataclass(frozen=True)
class InContextConfig:
    """The network, and how it learns: AdamW, a warm-up, then half a cosine down to nothing."""

    network: TokenNetworkConfig = field(default_factory=_plain)
    examples: int = 8
    """In a sequence, the last of which is asked."""
    steps: int = 1500
    batch: int = 64
    learning_rate: float = 4e-3

    def __post_init__(self) -> None:
        check_counts(self, "steps", "batch")
        check(self.examples >= 2, f"examples is {self.examples}: one is shown, one is asked")


class InContextRegressor(nn.Module):
    """What y is at each x, given the examples before it: x and y (B, K) -> (B, K)."""

    def __init__(self, config: InContextConfig) -> None:
        super().__init__()
        width = config.network.dimension
        self.seen = nn.Sequential(nn.Linear(4, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.network = TokenNetwork(config.network, causal=True)
        self.readout = nn.Linear(width, 1)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """The last y is not read."""
        before = F.pad(torch.stack([x, y, torch.ones_like(x)], 2), (0, 0, 1, 0))[:, :-1]
        tokens = self.seen(torch.cat([x[..., None], before], 2))
        said: Tensor = self.readout(self.network(tokens))[..., 0]
        return said


def learn_in_context(pool: Pool, config: InContextConfig, *, seed: int) -> InContextRegressor:
    """A network that learned from the pool's tasks and examples, to say every y of a sequence."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = InContextRegressor(config)
    generator = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=config.learning_rate, betas=(0.9, 0.98), weight_decay=0.0
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.learning_rate, total_steps=config.steps + 1, pct_start=0.05
    )
    for _ in range(config.steps):
        shown = pool.draw(config.batch, config.examples, generator)
        loss = F.mse_loss(model(shown.x, shown.y), shown.y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return model.eval()
