"""Part of `gears`: a world model that has seen pictures of gears is asked which way one turns.

It learns from recorded pushes, without a word and without a label. Then a hand pushes one gear, and
of three pictures, in which some gear has turned clockwise, counter-clockwise or not at all, it is
to find the one that follows: the one whose state is nearest to what it predicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import pellucid.worlds.environments  # noqa: F401 - makes the environment known
from pellucid.agent.refinement import RefinementConfig
from pellucid.agent.training import TrainingConfig, new_agent, train
from pellucid.data.experience import Experience
from pellucid.data.recording import record
from pellucid.experiments.fan_out import fan_out
from pellucid.experiments.once import once_a_job
from pellucid.experiments.rows import Null, Row, Settings
from pellucid.experiments.statistics import mean
from pellucid.learning.progress import Progress
from pellucid.learning.runs import RunFolder
from pellucid.learning.schedule import Schedule
from pellucid.networks.encoders import EncoderConfig
from pellucid.studio.figures import gear_pictures, style
from pellucid.worlds.criteria import CriteriaConfig
from pellucid.worlds.environments.gears import (
    ARRANGEMENTS,
    MOST,
    STEP,
    Arrangement,
    picture,
    turned,
)
from pellucid.worlds.jepa import JEPA, JEPAConfig

EPISODES = {"quick": 12, "short": 1000}
LENGTH = 12
"""Pushes in an episode."""
STEPS = {"quick": 10, "short": 4000}
QUESTIONS = {"quick": 5, "short": 200}
"""For each gear of each arrangement."""
AHEAD = 2
"""Steps for which a hand pushes."""
TURNS = (1, 0, -1)


@dataclass(frozen=True)
class Job:
    """One training."""

    name: str
    experience: Path
    seed: int
    steps: int
    questions: int
    output: Path


@dataclass(frozen=True)
class Asked:
    """The share of right answers, 0 to 1, by the arrangement's name."""

    trained: dict[str, float]
    untrained: dict[str, float]
    """Of the same networks before they learned."""
    still: dict[str, float]
    """By the rule that nothing moves."""


def training(job: Job) -> TrainingConfig:
    """How it learns."""
    return TrainingConfig(
        world=JEPAConfig(dimension=32, hidden=256, encoder=EncoderConfig(kind="conv", width=16)),
        criteria=CriteriaConfig(inverse=5.0, anticollapse_weight=1.0),
        schedule=Schedule(steps=job.steps, learning_rate=2e-3, clip=5.0),
        refinement=RefinementConfig(steps=0),
        batch=32,
        unroll=4,
        grace=10_000,
        report_every=500,
        checkpoint_every=500,
        seed=job.seed,
        threads=1,
    )


def rows(settings: Settings, progress: Progress) -> list[Row]:
    """Record, train, and ask."""
    size = "quick" if settings.quick else "short"
    experience = _record(settings.output / "pictures", EPISODES[size])
    jobs = [
        Job(f"gears-{seed}", experience, seed, STEPS[size], QUESTIONS[size], settings.output)
        for seed in range(settings.seeds)
    ]
    found = fan_out(measure, jobs, progress=progress)
    style.save(gear_pictures.draw(_example()), settings.output / "figures", "gears")
    groups = {
        "gears that touch and turn": [
            _title(a) for a in ARRANGEMENTS if a.touching and not _odd(a)
        ],
        "gears that touch and are locked": [
            _title(a) for a in ARRANGEMENTS if a.touching and _odd(a)
        ],
        "gears that stand apart": [_title(a) for a in ARRANGEMENTS if not a.touching],
    }
    return [_row(name, titles, found) for name, titles in groups.items()]


def _row(name: str, titles: list[str], found: list[Asked]) -> Row:
    of = lambda answers: 100 * float(np.mean([answers[title] for title in titles]))  # noqa: E731
    untrained = float(np.mean([of(asked.untrained) for asked in found]))
    still = float(np.mean([of(asked.still) for asked in found]))
    return Row(
        f"a world model of pictures, {name}: right of three",
        mean([of(asked.trained) for asked in found]),
        unit="%",
        null=Null("the same untrained", untrained),
        note=f"'nothing moves' is right in {still:.0f} %, the exact solver in 100 %",
    )


def _odd(arrangement: Arrangement) -> bool:
    return arrangement.shape == "circle" and arrangement.count % 2 == 1


def _title(arrangement: Arrangement) -> str:
    touch = "touching" if arrangement.touching else "apart"
    return f"{arrangement.count} in a {arrangement.shape}, {touch}"


def _record(path: Path, episodes: int) -> Path:
    """The experience, recorded once."""
    if not (path / "spec.json").is_file() or len(Experience.open(path)) < episodes:
        record(
            "pellucid/Gears-v0",
            path,
            episodes=episodes,
            policy="random",
            steps=LENGTH,
            size=None,
            mode="overwrite",
        )
    return path


@once_a_job(Asked)
def measure(job: Job) -> Asked:
    """One training and its questions; or what was measured before."""
    config = training(job)
    experience = Experience.open(job.experience)
    untrained = new_agent(experience, config, device=torch.device("cpu")).world.eval()
    with RunFolder.begin(job.output, f"{job.name}-training", config) as folder:
        agent = train(experience, config, folder=folder)
        folder.finish()
    ask = lambda world: {_title(a): _asked(world, a, job) for a in ARRANGEMENTS}  # noqa: E731
    still = {_title(a): _asked(None, a, job) for a in ARRANGEMENTS}
    return Asked(ask(agent.world.eval()), ask(untrained), still)


@torch.no_grad()
def _asked(world: JEPA | None, arrangement: Arrangement, job: Job) -> float:
    """The share of questions about an arrangement that are answered rightly."""
    random = np.random.default_rng(job.seed)
    count, n, right = arrangement.count, job.questions, 0.0
    for gear in range(count):
        angles = random.uniform(-np.pi, np.pi, (n, count))
        push = np.zeros((n, MOST), np.float32)
        push[np.arange(n), random.integers(count, size=n)] = random.choice([-1, 1], n)
        speed = turned(arrangement, push[:, :count])
        if world is None:
            right += float((speed[:, gear] == 0).mean())
            continue
        state = world.encode(_pictures(arrangement, angles))
        for _ in range(AHEAD):
            state = world.predict(state, torch.from_numpy(push))
        energies = []
        for turn in TURNS:
            after = angles + AHEAD * STEP * speed
            after[:, gear] = angles[:, gear] + AHEAD * STEP * turn
            there = world.encode(_pictures(arrangement, after))
            energies.append((there - state).square().sum(1))
        chosen = np.array(TURNS)[torch.stack(energies).argmin(0).numpy()]
        right += float((chosen == speed[:, gear]).mean())
    return right / count


def _pictures(arrangement: Arrangement, angles: np.ndarray) -> Tensor:
    return torch.from_numpy(np.stack([picture(arrangement, one) for one in angles]))


def _example() -> dict[str, list[np.ndarray]]:
    """A picture of each kind, and three that may follow it."""
    shown = {}
    for arrangement in ARRANGEMENTS:
        angles = np.zeros(arrangement.count)
        push = np.eye(arrangement.count)[0]
        after = [angles + k * AHEAD * STEP * turned(arrangement, push) for k in range(3)]
        shown[_title(arrangement)] = [picture(arrangement, one) for one in after]
    return shown
