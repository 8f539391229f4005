"""What an exact proof leaves behind: coordinates as functions, which anyone may check.

All is text: polynomials in the parameters u1, u2, ... and in the radicals s1, s2, ..., where each
radical is a root of its radicand. To check it: put the coordinates into what every construction
says and into the goal, reduce s_k^2 by its radicand, and see that all is zero, while the conditions
and the radicands are not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pellucid.errors import DataError

FORMAT = "pellucid-geometry-certificate-1"


@dataclass(frozen=True)
class Parameter:
    """A free number of the figure."""

    name: str
    kind: str
    """From where diagrams draw it, which says what it is: `line`, `circle`, `free`, ..."""
    value: str
    """In the sample figure, as a fraction."""


@dataclass(frozen=True)
class Radical:
    """A square root; or a root of a polynomial of a higher degree."""

    name: str
    radicand: str
    value: float
    """In the sample figure; its sign says which root is meant there."""
    polynomial: tuple[str, ...] = ()
    """Of what is a root of another polynomial, the coefficients of its powers, from that of 1."""


@dataclass(frozen=True)
class Condition:
    """Something that must not be zero for the figure to exist, or for its goal to say something."""

    words: str
    expression: str


@dataclass(frozen=True)
class Certificate:
    """A proof by coordinates."""

    name: str
    problem: str
    """The problem's text."""
    parameters: tuple[Parameter, ...]
    radicals: tuple[Radical, ...]
    coordinates: Mapping[str, tuple[str, str]]
    """Of each point x and y, as `numerator` or `(numerator)/(denominator)`."""
    conditions: tuple[Condition, ...]
    goals: tuple[str, ...]
    branch: str
    """`all` if every choice of signs of roots obeys the goal, `drawn` if the sample's does."""
    sample: Mapping[str, tuple[float, float]]
    """The sample figure, which is on the branch that is proved."""
    assumed: tuple[str, ...] = ()
    """Of a problem by coordinates: the assumptions from which the goals follow."""
    given: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Of a problem by coordinates: where those points stand of which the sample is made."""
    family: tuple[str, ...] = ()
    """Of a problem by coordinates, for people: how the figures of the family are made."""

    def to_json(self) -> str:
        """As text."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1)

    @staticmethod
    def from_json(text: str) -> Certificate:
        """From text.

        Raises
        ------
        DataError
            If it is no certificate, or one of another version.
        """
        try:
            return _read(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"not a certificate ({FORMAT}): {error}; write it anew") from None


def _radical(item: Any) -> Radical:
    return Radical(**{**item, "polynomial": tuple(item.get("polynomial", ()))})


def _read(data: Any) -> Certificate:
    if data["format"] != FORMAT:
        raise ValueError(f"its format is {data['format']}")
    coordinates = {str(name): (str(x), str(y)) for name, (x, y) in data["coordinates"].items()}
    sample, given = (
        {str(name): (float(x), float(y)) for name, (x, y) in places.items()}
        for places in (data["sample"], data.get("given", {}))
    )
    return Certificate(
        name=str(data["name"]),
        problem=str(data["problem"]),
        parameters=tuple(Parameter(**item) for item in data["parameters"]),
        radicals=tuple(map(_radical, data["radicals"])),
        coordinates=coordinates,
        conditions=tuple(Condition(**item) for item in data["conditions"]),
        goals=tuple(map(str, data["goals"])),
        branch=str(data["branch"]),
        sample=sample,
        assumed=tuple(map(str, data.get("assumed", ()))),
        given=given,
        family=tuple(map(str, data.get("family", ()))),
    )
