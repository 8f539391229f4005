"""Agents on disk: tensors in safetensors, everything else in JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from pellucid.agent.actor import Actor, Policy
from pellucid.agent.agent import Agent
from pellucid.agent.configurator import Configuration, Configurator
from pellucid.agent.cost import Cost, Critic
from pellucid.config import from_json, to_json
from pellucid.data.actions import ActionSpace
from pellucid.errors import CheckpointError
from pellucid.learning.checkpoint import load_model, restore, save_model
from pellucid.learning.runs import RunFolder
from pellucid.worlds.jepa import JEPA, JEPAConfig

FORMAT = "pellucid-agent-1"


@dataclass(frozen=True)
class AgentDescription:
    """Everything about an agent but its tensors."""

    format: str
    world: JEPAConfig
    observation_shape: tuple[int, ...]
    action_space: ActionSpace
    configuration: Configuration
    critic_hidden: int
    policy_hidden: int | None
    """None where there is no Mode-1 yet"""


def save_agent(agent: Agent, folder: str | Path) -> None:
    """Write the agent's tensors and description into `folder`, each file whole or not at all."""
    policy = agent.actor.policy
    description = AgentDescription(
        format=FORMAT,
        world=agent.world.config,
        observation_shape=agent.world.observation_shape,
        action_space=agent.world.action_space,
        configuration=agent.configurator.default,
        critic_hidden=agent.cost.critic.hidden,
        policy_hidden=None if policy is None else policy.hidden,
    )
    tensors = dict(_modules(agent).state_dict())
    if agent.default_goal is not None:
        tensors["default_goal"] = agent.default_goal
    save_model(folder, tensors, description=to_json(description))


def load_agent(folder: str | Path, *, device: str = "cpu") -> Agent:
    """Read an agent; see `Agent.load`. CheckpointError where it is missing or damaged."""
    path = Path(folder)
    if not (path / "model.json").is_file():
        path = RunFolder.find(folder).path
        if not (path / "model.json").is_file():
            raise CheckpointError(
                f"{path} holds no agent yet: its training has not ended; repeat the command that "
                "began it"
            )
    saved = load_model(path, device=device)
    if saved.description.get("format") != FORMAT:
        raise CheckpointError(
            f"{path / 'model.json'} does not describe an agent of format {FORMAT}: train one with "
            "this version"
        )
    description = from_json(AgentDescription, saved.description, where=str(path / "model.json"))
    world = JEPA(
        description.world,
        observation_shape=description.observation_shape,
        action_space=description.action_space,
    )
    dimension, policy = description.world.dimension, None
    if description.policy_hidden is not None:
        policy = Policy(dimension, description.action_space, hidden=description.policy_hidden)
    tensors = dict(saved.tensors)
    agent = Agent(
        world.to(device),
        cost=Cost(Critic(dimension, hidden=description.critic_hidden).to(device)),
        actor=Actor(world, None if policy is None else policy.to(device)),
        configurator=Configurator(description.configuration),
        default_goal=tensors.pop("default_goal", None),
    )
    restore(_modules(agent), tensors, where=path / "model.safetensors")
    world.eval()
    return agent


def _modules(agent: Agent) -> nn.ModuleDict:
    modules: dict[str, nn.Module] = {"world": agent.world, "critic": agent.cost.critic}
    if agent.actor.policy is not None:
        modules["policy"] = agent.actor.policy
    return nn.ModuleDict(modules)
