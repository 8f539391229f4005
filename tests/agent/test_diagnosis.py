"""Each cause of failure is planted, and the diagnosis has to name it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from pellucid.agent import Agent, ArenaTasks, Configuration, Configurator, PlanningConfig, evaluate
from pellucid.agent.acquaintance import Acquaintance, Readout
from pellucid.agent.diagnosis import (
    Diagnosis,
    _decisive,
    diagnose,
    executed,
    prediction_ratio,
    shortest_way,
)
from pellucid.agent.evaluation import EpisodeResult, Evaluation, Thought, random_floor
from pellucid.data import ActionSpace, Experience, from_arrays
from pellucid.errors import ConfigError
from pellucid.planning import Energy, Plan, SearchTrace, StateCost, Trajectory
from pellucid.worlds.environments.arena import SPEED
from pellucid.worlds.environments.geodesic import Geodesics
from pellucid.worlds.environments.layouts import SIZE, two_rooms
from pellucid.worlds.environments.manifests import Manifest, Task
from pellucid.worlds.environments.physics import move
from pellucid.worlds.environments.render import draw_background, draw_bodies

ROOMS = two_rooms()
SPACE = ActionSpace((-1.0, -1.0), (1.0, 1.0))
START, GOAL = (50.0, 50.0), (12.0, 50.0)
WAYS = Geodesics(ROOMS)


class SeesPlaces(torch.nn.Module):
    """A world whose states are places in pixels; `walls` says whether it knows of them."""

    def __init__(self, *, walls: bool = True) -> None:
        super().__init__()
        self.walls = walls
        self.config = type("Config", (), {"frames": 1, "dimension": 2})()
        self.observation_shape = (SIZE, SIZE, 3)
        self.action_space = SPACE
        self.register_buffer("centre", torch.zeros(2))

    def encode(self, observation: Tensor) -> Tensor:
        """The centre of mass of what has the body's colour; exact to a few hundredths."""
        # Red less blue: 8 for the floor, 178 for the body, below zero for walls.
        share = ((observation[..., 0].float() - observation[..., 2] - 8) / 170).clamp_(0, 1)
        axis = torch.arange(SIZE) + 0.5
        mass = share.sum((1, 2)).clamp_min(1e-9)
        x = (share.sum(1) * axis).sum(1) / mass
        y = (share.sum(2) * axis).sum(1) / mass
        return torch.stack([x, y], -1).float()

    def predict(self, state: Tensor, action: Tensor, latent: Tensor | None = None) -> Tensor:
        if not self.walls:
            return state + SPEED * action
        after = move(state.double().numpy(), SPEED * action.double().numpy(), ROOMS.solid()[None])
        return torch.from_numpy(after).to(state)


class OnFoot:
    """A cost that knows the walking distance to the one goal; `sign` -1 turns it round."""

    def __init__(self, sign: float = 1.0) -> None:
        field = WAYS.field(np.array(GOAL))
        self.field = torch.from_numpy(np.where(np.isfinite(field), field, 200.0)).float()
        self.sign = sign

    def energy(self, goal: Tensor, weights: Any, space: ActionSpace) -> Energy:
        return StateCost(self._cost)

    def _cost(self, states: Tensor) -> Tensor:
        at = states.floor().long().clamp(0, SIZE - 1)
        return self.sign * self.field[at[..., 1], at[..., 0]]


class AsTheCrowFlies(OnFoot):
    """Straight distance: blind to walls."""

    def _cost(self, states: Tensor) -> Tensor:
        return (states - torch.tensor(GOAL)).norm(dim=-1)


def agent_with(
    world: Any, cost: Any, *, samples: int = 64, iterations: int = 3, horizon: int = 40
) -> Agent:
    planning = PlanningConfig(
        horizon=horizon, execute=5, hold=4, samples=samples, iterations=iterations
    )
    configurator = Configurator(Configuration(planning=planning))
    return Agent(world, cost=cost, configurator=configurator)


def tasks_of(start: tuple[float, float] = START, *, budget: int = 15) -> ArenaTasks:
    task = Task(0, start, GOAL, 100.0)
    manifest = Manifest("planted", "pellucid/TwoRoom-v0", {"layout": "fixed"}, (ROOMS,), (task,))
    return ArenaTasks(manifest, budget=budget)


def experience_of(path: Path, places: np.ndarray) -> Experience:
    """Episodes of a body at places (N, T + 1, 2); actions do not matter here."""
    N, frames, _ = places.shape
    background = np.repeat(draw_background(ROOMS)[None], frames, 0)
    return from_arrays(
        path,
        [draw_bodies(background, row) for row in places],
        [np.zeros((frames - 1, 2), np.float32)] * N,
        labels=[row.astype(np.float32) for row in places],
        label_names=("x", "y"),
        action_space=SPACE,
    )


def anywhere(number: int, *, left_only: bool = False) -> np.ndarray:
    generator = np.random.default_rng(0)
    places = []
    while len(places) < number * 10:
        place = ROOMS.sample(generator)
        if not left_only or place[0] < 25:
            places.append(place)
    return np.array(places).reshape(number, 10, 2)


@pytest.fixture(scope="module")
def experience(tmp_path_factory: pytest.TempPathFactory) -> Experience:
    return experience_of(tmp_path_factory.mktemp("experience") / "all", anywhere(60))


def only(agent: Agent, tasks: ArenaTasks, experience: Experience) -> Diagnosis:
    evaluation = evaluate(agent, tasks)
    assert evaluation.solved == 0, "the planted cause makes it fail"
    known = Acquaintance.of(agent, experience, samples=360)
    (diagnosis,) = diagnose(agent, evaluation, tasks, experience, known=known)
    assert diagnosis.index == 0
    return diagnosis


def test_a_sound_agent_solves_it_and_nothing_is_diagnosed(experience: Experience) -> None:
    agent, tasks = agent_with(SeesPlaces(), OnFoot()), tasks_of(budget=60)
    evaluation = evaluate(agent, tasks)
    assert evaluation.solved == 1
    assert diagnose(agent, evaluation, tasks, experience) == ()


def test_a_body_still_on_its_way_ran_out_of_steps(experience: Experience) -> None:
    diagnosis = only(agent_with(SeesPlaces(), OnFoot()), tasks_of(), experience)
    assert diagnosis.reason == "ran out of steps"
    assert f"{diagnosis.numbers.remaining:.0f} px of the way were left" in diagnosis.evidence


def test_a_start_in_a_room_that_was_never_recorded_is_out_of_coverage(tmp_path: Path) -> None:
    left = experience_of(tmp_path / "left", anywhere(40, left_only=True))
    diagnosis = only(agent_with(SeesPlaces(), OnFoot(-1.0)), tasks_of(), left)
    assert diagnosis.reason == "out of coverage"
    assert diagnosis.numbers.coverage > 2
    assert diagnosis.evidence.startswith(("The start", "The way"))


def test_a_model_that_goes_through_walls_is_wrong(experience: Experience) -> None:
    agent = agent_with(SeesPlaces(walls=False), AsTheCrowFlies())
    diagnosis = only(agent, tasks_of((38.0, 50.0)), experience)
    assert diagnosis.reason == "model wrong"
    assert diagnosis.numbers.model_error is not None
    assert diagnosis.numbers.model_error > 4
    assert f"{diagnosis.numbers.model_error:.1f} px away" in diagnosis.evidence


class FearsTheDoor(SeesPlaces):
    """Right about everything but the doorway, which it believes to lead to the far corner."""

    def predict(self, state: Tensor, action: Tensor, latent: Tensor | None = None) -> Tensor:
        after = super().predict(state, action)
        return torch.where((after[:, :1] < 36) & (state[:, :1] > 36), 56.0, after)


def test_a_model_that_misimagines_only_the_right_way_is_wrong(experience: Experience) -> None:
    # Its own plan, which leads nowhere, is imagined well: the other plan tells.
    agent = agent_with(FearsTheDoor(), OnFoot())
    diagnosis = only(agent, tasks_of((38.0, 22.0), budget=10), experience)
    numbers = diagnosis.numbers
    assert diagnosis.reason == "model wrong"
    assert numbers.model_error < 4
    assert numbers.seen_energy < numbers.chosen_energy <= numbers.oracle_energy
    assert "imagines it otherwise" in diagnosis.evidence


@pytest.mark.parametrize("cost", [OnFoot(-1.0), AsTheCrowFlies()], ids=["inverted", "no walls"])
def test_an_energy_that_prefers_the_wrong_way_ranks_wrong(
    cost: OnFoot, experience: Experience
) -> None:
    # Near the wall and far from the door: the way round is first of all a way back.
    agent = agent_with(SeesPlaces(), cost, horizon=15)
    diagnosis = only(agent, tasks_of((40.0, 55.0)), experience)
    assert diagnosis.reason == "ranking wrong"
    assert diagnosis.numbers.oracle_energy >= diagnosis.numbers.chosen_energy
    assert diagnosis.numbers.seen_energy >= diagnosis.numbers.chosen_energy


class Stubborn(PlanningConfig):
    """Plans with a planner that hardly searches."""

    def make(self) -> Any:
        return _Nowhere()


class _Nowhere:
    """The worst of searches: it tries to stand still, and nothing else."""

    def plan(self, world: Any, state: Tensor, energy: Energy, **settings: Any) -> Plan:
        H = settings["horizon"]
        states = state[:, None].expand(-1, H + 1, -1)
        return plan_of(states, torch.zeros(len(state), H, 2), energy)


def plan_of(states: Tensor, actions: Tensor, energy: Energy) -> Plan:
    total = energy.total(Trajectory(states, actions))
    trace = SearchTrace(total[None], total[None], torch.zeros_like(total)[None])
    by_step = energy.by_step(Trajectory(states, actions))
    return Plan(actions, states, total, by_step, trace, model_calls=0)


def test_a_search_that_misses_the_better_plan_failed(experience: Experience) -> None:
    agent = agent_with(SeesPlaces(), OnFoot())
    still = Stubborn(horizon=40, execute=5, hold=4, samples=8, iterations=1)
    agent.configurator.default = replace(agent.configurator.default, planning=still)
    diagnosis = only(agent, tasks_of(), experience)
    assert diagnosis.reason == "search failed"
    assert diagnosis.numbers.oracle_energy < diagnosis.numbers.chosen_energy
    assert diagnosis.numbers.model_error == pytest.approx(0, abs=0.5)


def test_a_search_of_eight_samples_misses_the_better_plan(experience: Experience) -> None:
    agent = agent_with(SeesPlaces(), OnFoot(), samples=8, iterations=1)
    diagnosis = only(agent, tasks_of((54.0, 58.0), budget=5), experience)
    assert diagnosis.numbers.oracle_energy < diagnosis.numbers.chosen_energy
    assert diagnosis.reason in ("search failed", "ran out of steps")


def test_an_evaluation_without_plans_is_refused(experience: Experience) -> None:
    tasks = tasks_of()
    with pytest.raises(ConfigError, match="random holds no plans"):
        diagnose(agent_with(SeesPlaces(), OnFoot()), random_floor(tasks), tasks, experience)


class _Elsewhere:
    """Tasks without a simulator: a point on a line."""

    name, protocol, budget, space = "line", "", 10, SPACE
    goals = np.repeat(draw_background(ROOMS)[None], 1, 0)
    goal_states = np.array([[5.0, 0.0]])

    def __init__(self) -> None:
        picture = draw_bodies(self.goals, np.array([GOAL]))
        self.goals = picture


def lived(imagined: list[float], came: list[float]) -> tuple[Thought, ...]:
    """A decision a step: the place that was expected next, and the place that came."""
    thoughts = []
    for step, place in enumerate(came):
        following = imagined[step] if step < len(imagined) else place
        states = torch.tensor([[[place, 20.0], [following, 20.0]]])
        thoughts.append(
            Thought(
                step,
                plan_of(states, torch.zeros(1, 1, 2), OnFoot().energy(states[:, 0], None, SPACE)),
            )
        )
    return tuple(thoughts)


def test_the_prediction_ratio_is_one_for_predicting_no_change() -> None:
    came = [10.0, 12.0, 15.0]
    assert prediction_ratio(lived([10.0, 12.0], came), 0) == pytest.approx(1.0)
    assert prediction_ratio(lived([12.0, 15.0], came), 0) == pytest.approx(0.0)
    # Errors 1 and 1 against changes 2 and 3.
    assert prediction_ratio(lived([13.0, 14.0], came), 0) == pytest.approx(2 / 13)


def test_the_prediction_ratio_says_nothing_where_nothing_happened() -> None:
    assert prediction_ratio(lived([], [10.0]), 0) is None
    assert prediction_ratio(lived([10.0], [10.0, 10.0]), 0) is None
    imagined_to_move = prediction_ratio(lived([11.0], [10.0, 10.0]), 0)
    assert imagined_to_move is not None
    assert imagined_to_move > 1e6


@pytest.mark.parametrize(
    ("imagined", "reason"), [([10.0, 30.0], "model wrong"), ([12.0, 15.5], "search or ranking")]
)
def test_without_a_simulator_predictions_are_compared_with_no_change(
    imagined: list[float], reason: str, experience: Experience
) -> None:
    came = [10.0, 12.0, 15.0]
    episode = EpisodeResult(False, 3, tuple((x, 20.0) for x in (*came, 15.0)), (5.0, 0.0))
    evaluation = Evaluation("Mode-2", "line", "", (episode,), thoughts=lived(imagined, came))
    agent = agent_with(SeesPlaces(), OnFoot())
    known = Acquaintance.of(agent, experience, samples=360)
    (diagnosis,) = diagnose(agent, evaluation, _Elsewhere(), experience, known=known)
    assert diagnosis.reason == reason
    assert diagnosis.numbers.oracle_energy is None


def test_the_decision_looked_at_is_the_first_after_the_closest_approach() -> None:
    thoughts = [Thought(step, None) for step in (0, 5, 10)]  # type: ignore[arg-type]
    closest_at = lambda step: np.abs(np.arange(13.0) - step)  # noqa: E731
    assert _decisive(thoughts, closest_at(0)).step == 0
    assert _decisive(thoughts, closest_at(3)).step == 5
    assert _decisive(thoughts, closest_at(10)).step == 10
    assert _decisive(thoughts, closest_at(12)).step == 10


@pytest.mark.parametrize("start", [START, (40.0, 58.0), (55.0, 8.0), (32.0, 22.0)])
def test_the_shortest_way_is_as_short_as_the_geometry_allows(start: tuple[float, float]) -> None:
    place, goal, walls = np.array(start), np.array(GOAL), ROOMS.solid().ravel()
    actions = shortest_way(place, WAYS.field(goal), walls, horizon=60)
    path = executed(place, actions, walls)
    assert np.abs(actions.numpy()).max() <= 1
    assert np.linalg.norm(path - goal, axis=-1).min() < 1.5
    walked = np.linalg.norm(np.diff(path, axis=0), axis=-1).sum()
    assert walked <= 1.12 * WAYS.distance(place[None], goal)[0] + 2


def test_executed_is_what_the_environment_does() -> None:
    tasks = tasks_of()
    tasks.reset()
    actions = SPACE.sample((12,), np.random.default_rng(3))
    walls = tasks.arenas.simulator_states()[0, 2:]
    foreseen = executed(np.array(START), torch.from_numpy(actions), walls)
    places = [np.array(START)]
    for action in actions:
        tasks.step(action[None])
        places.append(tasks.states()[0])
    np.testing.assert_allclose(foreseen, places, atol=1e-9)


def test_the_readout_recovers_a_linear_map_and_its_error() -> None:
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(500, 6, generator=generator)
    weight, bias = torch.randn(6, 2, generator=generator), torch.tensor([3.0, -7.0])
    labels = states @ weight + bias
    exact = Readout.fit(states[:400], labels[:400], (states[400:], labels[400:]))
    np.testing.assert_allclose(exact(states), labels.numpy(), atol=5e-3)
    assert exact.error < 5e-3
    noisy = labels + torch.randn(labels.shape, generator=generator)
    fitted = Readout.fit(states[:400], noisy[:400], (states[400:], noisy[400:]))
    assert fitted.error == pytest.approx(2**0.5, rel=0.15), "two labels, deviation 1 each"


def test_constant_states_are_read_out_as_the_mean() -> None:
    states, labels = torch.ones(50, 3), torch.arange(50.0)[:, None]
    readout = Readout.fit(states, labels, (states, labels))
    np.testing.assert_allclose(readout(states), 24.5, atol=1e-4)


def test_what_was_recorded_is_known_and_what_lies_apart_is_not(experience: Experience) -> None:
    known = Acquaintance.of(agent_with(SeesPlaces(), OnFoot()), experience, samples=360)
    recorded = torch.tensor(experience[0].labels)
    assert (known.strangeness(recorded) < 1).all()
    assert known.strangeness(torch.tensor([[300.0, 300.0]])).item() > 10
    assert known.readout is not None
    assert known.readout.error < 0.2, "states are places, so a linear map reads them"


def test_states_of_several_frames_are_made_of_neighbours(experience: Experience) -> None:
    class Last(SeesPlaces):
        def encode(self, observation: Tensor) -> Tensor:
            assert observation.shape[1] == 3, "three frames make a state"
            first, last = (super(Last, self).encode(observation[:, k]) for k in (0, 2))
            return torch.cat([first, last], -1)

    world = Last()
    world.config.frames = 3
    known = Acquaintance.of(agent_with(world, OnFoot()), experience, samples=300)
    assert known.readout is not None
    assert known.readout.error < 0.2, "the label is that of the last frame"
    assert known.states.shape == (250, 4)
