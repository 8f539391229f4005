"""Gears as a world: motors pull, bearings rub, and where gears touch their teeth grip.

    world = GearWorld(problem)
    state = world.still                              # (1, 2 n): angles, and speeds
    for _ in range(40):
        state = world.predict(state, torch.tensor([[1.0]]))     # full torque, clockwise
    world.speeds(state)                              # (1, n)

Nothing here counts neighbours or colours a graph. A train that is locked creeps, the less the
stiffer the grip; one that turns does not care.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from pellucid.data.actions import ActionSpace
from pellucid.errors import ConfigError, DataError
from pellucid.reasoning.gears.system import Coupling, GearProblem

STIFF, STIFFER = 1e7, 1e9
"""Two grips, in units of the friction of a bearing."""


class GearWorld:
    """A `World` of n gears: states (B, 2 n) are angles and speeds, clockwise, in radians.

    An action (B, A) is the torque on each driver of the problem, from -1 to 1. With inertia 1 and
    friction c = 1 of each gear, and grip k at each coupling, whose slip is a row of G,

        dw/dt = torque - c w - k G'G w

    is followed by implicit Euler steps, so that any grip is stable. Sizes that are not given are 1.
    """

    def __init__(self, problem: GearProblem, *, grip: float = STIFF, step: float = 0.5) -> None:
        if not problem.drivers:
            raise DataError("a world of gears needs a driver: say which gear is turned")
        if grip <= 0 or step <= 0:
            raise ConfigError(f"grip={grip} and step={step} must be more than 0")
        self.gears, self.step = problem.gears, step
        n = len(problem.gears)
        place = {gear: k for k, gear in enumerate(problem.gears)}
        self.torque = torch.zeros(n, len(problem.drivers), dtype=torch.float64)
        for k, driver in enumerate(problem.drivers):
            self.torque[place[driver.gear], k] = 1.0
        slip = _slip(problem, place)
        friction = torch.eye(n, dtype=torch.float64) + grip * slip.T @ slip
        self._implicit = torch.linalg.inv(torch.eye(n, dtype=torch.float64) + step * friction)
        drivers = len(problem.drivers)
        self._space = ActionSpace((-1.0,) * drivers, (1.0,) * drivers)

    @property
    def action_space(self) -> ActionSpace:
        """A torque for each driver."""
        return self._space

    @property
    def still(self) -> Tensor:
        """The state (1, 2 n) in which nothing turns."""
        return torch.zeros(1, 2 * len(self.gears), dtype=torch.float64)

    def encode(self, observation: Tensor) -> Tensor:
        """States (B, 2 n): what is observed are angles and speeds themselves."""
        return observation

    def predict(self, state: Tensor, action: Tensor, latent: Tensor | None = None) -> Tensor:
        """The states (N, 2 n) one step later under torques (N, A)."""
        n = len(self.gears)
        pushed = state[:, n:] + self.step * action.to(state) @ self.torque.T.to(state)
        speed = pushed @ self._implicit.T.to(state)
        return torch.cat([state[:, :n] + self.step * speed, speed], dim=1)

    def speeds(self, state: Tensor) -> Tensor:
        """The speeds (B, n) in states (B, 2 n)."""
        return state[:, len(self.gears) :]


def _slip(problem: GearProblem, place: Mapping[str, int]) -> Tensor:
    """G: the speed at which two rims, or two gears of an axle, slip on each other, (L, n)."""
    sizes = {gear: float(problem.size(gear).factor) for gear in problem.gears}
    mean = sum(sizes.values()) / max(len(sizes), 1)
    rows = torch.zeros(len(problem.links), len(place), dtype=torch.float64)
    for k, link in enumerate(problem.links):
        rim = link.coupling is not Coupling.AXLE
        rows[k, place[link.one]] += sizes[link.one] / mean if rim else 1.0
        other = sizes[link.two] / mean if rim else 1.0
        rows[k, place[link.two]] -= link.coupling.sign * other
    return rows


def simulated(problem: GearProblem, *, steps: int = 40) -> dict[str, int]:
    """The direction in which each gear turns when the first driver pulls: 1, -1, or 0 for not.

    The same pull at two grips tells what turns from what creeps: a hundredfold grip slows what is
    locked, and nothing else.
    """
    worlds = [GearWorld(problem, grip=grip) for grip in (STIFF, STIFFER)]
    pull = torch.zeros(1, len(problem.drivers), dtype=torch.float64)
    pull[0, 0] = problem.drivers[0].direction
    speeds = []
    for world in worlds:
        state = world.still
        for _ in range(steps):
            state = world.predict(state, pull)
        speeds.append(world.speeds(state)[0])
    soft, hard = speeds
    place = problem.gears.index(problem.drivers[0].gear)
    if abs(hard[place]) < 0.5 * abs(soft[place]):
        return dict.fromkeys(problem.gears, 0)
    least = 1e-6 * abs(hard[place])
    return {
        gear: 0 if abs(speed) < least else int(torch.sign(speed))
        for gear, speed in zip(problem.gears, hard, strict=True)
    }
