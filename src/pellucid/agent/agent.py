"""The agent: six modules joined by one loop (LeCun 2022, figure 2).

    agent = Agent.load("runs/two-room/...")
    agent.begin(goal=goal_image)
    action = agent.act(observation)

One call of `act` is one turn of the loop: perceive, compare with the prediction, remember, plan
(Mode-2) or react (Mode-1), predict, act. `configure` and `learn` stand outside of it: they are
done once a task and between tasks.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pellucid.agent.actor import Actor
from pellucid.agent.configurator import Configuration, Configurator, Mode, PlanningConfig
from pellucid.agent.cost import Cost, CostWeights, Critic, goal_distance
from pellucid.agent.memory import Moment, ShortTermMemory
from pellucid.agent.perception import Perception, as_tensor
from pellucid.errors import ConfigError, DataError
from pellucid.planning import Energy, Plan, scatter
from pellucid.worlds.jepa import JEPA


class Agent:
    """Perception, world model, cost, actor, short-term memory and configurator.

    Each can be replaced by an object of the same few methods. Many episodes can be acted in at
    once: observations (B, *O) give actions (B, A); a single observation (*O) gives one action.
    """

    def __init__(
        self,
        world: JEPA,
        *,
        perception: Perception | None = None,
        cost: Cost | None = None,
        actor: Actor | None = None,
        memory: ShortTermMemory | None = None,
        configurator: Configurator | None = None,
        default_goal: Tensor | None = None,
    ) -> None:
        self.world = world
        self.perception = perception or Perception(world)
        self.cost = cost or Cost(Critic(world.config.dimension).to(world.centre.device))
        self.actor = actor or Actor(world)
        self.memory = memory or ShortTermMemory()
        self.configurator = configurator or Configurator()
        self.default_goal = default_goal
        self.configuration: Configuration = self.configurator.default
        self.goal: Tensor | None = None
        """(B, D) or (1, D): the goal's state in the present task."""
        self.plan: Plan | None = None
        """The last plan that was made."""
        self._energy: Energy | None = None
        self._awake: Tensor | None = None
        self._pending: tuple[Tensor, Tensor, Tensor | Callable[[], Tensor]] | None = None

    def begin(
        self,
        goal: np.ndarray | Tensor | None = None,
        *,
        mode: Mode | None = None,
        cost: CostWeights | None = None,
        planning: PlanningConfig | None = None,
        seed: int = 0,
    ) -> None:
        """A new task: bring about `goal`, an observation (*O) or one for each episode (B, *O).

        What is not given is the configurator's default. ConfigError without any goal, or when
        Mode-1 is asked for before it was distilled; DataError for a goal of another shape.
        """
        goal = self.default_goal if goal is None else as_tensor(goal)
        if goal is None:
            raise ConfigError("the agent has no goal: begin(goal=an observation to bring about)")
        configuration = self.configurator.configure(mode=mode, cost=cost, planning=planning)
        if configuration.mode == "react" and self.actor.policy is None:
            raise ConfigError(
                "this agent has no Mode-1 yet: train with --distill, or call "
                "pellucid.agent.distill(agent, experience)"
            )
        self.world.eval()
        self.configuration = configuration
        self.goal = self.perception.imagine_goal(self._batched(goal))
        self.perception.begin()
        self.memory.begin()
        self.actor.begin(self.configuration.planning, seed=seed)
        self.plan = self._energy = self._pending = self._awake = None

    def rest(self, where: np.ndarray) -> None:
        """Think no more about the episodes where the mask (B,) is true: they are done.

        In Mode-2 their actions are the middle of the space from now on; Mode-1, which costs next to
        nothing, goes on. The others are not affected.
        """
        done = torch.as_tensor(where, device=self.world.centre.device)
        before = torch.ones_like(done) if self._awake is None else self._awake
        if not (done & before).any():
            return
        self.actor.keep(~done[before])
        self._awake, self._energy = before & ~done, None

    def act(self, observation: np.ndarray | Tensor) -> Any:
        """The next action for an observation, in the environment's own type.

        Without a goal from `begin`, the goal that the agent was saved with is pursued.
        """
        if self.goal is None:
            self.begin()
        observation = as_tensor(observation)
        single = observation.ndim == len(self.world.observation_shape)
        seen = self._batched(observation)
        assert self.goal is not None
        if len(self.goal) not in (1, len(seen)):
            raise DataError(
                f"there are {len(seen)} observations to {len(self.goal)} goals: begin() with one "
                "goal for all, or with one for each"
            )
        state = self.perception.perceive(seen)
        self.remember(state)
        action = self.decide(state)

        @torch.no_grad()
        def foresee() -> Tensor:
            return self.world.predict(state, action)

        # Who reacts need not foresee (LeCun 2022, 3.1.1: optional); memory can, when it is asked.
        foreseen = foresee if self.configuration.mode == "react" else foresee()
        self._pending = (state, action, foreseen)
        vectors = action.cpu().numpy()
        return self.world.action_space.decode(vectors[0] if single else vectors)

    def decide(self, state: Tensor) -> Tensor:
        """Mode-1 or Mode-2: the action vectors (B, A) for states (B, D)."""
        assert self.goal is not None
        goal = self.goal.expand_as(state)
        if self.configuration.mode == "react":
            return self.actor.react(state, goal)
        awake = (
            torch.ones_like(state[:, 0], dtype=torch.bool) if self._awake is None else self._awake
        )
        space, weights = self.world.action_space, self.configuration.cost
        if self._energy is None or (weights.caution and self.actor.plans_next):
            self._energy = self.cost.energy(goal[awake], weights, space)
            refuted = self.memory.refutations() if weights.caution else None
            if refuted is not None:
                self._energy = self._energy + weights.caution * refuted.of(awake).energy()
        chosen, plan = self.actor.deliberate(state[awake], self._energy)
        if self._awake is None:
            self.plan = plan or self.plan
            return chosen
        action = space.project(self._middle.expand(len(state), -1))
        action[awake] = chosen
        self.plan = self.plan if plan is None else scatter(plan, awake)
        return action

    @property
    def _middle(self) -> Tensor:
        """The middle of the space of actions, (A,)."""
        space = self.world.action_space
        return self.world.centre.new_tensor([space.low, space.high]).mean(0)

    def remember(self, state: Tensor) -> None:
        """Compare what came with what was predicted, and write it into short-term memory."""
        if self._pending is None:
            return
        assert self.goal is not None
        before, action, foreseen = self._pending
        goal = self.goal.expand_as(state)
        cost = goal_distance(state, goal)
        self.memory.write(Moment(before, goal, action, foreseen, state, cost))
        self._pending = None

    def learn(self) -> float:
        """Teach the critic what memory holds; returns its R2 on moments that were held out."""
        if len(self.memory) < 2:
            raise DataError("there is nothing to learn from: let the agent act first")
        return self.cost.critic.learn(self.memory)

    def _batched(self, observation: Tensor) -> Tensor:
        """Observations (B, *O); the shape is checked, so that the error names it."""
        shape = self.world.observation_shape
        if tuple(observation.shape[-len(shape) :]) != shape or observation.ndim > len(shape) + 1:
            raise DataError(
                f"an observation has shape {tuple(observation.shape)}, but this agent was trained "
                f"on {shape}"
            )
        return observation if observation.ndim > len(shape) else observation[None]

    def save(self, folder: str | Path) -> None:
        """Write `model.safetensors` and `model.json`."""
        from pellucid.agent.storage import save_agent

        save_agent(self, folder)

    @classmethod
    def load(cls, folder: str | Path, *, device: str = "cpu") -> Agent:
        """Read an agent that `save` wrote.

        `folder` is where it was saved, a run's folder, or the name of runs below `runs` in the
        working directory, of which the latest is taken (`elsewhere/name` for another place).
        """
        from pellucid.agent.storage import load_agent

        return load_agent(folder, device=device)
