"""Is the claim true? One module for one claim, one table for all of them.

An experiment is a module with `run(settings) -> list[Row]`. It is entered in `EXPERIMENTS`, runs by
`pellucid run NAME`, and leaves `result.json` and `table.md` in its folder.
"""

from __future__ import annotations

import importlib
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from pellucid import __version__
from pellucid.errors import ConfigError, nearest
from pellucid.experiments import table
from pellucid.experiments.rows import Result, Row, Settings
from pellucid.learning.files import write_atomically, write_json
from pellucid.learning.runs import RunFolder

RESULT, TABLE = "result.json", "table.md"


@dataclass(frozen=True)
class Experiment:
    """Where an experiment is, and what it claims in one line."""

    module: str
    claim: str


EXPERIMENTS = {
    "two-room": Experiment(
        "pellucid.experiments.two_room",
        "An agent that learned two rooms from pixels plans through their door.",
    ),
    "random-walls": Experiment(
        "pellucid.experiments.random_walls",
        "It plans in rooms whose wall and door it has never seen.",
    ),
    "mode-1": Experiment(
        "pellucid.experiments.mode_1",
        "A policy distilled from plans acts nearly as well, at a fraction of the time.",
    ),
    "redunet": Experiment(
        "pellucid.experiments.redunet",
        "A network made from second moments, without training, reads digits, and shifts do not "
        "change what it reads.",
    ),
    "crate": Experiment(
        "pellucid.experiments.crate",
        "A transformer derived from sparse rate reduction classifies as well as a plain one.",
    ),
    "tost": Experiment(
        "pellucid.experiments.tost",
        "Attention by token statistics costs a fixed amount a token, and classifies as well.",
    ),
    "csc": Experiment(
        "pellucid.experiments.csc",
        "A network that is sparse coding throughout classifies, and accounts for every logit.",
    ),
    "crate-language": Experiment(
        "pellucid.experiments.crate_language",
        "CRATE whose tokens show four letters needs hardly more bits a character than such a GPT.",
    ),
    "encoders": Experiment(
        "pellucid.experiments.encoders",
        "At equal time a white-box encoder perceives for planning as well as a black one.",
    ),
    "simple-cells": Experiment(
        "pellucid.experiments.simple_cells",
        "Sparse coding of natural pictures finds the receptive fields of simple cells.",
    ),
    "manifold": Experiment(
        "pellucid.experiments.manifold",
        "Sparse codes and one eigenproblem, without gradient or label, tell pictures apart.",
    ),
    "strokes": Experiment(
        "pellucid.experiments.strokes",
        "Layers of one principle find strokes, parts and digits, and a unit stands for one shape.",
    ),
    "labels": Experiment(
        "pellucid.experiments.labels",
        "Features made without labels need few of them.",
    ),
    "shuffled-sensors": Experiment(
        "pellucid.experiments.shuffled_sensors",
        "Sensors that were shuffled find their places by what they say, and pictures can be read.",
    ),
    "mortal": Experiment(
        "pellucid.experiments.mortal",
        "On hardware that dies knowledge is learned without a model of it, and passed on by "
        "teaching.",
    ),
    "gears": Experiment(
        "pellucid.experiments.gears",
        "Problems about gears are solved by following what turns what, and the reason is given.",
    ),
    "depth-width": Experiment(
        "pellucid.experiments.depth_width",
        "A wide, flat network is a narrow, deep one, exactly; the converse may take 2^depth units.",
    ),
    "chain-of-thought": Experiment(
        "pellucid.experiments.chain_of_thought",
        "A small transformer that writes its steps solves what it cannot say at once.",
    ),
    "error-accumulation": Experiment(
        "pellucid.experiments.error_accumulation",
        "Errors that add up along a chain are mended step by step, at little cost.",
    ),
    "learn-big-keep-small": Experiment(
        "pellucid.experiments.learn_big_keep_small",
        "What a large network learned, a small one can hold that would not have learned it.",
    ),
    "emergence": Experiment(
        "pellucid.experiments.emergence",
        "What seems to emerge at some scale is a smooth gain, seen through a threshold.",
    ),
    "circuit-view": Experiment(
        "pellucid.experiments.circuit_view",
        "A transformer is a circuit of constant depth; each word of a chain adds it once more.",
    ),
    "new-tasks": Experiment(
        "pellucid.experiments.new_tasks",
        "Who learned from enough tasks does new ones: more than new samples of old ones.",
    ),
}


def run_experiment(
    name: str, settings: Settings, *, fresh: bool = False, console: Console | None = None
) -> int:
    """Run the experiment, print its table, write its result; 0, or 1 when the claim fails.

    The same command continues one that was killed (in the same folder, whose trainings resume),
    unless `fresh`. An unknown name raises `ConfigError`.
    """
    if name not in EXPERIMENTS:
        raise ConfigError(f"no experiment is called '{name}': {nearest(name, EXPERIMENTS)}")
    console = console if console is not None else Console()
    run: Callable[[Settings], list[Row]] = importlib.import_module(EXPERIMENTS[name].module).run
    with RunFolder.begin(settings.output, name, settings, fresh=fresh) as folder:
        if folder.resumed:
            console.print(f"continuing {folder.path}", markup=False)
        began = time.monotonic()
        rows = run(replace(settings, output=folder.path))
        assert rows, f"{name} measured nothing"
        seconds = time.monotonic() - began
        result = Result(name, EXPERIMENTS[name].claim, tuple(rows), settings, seconds)
        write_json(folder.path / RESULT, to_record(result))
        write_atomically(folder.path / TABLE, table.markdown(result).encode())
        folder.finish()
    console.print(table.terminal(result))
    for line in [*table.notes(result), f"written to {folder.path}", table.summary(result)]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return result.exit_code


def to_record(result: Result) -> dict[str, Any]:
    """The result as JSON; what is not finite becomes null."""
    record = {
        "name": result.name,
        "claim": result.claim,
        "quick": result.settings.quick,
        "seeds": result.settings.seeds,
        "seconds": round(result.seconds, 3),
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "pellucid": __version__,
        "holds": result.holds,
        "summary": table.summary(result),
        "rows": [{**asdict(row), "holds": row.holds} for row in result.rows],
    }
    finite: dict[str, Any] = _finite(record)
    return finite


def last_table(name: str, root: Path) -> str | None:
    """The latest full run's table as Markdown, with the command that wrote it."""
    found = None
    for path in sorted((root / name).glob(f"*/{RESULT}")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if not record["quick"]:
            page = (path.parent / TABLE).read_text(encoding="utf-8").strip()
            created = str(record["created"])[:10]
            found = f"{page}\n\n`pellucid run {name} --seeds {record['seeds']}`, {created}"
    return found


def last_result(name: str, root: Path) -> dict[str, Any] | None:
    """The record of the latest full run of an experiment, else of the latest quick one."""
    found: dict[str, Any] | None = None
    for path in sorted((root / name).glob(f"*/{RESULT}")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            quick, _ = record["quick"], record["summary"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if found is None or not quick or found["quick"]:
            found = record
    return found


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value
