"""AlphaGeometry2's own deduction engine beside ours, on its 26 problems, in one run.

    git clone https://github.com/google-deepmind/alphageometry2 PEER
    python benchmarks/geometry_ag2.py PEER [--seconds 600] [--out results.json]

Each problem, each engine, in a process of its own on the same core; CPU seconds. The peer says that
a goal follows, and leaves no proof. Ours is timed twice: until the goal follows, and until its
proof is written, shortened and checked. Problems and auxiliary points are the peer's (`test.py`).
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pellucid.errors import DataError, PellucidError
from pellucid.reasoning.geometry.answer import answer_to_json
from pellucid.reasoning.geometry.check_file import check_text
from pellucid.reasoning.geometry.coordinates import parse
from pellucid.reasoning.geometry.synthetic import prove_synthetic

Engine = Callable[[str, float], tuple[bool, str]]
"""Of a problem's text and a limit of time: whether its goal follows, and what is left of it."""


def peer(text: str, seconds: float) -> tuple[bool, str]:
    """The deduction engine of a checkout of the peer, which is on the path."""
    problem = importlib.import_module("parse").AGProblem.parse(text)
    engine = importlib.import_module("ddar").DDAR(problem.points)
    with contextlib.redirect_stdout(io.StringIO()):
        for predicate in problem.preds:
            engine.force_pred(predicate)
        engine.deduction_closure()
        return bool(engine.check_pred(problem.goal)), "no proof"


def closure(text: str, seconds: float) -> tuple[bool, str]:
    """Ours, until the goal follows; its proof is traced, but not shortened."""
    problem = parse(text)
    (goal,) = problem.goals
    out = prove_synthetic(problem.at, problem.assumed, goal, seconds=seconds, shorten=False)
    return out.proof is not None, out.status


def proof(text: str, seconds: float) -> tuple[bool, str]:
    """Ours, with a shortened proof that the independent checker accepts."""
    problem = parse(text)
    (goal,) = problem.goals
    found = prove_synthetic(problem.at, problem.assumed, goal, seconds=seconds).proof
    if found is None:
        return False, "no proof"
    verdict = check_text(answer_to_json(problem, proof=found))
    return verdict.accepted, f"{len(found.steps)} steps"


ENGINES: Mapping[str, Engine] = {"AlphaGeometry2": peer, "closure": closure, "proof": proof}


def measured(engine: str, text: str, seconds: float) -> tuple[bool, float, str]:
    """Whether a goal follows, CPU seconds, and what is left of it; with a limit of wall time."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(there, engine, text, seconds), daemon=True)
    process.start()
    there.close()
    try:
        answer: tuple[bool, float, str] = (
            here.recv() if here.poll(seconds) else (False, seconds, "out of time")
        )
    except EOFError:
        answer = False, 0.0, "its process ended"
    process.kill()
    process.join()
    return answer


def _work(answer: Connection, engine: str, text: str, seconds: float) -> None:
    begun = time.process_time()
    try:
        good, left = ENGINES[engine](text, seconds)
    except PellucidError as error:
        good, left = False, str(error)
    answer.send((good, time.process_time() - begun, left))


def problems(checkout: Path) -> dict[str, str]:
    """The peer's problems, by name: those without and those with auxiliary points."""
    if not (checkout / "ddar.py").is_file():
        raise DataError(f"{checkout} is no checkout of alphageometry2: it has no ddar.py; clone it")
    sys.path.insert(0, str(checkout.resolve()))
    test: Any = importlib.import_module("test")
    return {**test.problems_without_aux, **test.problems_with_aux}


def run(checkout: Path, seconds: float) -> list[dict[str, object]]:
    """A row for each problem; printed as it comes."""
    rows: list[dict[str, object]] = []
    print(f"{'problem':<16}" + "".join(f"{name:>26}" for name in ENGINES))
    for name, text in problems(checkout).items():
        row: dict[str, object] = {"problem": name}
        line = f"{name:<16}"
        for engine in ENGINES:
            good, spent, left = measured(engine, text, seconds)
            row[engine] = {"follows": good, "seconds": round(spent, 3), "left": left}
            line += f"{'' if good else 'not ':>8}{spent:9.2f} s {left[:10]:<6}"
        print(line, flush=True)
        rows.append(row)
    return rows


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many goals follow, in how many seconds, and how much faster ours is."""
    totals = {name: sum(row[name]["seconds"] for row in rows) for name in ENGINES}
    counts = {name: sum(row[name]["follows"] for row in rows) for name in ENGINES}
    lines = [f"{n}: {counts[n]} of {len(rows)} in {totals[n]:.1f} CPU s" for n in ENGINES]
    for name in ("closure", "proof"):
        ratio = totals["AlphaGeometry2"] / max(totals[name], 1e-9)
        lines.append(f"AlphaGeometry2 / ours ({name}): {ratio:.1f}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; 2 where the checkout is none."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("checkout", type=Path, help="a checkout of alphageometry2")
    parser.add_argument("--seconds", type=float, default=600.0, help="limit a problem and engine")
    parser.add_argument("--out", type=Path, help="where to write the rows as JSON")
    chosen = parser.parse_args(arguments)
    try:
        rows = run(chosen.checkout, chosen.seconds)
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    print(summary(rows))
    if chosen.out is not None:
        chosen.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
