"""The main job in three calls: experience, agent, measure. The command line and the experiments
are made of them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pellucid.agent.agent import Agent
from pellucid.agent.evaluation import Evaluation, evaluate, random_floor, simulator_ceiling
from pellucid.agent.recipes import RecordConfig
from pellucid.agent.tasks import ArenaTasks, ReplayTasks, Tasks
from pellucid.agent.training import JobConfig
from pellucid.data.experience import Experience
from pellucid.data.recording import RecordProgress, record
from pellucid.data.spec import ExperienceSpec
from pellucid.errors import DataError
from pellucid.learning.progress import Progress, Silent
from pellucid.learning.runs import RunFolder
from pellucid.worlds.environments.manifests import load_manifest, names


def gather(
    config: RecordConfig, path: str | Path, *, progress: Progress | None = None
) -> Experience:
    """The experience that `config` describes: opened where it is there, else recorded.

    A recording that was interrupted goes on. A folder that holds something else is an error.
    """
    path, show = Path(path), progress or Silent()
    done, begun = 0, (path / "spec.json").is_file()
    if begun:
        experience = Experience.open(path)
        _refuse_other(experience.spec, config, path)
        done = len(experience)
        if done >= config.episodes:
            return experience
    with show.task("recording") as report:

        def tell(state: RecordProgress) -> None:
            share = (done + state.episodes) / config.episodes
            report(share, {"episodes": done + state.episodes, "frames": state.frames})

        return record(
            config.environment,
            path,
            episodes=config.episodes - done,
            policy=config.policy,
            seed=config.seed,
            steps=config.steps,
            # Exploring goes past goals, which are marks only; other worlds really end.
            stop_when_done=not config.environment.startswith("pellucid/"),
            environment_kwargs=config.environment_kwargs,
            mode="append" if begun else "error",
            progress=tell,
        )


def _refuse_other(spec: ExperienceSpec, config: RecordConfig, path: Path) -> None:
    found = (spec.environment, dict(spec.environment_kwargs), spec.policy, spec.seed)
    wanted = (config.environment, dict(config.environment_kwargs), config.policy, config.seed)
    if found != wanted:
        raise DataError(
            f"{path} holds another experience ({found[0]} {found[1]} by '{found[2]}', seed "
            f"{found[3]}): choose another folder, or delete it"
        )


def experience_of(run: RunFolder, moved: str | Path | None = None) -> Experience:
    """The experience that a run learned from; `moved` says where it is now, if elsewhere.

    A run keeps the path as it was given; where nothing is there, DataError says what to do.
    """
    path = Path(run.config(JobConfig).experience) if moved is None else Path(moved)
    if moved is None and not (path / "spec.json").is_file():
        raise DataError(
            f"{run.path} learned from the experience {path}, which is not there (seen from "
            f"{Path.cwd()}): say where it is with --experience, or go to where it was trained"
        )
    return Experience.open(path)


def tasks_for(
    experience: Experience, *, name: str | None = None, validation: bool = False, count: int = 20
) -> Tasks:
    """The tasks that fit an experience: a manifest of its environment, else replayed episodes.

    `name` chooses a manifest; with `validation` those for choosing settings are taken, where there
    are any. Replayed episodes are the last tenth of the experience, for validation the tenth before
    it; training has seen most of their pictures. DataError where nothing can be replayed.
    """
    if name is not None:
        return ArenaTasks(load_manifest(name))
    spec = experience.spec
    manifest = _manifest_of(spec)
    if manifest is not None:
        suffixed = f"{manifest}-validation"
        return ArenaTasks(
            load_manifest(suffixed if validation and suffixed in names() else manifest)
        )
    tenth = max(1, len(experience) // 10)
    last = slice(-2 * tenth, -tenth) if validation else slice(-tenth, None)
    part = experience[last]
    if not len(part):
        raise DataError(
            f"{experience.path} has {len(experience)} episodes, too few to replay: record more"
        )
    longest = int(part.lengths.max())
    return ReplayTasks(part, count=count, ahead=min(25, max(1, longest // 2)))


def _manifest_of(spec: ExperienceSpec) -> str | None:
    fixed = {"pellucid/TwoRoom-v0": "two-room", "pellucid/PointMaze-v0": "point-maze"}
    base = fixed.get(spec.environment)
    if base is None:
        return None
    kwargs = spec.environment_kwargs
    drawn = kwargs.get("layout", "fixed") != "fixed" or kwargs.get("maze", 0) is None
    return f"{base}-random" if drawn else base


def measure(
    agent: Agent, tasks: Tasks, *, seed: int = 0, progress: Progress | None = None
) -> list[Evaluation]:
    """The agent by planning and, where it has learned to, by reacting; the floor; the ceiling.

    The ceiling needs the true physics, which only the project's own arenas give.
    """
    show = progress or Silent()
    results: list[Evaluation] = []
    with show.task("evaluating") as report:
        results.append(evaluate(agent, tasks, mode="plan", seed=seed))
        report(0.4, {"success": results[-1].success})
        if agent.actor.policy is not None:
            results.append(evaluate(agent, tasks, mode="react", seed=seed))
            report(0.5, {"mode-1": results[-1].success})
        results.append(random_floor(tasks, seed=seed))
        report(0.6, {"floor": results[-1].success})
        if isinstance(tasks, ArenaTasks):
            default = agent.configurator.default
            ceiling = simulator_ceiling(
                tasks, default.planning, cost=replace(default.cost, critic=0.0), seed=seed
            )
            results.append(ceiling)
        report(1.0, {"evaluations": len(results)})
    return results
