"""How long a decision takes, beside stable-worldmodel's solvers: same model, machine and budget.

    python -m pellucid.experiments.bench_planning --peer ~/stable-worldmodel

The model is a residual MLP of the size of a small JEPA's predictor (state 64 + action 2 -> 256 ->
256 -> 64), untrained: its speed does not depend on its weights. Both sides call the same `predict`
on the same rows, minimise the squared distance of the last state from a goal that is encoded
once, draw the same number of samples, and keep the same number of elites, for 1 and for 16
problems at once, on one thread, in alternation. What is compared is CPU time. The ratio of ours to
theirs is the median over pairs of decisions that ran one after the other, shown with its bootstrap
interval (95 %). The bar is a ratio of at most 1: one median above it is a failure (exit status 1).
For one problem `predict` is more than nine tenths of both sides' time, so that no planner could be
far below 1 there and a busy machine decides on which side of 1 the median falls: read the interval.

For 16 problems the peer is timed both ways that it offers, all problems in one batch and one after
the other, and its faster way counts.

The peer is https://github.com/galilai-group/stable-worldmodel (MIT). Its package imports
torchvision, which need not load beside a CPU build of PyTorch; so only its modules
`stable_worldmodel.planning` and `stable_worldmodel.protocols`, which need torch, numpy and
gymnasium, are imported, below an empty parent module. Get a copy outside of this project and say
where it is, by `--peer` or by the environment variable PELLUCID_PEER_SWM:

    git clone --depth 1 https://github.com/galilai-group/stable-worldmodel ~/stable-worldmodel

Without it the table has our own times only.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import os
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from pellucid.data.actions import ActionSpace
from pellucid.errors import ConfigError
from pellucid.experiments.bench_pairs import (
    Side,
    alternate,
    interval_of,
    parser_of,
    save,
    steady,
)
from pellucid.planning import CEM, ICEM, MPPI, GoalDistance, GradientPlanner, RandomShooting
from pellucid.planning.plan import Planner

STATE, ACTION, WIDTH = 64, 2, 256
PEER_VARIABLE = "PELLUCID_PEER_SWM"
PEERS = ("CEM", "ICEM", "MPPI")


@dataclass(frozen=True)
class Budget:
    """What both sides may spend on a decision."""

    samples: int = 300
    iterations: int = 10
    elites: int = 30
    horizon: int = 12

    @property
    def states(self) -> int:
        """Predicted states for one problem."""
        return self.samples * self.iterations * self.horizon


@dataclass(frozen=True)
class Row:
    """One planner at one number of problems; times are medians, in milliseconds a decision."""

    planner: str
    problems: int
    cpu_ms: float
    wall_ms: float
    microseconds_per_state: float
    peer_cpu_ms: float | None = None
    peer_wall_ms: float | None = None
    peer_batch: int | None = None
    """The number of problems that the peer solved at a time, where it was fastest."""
    ratio: float | None = None
    """CPU time of ours to the peer's: the median over pairs that ran next to each other."""
    ratio_low: float | None = None
    ratio_high: float | None = None


class Predictor(nn.Module):
    """The model under both sides: s' = s + MLP(s, a)."""

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        sizes = (STATE + ACTION, WIDTH, WIDTH, STATE)
        layers: list[nn.Module] = []
        for i, o in itertools.pairwise(sizes):
            linear = nn.Linear(i, o)
            nn.init.normal_(linear.weight, std=0.5 * i**-0.5, generator=generator)
            layers += [linear, nn.ReLU()]
        self.network = nn.Sequential(*layers[:-1])
        self.action_space = ActionSpace((-1.0,) * ACTION, (1.0,) * ACTION)

    def encode(self, observation: Tensor) -> Tensor:
        """The states are observed."""
        return observation

    def predict(self, state: Tensor, action: Tensor, latent: Tensor | None = None) -> Tensor:
        """The next states (N, 64)."""
        return state + self.network(torch.cat([state, action], dim=-1))


class PeerModel(nn.Module):
    """The same predictor as stable-worldmodel's `Dynamics`: dictionaries in, dictionaries out."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__()
        self.predictor = predictor

    def rollout(self, info: dict[str, Tensor], candidates: Tensor) -> dict[str, Tensor]:
        """Add `predicted_emb` (B, S, H, D) for candidates (B, S, H, A)."""
        B, S, _, _ = candidates.shape
        state = info["emb"].flatten(0, 1)
        predicted = []
        for action in candidates.flatten(0, 1).unbind(1):
            state = self.predictor.predict(state, action)
            predicted.append(state)
        info["predicted_emb"] = torch.stack(predicted, dim=1).unflatten(0, (B, S))
        return info


def our_planners(budget: Budget) -> dict[str, Planner]:
    """Every planner at the budget; those with a peer at the peer's settings."""
    S, I, E = budget.samples, budget.iterations, budget.elites
    return {
        "CEM": CEM(samples=S, iterations=I, elites=E),
        "ICEM": ICEM(samples=S, iterations=I, elites=E, decay=1.0, keep=min(5, E - 1) / E),
        "MPPI": MPPI(samples=S, iterations=I, elites=E, adapt=False),
        "RandomShooting": RandomShooting(samples=S, iterations=I),
        # A step back costs about twice a step forward: a third of the states.
        "GradientPlanner": GradientPlanner(restarts=max(1, S * I // 90), iterations=30),
    }


def our_decision(
    planner: Planner, model: Predictor, state: Tensor, goal: Tensor, budget: Budget
) -> Side:
    """One decision of ours, ready to run."""
    energy = GoalDistance(goal, shape="last")
    generator = torch.Generator().manual_seed(0)
    return lambda: planner.plan(model, state, energy, horizon=budget.horizon, generator=generator)


def peer_decision(
    peer: ModuleType,
    name: str,
    model: Predictor,
    state: Tensor,
    goal: Tensor,
    budget: Budget,
    *,
    batch: int,
) -> Side:
    """One decision of stable-worldmodel's solver `name`, ready to run, silent.

    It solves `batch` problems at a time. Its goal is found by a counter, as the solver tells only
    which problems it begins by slicing its inputs.
    """
    from gymnasium.spaces import Box

    goals = itertools.cycle(goal.unsqueeze(1).split(batch))
    cost = peer.ShootingCostEvaluator(
        PeerModel(model), peer.GoalMSE(), encode_goal=lambda *_: next(goals)
    )
    solver: Any = getattr(peer, f"{name}Solver")(
        cost,
        batch_size=batch,
        num_samples=budget.samples,
        n_steps=budget.iterations,
        topk=budget.elites,
    )
    box = Box(-1.0, 1.0, (len(state), ACTION), np.float32)
    config = SimpleNamespace(horizon=budget.horizon, action_block=1)
    solver.configure(action_space=box, n_envs=len(state), config=config)

    def decide() -> object:
        with contextlib.redirect_stdout(io.StringIO()):  # the solvers print their times
            return solver.solve({"emb": state})

    return decide


def load_peer(path: Path) -> ModuleType:
    """`stable_worldmodel.planning` from a checkout, without importing its parent package."""
    package = path / "stable_worldmodel"
    if not (package / "planning" / "solver" / "cem.py").is_file():
        raise ConfigError(f"{path} holds no stable_worldmodel/planning: pass a checkout of it")
    parent = ModuleType("stable_worldmodel")
    parent.__path__ = [str(package)]
    sys.modules["stable_worldmodel"] = parent
    return importlib.import_module("stable_worldmodel.planning")


def measure(
    name: str,
    ours: Side,
    peers: dict[int, Side],
    *,
    problems: int,
    repeats: int,
    states: int,
) -> Row:
    """Time all sides in alternation."""
    times = alternate([ours, *peers.values()], repeats=repeats)
    middle = np.median(times, axis=0)
    cpu, wall = map(float, middle[0])
    row = Row(name, problems, cpu, wall, 1e3 * cpu / (problems * states))
    if not peers:
        return row
    fastest = 1 + int(middle[1:, 0].argmin())
    ratio, low, high = interval_of(times[:, 0, 0] / times[:, fastest, 0])
    return replace(
        row,
        peer_cpu_ms=float(middle[fastest, 0]),
        peer_wall_ms=float(middle[fastest, 1]),
        peer_batch=list(peers)[fastest - 1],
        ratio=ratio,
        ratio_low=low,
        ratio_high=high,
    )


def bench(
    budget: Budget, *, peer: ModuleType | None, problems: tuple[int, ...], repeats: int
) -> list[Row]:
    """All planners at all numbers of problems."""
    generator = torch.Generator().manual_seed(0)
    model = Predictor(generator).eval()
    rows = []
    for B in problems:
        state, goal = torch.randn(2, B, STATE, generator=generator)
        for name, planner in our_planners(budget).items():
            ours = our_decision(planner, model, state, goal, budget)
            theirs = {}
            if peer is not None and name in PEERS:
                theirs = {
                    batch: peer_decision(peer, name, model, state, goal, budget, batch=batch)
                    for batch in sorted({1, B})
                }
            rows.append(
                measure(
                    name,
                    ours,
                    theirs,
                    problems=B,
                    repeats=repeats if B > 1 else 6 * repeats,
                    states=budget.states,
                )
            )
    return rows


def table_of(rows: list[Row], budget: Budget) -> Table:
    """The rows as a table."""
    table = Table(
        title=f"{budget.samples} samples x {budget.iterations} rounds x {budget.horizon} steps, "
        f"{budget.elites} elites, one thread"
    )
    table.add_column("planner", no_wrap=True)
    table.add_column("problems")
    for heading in ("CPU ms", "wall ms", "us a state", "peer CPU", "peer wall", "ratio", "95 %"):
        table.add_column(heading, justify="right")
    for row in rows:
        peer = ["-"] * 4
        if row.ratio is not None:
            peer = [
                f"{row.peer_cpu_ms:.1f}",
                f"{row.peer_wall_ms:.1f}",
                f"{row.ratio:.3f}",
                f"{row.ratio_low:.2f}..{row.ratio_high:.2f}",
            ]
        table.add_row(
            row.planner,
            str(row.problems),
            f"{row.cpu_ms:.1f}",
            f"{row.wall_ms:.1f}",
            f"{row.microseconds_per_state:.2f}",
            *peer,
        )
    return table


def main(argv: list[str] | None = None) -> int:
    """Print the table; 0 when every ratio is at most 1 (or there is no peer), else 1."""
    parser = parser_of(
        "planning",
        "Time decisions.",
        repeats=7,
        counted="timed decisions of 16 problems; six times as many of one",
        quick="a tenth of the budget",
    )
    parser.add_argument(
        "--peer", type=Path, help=f"checkout of stable-worldmodel (${PEER_VARIABLE})"
    )
    options = parser.parse_args(argv)
    path = options.peer or os.environ.get(PEER_VARIABLE)
    peer = load_peer(Path(path).expanduser()) if path else None
    budget = Budget(samples=100, iterations=3) if options.quick else Budget()

    with steady():
        rows = bench(budget, peer=peer, problems=(1, 16), repeats=options.repeats)

    console = Console(width=110)
    console.print(table_of(rows, budget))
    save(options.save, {"budget": asdict(budget), "rows": [asdict(row) for row in rows]})
    ratios = [row.ratio for row in rows if row.ratio is not None]
    if not ratios:
        console.print(
            "No peer: git clone --depth 1 https://github.com/galilai-group/stable-worldmodel, "
            f"then --peer PATH or {PEER_VARIABLE}=PATH"
        )
        return 0
    holds = max(ratios) <= 1.0
    console.print(
        f"{'holds' if holds else 'DOES NOT HOLD'}: CPU time of a decision, ours / "
        f"stable-worldmodel, is {min(ratios):.3f} to {max(ratios):.3f} (bar: at most 1)"
    )
    return 0 if holds else 1


if __name__ == "__main__":
    raise SystemExit(main())
