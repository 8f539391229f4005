"""What a report shows, computed from an agent, its experience and its evaluations."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pellucid.agent.acquaintance import Acquaintance
from pellucid.agent.agent import Agent
from pellucid.agent.cost import goal_distance
from pellucid.agent.diagnosis import Diagnosis, diagnose
from pellucid.agent.evaluation import Evaluation, Thought
from pellucid.agent.tasks import ArenaTasks, Tasks
from pellucid.data.experience import Experience
from pellucid.learning.metrics import Metrics
from pellucid.learning.runs import RunFolder
from pellucid.networks.sparse import SparseCodingLayer, SparseEncoder
from pellucid.studio import rooms
from pellucid.studio.figures.collapse import Collapse
from pellucid.studio.figures.curves import Curves
from pellucid.studio.figures.decision import Decision
from pellucid.studio.figures.drift import Drift
from pellucid.studio.figures.failure import Failure
from pellucid.studio.figures.imagination import Imagination
from pellucid.studio.figures.label_paths import LabelPath
from pellucid.studio.figures.landscape import Landscape
from pellucid.studio.figures.reached import Reached
from pellucid.studio.figures.sparse_code import SparseCode
from pellucid.studio.report import ReportContents, SummaryRow
from pellucid.worlds.collapse import collapse_report
from pellucid.worlds.environments.arena import GOAL_RADIUS

IMAGINED, PICTURED, TRACED, COMPARED = 6, 24, 3, 6
"""Plans drawn, failures with a picture, label paths drawn, ends compared with their goals."""


def collect(
    agent: Agent,
    experience: Experience,
    tasks: Tasks,
    evaluations: Sequence[Evaluation],
    folder: RunFolder,
) -> ReportContents:
    """Everything that can be shown of a run; what cannot be measured here is left out.

    `evaluations` are of the same tasks, in the order of the table; the first that holds plans is
    looked at closely. Bounded: some thousands of states are encoded, whatever the experience's
    size.
    """
    known = Acquaintance.of(agent, experience)
    planned = next((e for e in evaluations if e.thoughts), None)
    record = _record(folder.path / "config.json")
    curves = Curves(Metrics(folder.metrics).rows())
    contents: dict[str, Any] = {
        "title": f"{record.get('name', folder.name)}: {tasks.name}",
        "command": command_line(record.get("command", [])),
        "config": record or None,
        "protocol": tasks.protocol,
        "summary": tuple(SummaryRow.of(evaluation) for evaluation in evaluations),
        "curves": curves if curves.rows else None,
        "collapse": _collapse(agent, experience, curves),
        **_white_box(agent, experience),
    }
    if planned is not None:
        diagnoses = diagnose(agent, planned, tasks, experience, known=known)
        contents["decision"] = _decision(planned.thoughts[0], _farthest(tasks))
        if isinstance(tasks, ArenaTasks):
            contents |= _in_rooms(agent, tasks, planned, known, diagnoses)
        else:
            contents |= _elsewhere(experience, tasks, planned)
            contents["failures"] = tuple((diagnosis, None) for diagnosis in diagnoses)
    return ReportContents(**contents)


def command_line(command: Sequence[str]) -> str | None:
    """The command as one would type it again; None where it was not recorded."""
    if not command:
        return None
    name = Path(command[0]).name
    first = ["python", command[0]] if name.endswith(".py") else [name]
    return shlex.join([*first, *command[1:]])


def _record(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _collapse(agent: Agent, experience: Experience, curves: Curves) -> Collapse | None:
    """The report on the last twentieth of the episodes, which training holds out too."""
    _, apart = experience.split(0.05)
    length = min(8 + agent.world.config.frames - 1, int(apart.lengths.max()))
    if length < agent.world.config.frames:
        return None
    report = collapse_report(agent.world, apart.windows(length))
    return Collapse(curves, report.deviations, report.effective_rank)


def _white_box(agent: Agent, experience: Experience) -> dict[str, Any]:
    """Dictionary and code of one frame, where the encoder is one that can be read."""
    encoder = agent.world.encoder
    if not isinstance(encoder, SparseEncoder):
        return {}
    layer = encoder.layers[0]
    assert isinstance(layer, SparseCodingLayer)
    frame = experience[-1].observations[0]
    with torch.no_grad():
        seen = encoder.input(torch.from_numpy(frame[None].copy()).to(agent.world.centre.device))
        code = layer(seen)
        said = layer.reconstruct(code)[0].cpu().permute(1, 2, 0).numpy()
        patterns = layer.dictionary().cpu().numpy()
    height, width = frame.shape[:2]
    said = said[layer.padding : layer.padding + height, layer.padding : layer.padding + width]
    mean = encoder.input.mean.cpu().numpy()[: said.shape[0], : said.shape[1]]
    reconstruction = np.clip(mean + said * 127.5, 0, 255).astype(np.uint8)
    return {
        "dictionary": patterns,
        "code": SparseCode(frame, reconstruction, code[0].cpu().numpy()),
    }


def _farthest(tasks: Tasks) -> int:
    """A task that needs a plan: the one with the longest way; without rooms the first."""
    return int(tasks.manifest.paths.argmax()) if isinstance(tasks, ArenaTasks) else 0


def _decision(thought: Thought, index: int) -> Decision:
    trace = thought.plan.trace
    best, mean, spread = (t[:, index].cpu().numpy() for t in (trace.best, trace.mean, trace.spread))
    energy = thought.plan.energy_by_step[index].cpu().numpy()
    return Decision(index, thought.step, energy, best, mean, spread)


def _in_rooms(
    agent: Agent,
    tasks: ArenaTasks,
    planned: Evaluation,
    known: Acquaintance,
    diagnoses: Sequence[Diagnosis],
) -> dict[str, Any]:
    """What can be drawn where there is a room and its true physics."""
    parts: dict[str, Any] = {
        "journeys": tuple(
            rooms.journey(tasks, i, episode) for i, episode in enumerate(planned.episodes)
        ),
        "landscape": _landscape(agent, tasks, _farthest(tasks)),
        "failures": tuple(
            (diagnosis, _failure(tasks, planned, known, diagnosis) if n < PICTURED else None)
            for n, diagnosis in enumerate(diagnoses)
        ),
    }
    if known.readout is not None:
        plans, steps = rooms.imaginations(tasks, planned, known.readout)
        first = [plan for plan, step in zip(plans, steps, strict=True) if step == 0]
        parts["imaginations"] = _spread_out(first, IMAGINED)
        parts["drift"] = Drift(
            np.stack([plan.error for plan in plans]),
            np.stack([np.linalg.norm(plan.real - plan.real[0], axis=-1) for plan in plans]),
            GOAL_RADIUS,
        )
    return parts


def _spread_out(plans: Sequence[Imagination], count: int) -> tuple[Imagination, ...]:
    """Plans from the best imagined to the worst, evenly: neither the good nor the bad alone."""
    order = sorted(plans, key=lambda plan: float(np.median(plan.error)))
    chosen = np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(int)
    return tuple(order[i] for i in chosen)


def _landscape(agent: Agent, tasks: ArenaTasks, index: int) -> Landscape:
    goal = torch.from_numpy(tasks.goals[index][None])
    with torch.no_grad():
        goal_1D = agent.perception.imagine_goal(goal).cpu()

    def energy(pictures: np.ndarray) -> np.ndarray:
        states = agent.perception.imagine_goal(pictures).cpu()  # bodies at rest, like goals
        return goal_distance(states, goal_1D).numpy()

    return rooms.landscape(tasks, index, energy)


def _failure(
    tasks: ArenaTasks, planned: Evaluation, known: Acquaintance, diagnosis: Diagnosis
) -> Failure:
    index, step = diagnosis.index, diagnosis.numbers.step
    thought = next(t for t in planned.thoughts if t.step == step)
    imagined = None
    if known.readout is not None:
        imagined = known.readout(thought.plan.states[index])
    episode = planned.episodes[index]
    way = rooms.way(tasks, index, episode.path[step], horizon=thought.plan.actions.shape[1])
    return Failure(rooms.journey(tasks, index, episode), imagined, way)


def _elsewhere(experience: Experience, tasks: Tasks, planned: Evaluation) -> dict[str, Any]:
    """What can be drawn of any environment."""
    episodes = planned.episodes
    # Solved and failed tasks in turn, so that both are seen.
    order = sorted(
        range(len(episodes)),
        key=lambda i: (sum(e.success == episodes[i].success for e in episodes[:i]), i),
    )
    names = experience.spec.label_names or tuple(
        f"number {i}" for i in range(len(episodes[0].goal))
    )
    paths = tuple(
        LabelPath(
            i, names, np.array(episodes[i].path), np.array(episodes[i].goal), episodes[i].success
        )
        for i in order[:TRACED]
    )
    labels = experience.columns.labels
    pictures = experience.spec.observation_shape
    if labels is None or len(pictures) != 3 or pictures[-1] != 3:
        return {"label_paths": paths}
    # An episode keeps the true states it went through; the recorded frame nearest to the last
    # one shows where it ended.
    scale = np.maximum(labels.std(0), 1e-6)
    ends = []
    for i in order[:COMPARED]:
        last = np.array(episodes[i].path[-1])
        nearest = int(np.square((labels - last) / scale).sum(-1).argmin())
        ends.append(
            Reached(
                i, tasks.goals[i], experience.columns.observations[nearest], episodes[i].success
            )
        )
    return {"label_paths": paths, "reached": tuple(ends)}
