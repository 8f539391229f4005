"""The report of a run: one self-contained page.

contents = collect(agent, experience, tasks, evaluations, folder)
path = write_report(folder, contents)               # report.html, and figures/*.png
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Self

import numpy as np
from matplotlib.figure import Figure

from pellucid.agent.diagnosis import Diagnosis
from pellucid.agent.evaluation import NAMES, Evaluation
from pellucid.learning.files import write_atomically
from pellucid.learning.runs import RunFolder
from pellucid.statistics import Interval
from pellucid.studio import page
from pellucid.studio.figures import (
    collapse,
    curves,
    decision,
    dictionary,
    drift,
    failure,
    imagination,
    label_paths,
    landscape,
    paths,
    reached,
    sparse_code,
    style,
)

FAILURE_KEY = (
    (style.FAILED, "solid", "where it went"),
    (style.IMAGINED, "dashed", "what it imagined when it gained no more"),
    (style.SHORTEST, "dotted", "the shortest way from there"),
)
OPEN = 12
"""Failures that are seen at once; the others are folded."""


@dataclass(frozen=True)
class SummaryRow:
    """One line of the table of results."""

    name: str
    solved: int
    tasks: int
    interval: Interval
    mean_steps: float
    """Of solved tasks; not a number where none was."""
    seconds: float
    """For one decision of one task."""

    @classmethod
    def of(cls, evaluation: Evaluation) -> Self:
        """The line of one evaluation."""
        return cls(
            evaluation.actor,
            evaluation.solved,
            len(evaluation.episodes),
            evaluation.interval,
            evaluation.mean_steps,
            evaluation.seconds_per_decision,
        )


@dataclass(frozen=True, eq=False)
class ReportContents:
    """What there is to show; each part is left out of the page where it is empty."""

    title: str
    command: str | None = None
    """What to type to run it again."""
    config: Mapping[str, Any] | None = None
    """The whole of config.json."""
    protocol: str = ""
    """How success was decided."""
    summary: tuple[SummaryRow, ...] = ()
    curves: curves.Curves | None = None
    collapse: collapse.Collapse | None = None
    journeys: tuple[paths.Journey, ...] = ()
    imaginations: tuple[imagination.Imagination, ...] = ()
    drift: drift.Drift | None = None
    decision: decision.Decision | None = None
    landscape: landscape.Landscape | None = None
    failures: tuple[tuple[Diagnosis, failure.Failure | None], ...] = ()
    dictionary: np.ndarray | None = field(default=None, repr=False)
    """First-layer patterns, (atoms, C, kernel, kernel)."""
    code: sparse_code.SparseCode | None = None
    label_paths: tuple[label_paths.LabelPath, ...] = ()
    reached: tuple[reached.Reached, ...] = ()


def write_report(folder: RunFolder, contents: ReportContents) -> Path:
    """Draw all figures into the folder, write report.html beside them, and return its path."""
    writer = _Writer(folder)
    sections = [
        (identifier, heading, parts)
        for identifier, heading, parts in (
            ("paths", "Where episodes went", writer.paths(contents)),
            ("imagination", "Imagined and real", writer.imagination(contents)),
            ("energy", "What the agent wants", writer.energy(contents)),
            ("failures", "Why episodes failed", writer.failures(contents)),
            ("learning", "How it learned", writer.learning(contents)),
            ("encoder", "What the encoder sees", writer.encoder(contents)),
            ("configuration", "How to run it again", writer.configuration(contents)),
        )
        if parts
    ]
    body = ["\n".join(_opening(contents))]
    body += [page.section(*parts) for parts in sections]
    links = [(identifier, heading) for identifier, heading, _ in sections]
    write_atomically(folder.report, page.page(contents.title, body, contents=links).encode("utf-8"))
    return folder.report


def _opening(contents: ReportContents) -> list[str]:
    """Title, one sentence, and the table of results."""
    parts = [f"<h1>{escape(contents.title)}</h1>"]
    if not contents.summary:
        return parts
    parts.append(page.paragraph(headline(contents.summary), kind="lead"))
    rows = []
    for row in contents.summary:
        share = row.solved / row.tasks
        low, high = 100 * row.interval.low, 100 * row.interval.high
        steps = "none solved" if math.isnan(row.mean_steps) else f"{row.mean_steps:.1f}"
        rows.append(
            [
                escape(NAMES.get(row.name, row.name)),
                page.bar(share),
                f"{row.solved} of {row.tasks}",
                f"{low:.1f}–{high:.1f} %",
                steps,
                _duration(row.seconds),
            ]
        )
    head = ["", "Success", "Solved", "95 % interval", "Mean steps", "Time to decide"]
    caption = f"Protocol: {contents.protocol}." if contents.protocol else ""
    parts.append(page.table(head, rows, caption=caption))
    return parts


def headline(summary: tuple[SummaryRow, ...]) -> str:
    """The result in one sentence."""
    by_name = {row.name: row for row in summary}
    best = by_name.get("Mode-2", summary[0])
    what = (
        "Planning in the world that it learned from pixels"
        if best.name == "Mode-2"
        else (NAMES.get(best.name, best.name))
    )
    sentence = f"{what}, the agent solves {best.solved} of {best.tasks} tasks"
    others = []
    if "random" in by_name:
        others.append(f"random actions solve {by_name['random'].solved}")
    if "simulator" in by_name:
        others.append(f"the same planner in the true world solves {by_name['simulator'].solved}")
    return sentence + ("; " + ", ".join(others) if others else "") + "."


def _duration(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{1e6 * seconds:.0f} µs"
    return f"{1e3 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"


class _Writer:
    """Draws figures into the folder and into the page."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    def draw(self, name: str, drawn: Figure, alt: str, caption: str = "") -> str:
        return page.figure(self.save(name, drawn), alt, caption)

    def save(self, name: str, drawn: Figure) -> bytes:
        data = style.png(drawn)
        write_atomically(self.folder.figures / f"{name}.png", data)
        return data

    def paths(self, contents: ReportContents) -> list[str]:
        parts = []
        if contents.journeys:
            solved = sum(j.solved for j in contents.journeys)
            alt = f"Paths of {len(contents.journeys)} episodes in their rooms, {solved} solved."
            drawn = paths.draw(contents.journeys)
            many, rooms = len(contents.journeys), {j.room.tobytes() for j in contents.journeys}
            left = len(rooms) > 1 and many > paths.SHOWN
            below = f"{paths.SHOWN} of {many} episodes." if left else ""
            parts.append(self.draw("paths", drawn, alt, below))
        if contents.reached:
            alt = f"Goals and ends of {len(contents.reached)} episodes side by side."
            below = "The ends are the recorded frames whose true state is nearest to the last one."
            parts.append(self.draw("reached", reached.draw(contents.reached), alt, below))
        if contents.label_paths:
            alt = f"The true state over time in {len(contents.label_paths)} episodes."
            drawn = label_paths.draw(contents.label_paths)
            parts.append(self.draw("label-paths", drawn, alt))
        return parts

    def imagination(self, contents: ReportContents) -> list[str]:
        parts = []
        if contents.imaginations:
            parts.append(
                page.paragraph(
                    "The first plans of some tasks, from the best imagined to the worst. Places "
                    "are read out of imagined states by a linear map."
                )
            )
            alt = (
                f"{len(contents.imaginations)} plans, imagined and executed, drawn in their rooms."
            )
            drawn = imagination.draw(contents.imaginations)
            parts.append(self.draw("imagination", drawn, alt))
        if contents.drift is not None:
            ahead = contents.drift.within()
            alt = (
                "Distance between imagined and real places by steps ahead; the median is within "
                f"{contents.drift.radius:g} pixels for {ahead} steps."
            )
            parts.append(self.draw("drift", drift.draw(contents.drift), alt))
        return parts

    def energy(self, contents: ReportContents) -> list[str]:
        parts = []
        if contents.landscape is not None:
            field = contents.landscape
            agreement, straight = field.agreement(), field.straight()
            parts.append(
                page.paragraph(
                    "The agent goes where energy is low. Ranked over all places, its energy agrees "
                    f"with the distance on foot by {agreement:.2f}; the straight distance, which "
                    f"sees no walls, by {straight:.2f} (1 is the same order)."
                )
            )
            alt = (
                "Heat maps of the agent's energy and of walking distance over the room; rank "
                f"correlation {agreement:.2f}, {len(field.pits())} traps."
            )
            parts.append(self.draw("landscape", landscape.draw(field), alt))
        if contents.decision is not None:
            chosen = contents.decision
            parts.append(
                page.paragraph(f"One decision: task {chosen.index} after {chosen.step} steps.")
            )
            alt = (
                f"Energy falls to {chosen.best[-1]:.3g} in {len(chosen.best)} rounds of the search."
            )
            parts.append(self.draw("decision", decision.draw(chosen), alt))
        return parts

    def failures(self, contents: ReportContents) -> list[str]:
        if not contents.failures:
            return []
        counts = Counter(diagnosis.reason for diagnosis, _ in contents.failures)
        told = ", ".join(f"{reason} ({count})" for reason, count in counts.most_common())
        parts = [page.paragraph(f"Episodes that failed: {told}.")]
        rows, pictured = [], any(shown for _, shown in contents.failures)
        for diagnosis, shown in contents.failures:
            picture = ""
            if shown is not None:
                data = self.save(f"failure-{diagnosis.index:03d}", failure.draw(shown))
                picture = page.image(data, f"The path of task {diagnosis.index} in its room")
            reason = f"<strong>{escape(diagnosis.reason)}</strong>"
            name = f"Task {diagnosis.index}"
            rows.append(
                [name, *([picture] if pictured else []), reason, escape(diagnosis.evidence)]
            )
        if pictured:
            parts.append(page.key(FAILURE_KEY))
        head = ["", *(["Path"] if pictured else []), "Reason", "Evidence"]
        parts.append(page.table(head, rows[:OPEN], kind="words"))
        if rows[OPEN:]:
            rest = page.table(head, rows[OPEN:], kind="words")
            parts.append(page.folded(f"{len(rows) - OPEN} more", rest))
        return parts

    def learning(self, contents: ReportContents) -> list[str]:
        parts = []
        if contents.curves is not None:
            alt = f"Loss and speed over {len(contents.curves.rows)} logged training steps."
            parts.append(self.draw("curves", curves.draw(contents.curves), alt))
        if contents.collapse is not None:
            alt = (
                f"States have effective rank {contents.collapse.effective_rank:.1f} in "
                f"{len(contents.collapse.deviations)} dimensions."
            )
            parts.append(self.draw("collapse", collapse.draw(contents.collapse), alt))
        return parts

    def encoder(self, contents: ReportContents) -> list[str]:
        parts = []
        if contents.dictionary is not None:
            alt = f"{len(contents.dictionary)} small patterns in colour."
            parts.append(self.draw("dictionary", dictionary.draw(contents.dictionary), alt))
        if contents.code is not None:
            share = 100 * float((contents.code.code > 0).mean())
            alt = f"A frame and its code, {share:.0f} percent of which is not zero."
            parts.append(self.draw("sparse-code", sparse_code.draw(contents.code), alt))
        return parts

    def configuration(self, contents: ReportContents) -> list[str]:
        parts = []
        if contents.command:
            parts.append(page.code(contents.command))
        if contents.config is not None:
            text = json.dumps(contents.config, indent=2, ensure_ascii=False)
            parts.append(page.folded("The whole configuration", page.code(text)))
        return parts
