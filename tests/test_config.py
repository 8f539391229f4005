from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.config import check, from_json, to_json
from pellucid.errors import ConfigError


@dataclass(frozen=True)
class Gaussian:
    slices: int = 64
    weight: float = 0.1


@dataclass(frozen=True)
class Variance:
    std: float = 16.0


@dataclass(frozen=True)
class Planner:
    name: Literal["cem", "mppi", 3, True] = "cem"
    samples: int = 300
    bounds: tuple[float, float] = (-1.0, 1.0)


@dataclass(frozen=True)
class Config:
    title: str
    planner: Planner = field(default_factory=Planner)
    objective: Gaussian | Variance = field(default_factory=Gaussian)
    widths: tuple[int, ...] = (16, 32)
    planners: tuple[Planner, ...] = ()
    minutes: float | None = None
    spare: Planner | None = None
    either: int | str = 0
    flag: bool = False
    folder: Path = Path("runs")
    weights: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check(len(self.title) < 100, f"title has {len(self.title)} letters: give under 100")


finite = st.floats(allow_nan=False, allow_infinity=False)
planners = st.builds(
    Planner,
    name=st.sampled_from(["cem", "mppi", 3, True]),
    samples=st.integers(),
    bounds=st.tuples(finite, finite),
)
configs = st.builds(
    Config,
    title=st.text(max_size=20),
    planner=planners,
    objective=st.one_of(
        st.builds(Gaussian, slices=st.integers(), weight=finite), st.builds(Variance, std=finite)
    ),
    widths=st.lists(st.integers(), max_size=3).map(tuple),
    planners=st.lists(planners, max_size=2).map(tuple),
    minutes=st.none() | finite,
    spare=st.none() | planners,
    either=st.integers() | st.text(max_size=5),
    flag=st.booleans(),
    folder=st.sampled_from([Path("runs"), Path("/a/b c"), Path()]),
    weights=st.dictionaries(st.text(max_size=4), finite, max_size=2),
)


@settings(max_examples=60, deadline=None)
@given(configs)
def test_json_brings_back_the_same_configuration(config: Config) -> None:
    text = json.dumps(to_json(config), allow_nan=False)
    back = from_json(Config, json.loads(text))
    assert back == config
    # 1 == 1.0 == True: equality alone would miss a change of type.
    assert repr(back) == repr(config)


def test_what_is_written_is_what_a_person_would_write() -> None:
    config = Config("a", objective=Variance(2.0), widths=(8,), folder=Path("x/y"))
    written = to_json(config)
    assert written["objective"] == {"kind": "Variance", "std": 2.0}
    assert written["planner"] == {"name": "cem", "samples": 300, "bounds": [-1.0, 1.0]}
    assert (written["widths"], written["folder"], written["minutes"]) == ([8], "x/y", None)


def test_keys_that_are_left_out_take_their_defaults() -> None:
    assert from_json(Config, {"title": "a"}) == Config("a")


def test_a_whole_number_will_do_for_a_number() -> None:
    minutes = from_json(Config, {"title": "a", "minutes": 3}).minutes
    assert minutes == 3.0
    assert type(minutes) is float


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"titel": "a"}, ["unknown key 'titel'", "did you mean 'title'?"]),
        ({}, ["lacks the key 'title'"]),
        ([1, 2], ["must be an object with keys, not [1, 2]"]),
        ({"title": 3}, ["title must be a text, not 3"]),
        ({"title": "a", "flag": 1}, ["flag must be true or false, not 1"]),
        ({"title": "a", "widths": [1, True]}, ["widths[1] must be a whole number, not true"]),
        ({"title": "a", "widths": 3}, ["widths must be a list, each item a whole number"]),
        ({"title": "a", "planner": {"samples": 3.0}}, ["planner.samples", "whole number, not 3.0"]),
        ({"title": "a", "planner": {"sample": 3}}, ["planner", "did you mean 'samples'?"]),
        ({"title": "a", "planner": {"name": "cme"}}, ["planner.name is 'cme'", "'cem'?"]),
        ({"title": "a", "planner": {"name": 1}}, ["planner.name must be one of 'cem'"]),
        ({"title": "a", "planner": {"bounds": [1]}}, ["planner.bounds", "a list of 2"]),
        ({"title": "a", "planners": [{}, {"bounds": [0, "b"]}]}, ["planners[1].bounds[1]"]),
        ({"title": "a", "planner": None}, ["planner must be an object with keys, not null"]),
        ({"title": "a", "minutes": "5"}, ["minutes must be a number, not '5'"]),
        ({"title": "a", "minutes": float("nan")}, ["minutes must be a number, not nan"]),
        ({"title": "a", "either": 1.5}, ["either must be a whole number or a text, not 1.5"]),
        ({"title": "a", "objective": {"std": 1.0}}, ["objective.kind is null", "Gaussian"]),
        ({"title": "a", "objective": {"kind": "Varience"}}, ["did you mean 'Variance'?"]),
        (
            {"title": "a", "objective": {"kind": "Variance", "slices": 3}},
            ["objective has an unknown key 'slices'", "known: std"],
        ),
        ({"title": "a", "weights": {"b": "c"}}, ["weights.b must be a number"]),
        ({"title": "a" * 100}, ["title has 100 letters: give under 100"]),
    ],
)
def test_a_mistake_is_named_with_the_file_and_the_key(data: Any, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        from_json(Config, data, where="runs/a/config.json")
    message = str(caught.value)
    assert "\n" not in message
    for word in ["runs/a/config.json", *words]:
        assert word in message


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_cannot_hold_is_refused_when_written(value: float) -> None:
    with pytest.raises(ConfigError, match="minutes is"):
        to_json(Config("a", minutes=value))


def test_check_lets_pass_what_holds() -> None:
    check(True, "never seen")
    with pytest.raises(ConfigError, match="seen"):
        check(False, "seen")
