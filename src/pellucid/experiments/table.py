"""A result in words: the table for a terminal and for a page, its footnotes, and its last line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from rich.table import Table
from rich.text import Text

from pellucid.experiments.rows import Published, Result, Row
from pellucid.experiments.statistics import Measured
from pellucid.learning.progress import clock

LEAST_WIDTH = 24
"""Characters of the column of quantities, which are sentences, on a narrow terminal."""
HEADINGS = ("quantity", "measured [95 %]", "n", "null", "published", "must be", "holds")


def number(value: float) -> str:
    """Three digits, or all of those before the point."""
    if not math.isfinite(value):
        return "?" if math.isnan(value) else f"{value:+}"[:4]
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def measured(value: Measured | float) -> str:
    """A value with its interval, where that is known."""
    if not isinstance(value, Measured):
        return number(value)
    if not value.has_interval:
        return number(value.value)
    return f"{number(value.value)} [{number(value.low)}, {number(value.high)}]"


def footnotes(rows: Sequence[Row]) -> list[Published]:
    """The published figures in the order of their marks; one that comes twice has one mark."""
    notes: list[tuple[str, str]] = []
    kept: list[Published] = []
    for figure in (p for row in rows for p in row.published):
        if (figure.source, figure.protocol) not in notes:
            notes.append((figure.source, figure.protocol))
            kept.append(figure)
    return kept


def cells(result: Result) -> list[tuple[str, ...]]:
    """The text of each cell, row by row, below `HEADINGS`."""
    marks = {(p.source, p.protocol): i for i, p in enumerate(footnotes(result.rows), start=1)}
    remarks = {note: letter for letter, note in _remarks(result.rows)}
    return [_cells(row, marks, remarks, quick=result.settings.quick) for row in result.rows]


def _remarks(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """The notes of rows and their letters; one that comes twice has one letter."""
    kept = list(dict.fromkeys(row.note for row in rows if row.note))
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [(letters[i % 26] * (1 + i // 26), note) for i, note in enumerate(kept)]


def _cells(
    row: Row, marks: dict[tuple[str, str], int], remarks: dict[str, str], *, quick: bool
) -> tuple[str, ...]:
    unit = f" {row.unit}" if row.unit else ""
    quantity = f"{row.quantity} ({remarks[row.note]})" if row.note else row.quantity
    null = f"{measured(row.null.value)} {row.null.name}" if row.null else "-"
    figures = [f"{number(p.value)} [{marks[p.source, p.protocol]}]" for p in row.published]
    bar = f"{row.bar.kind} {number(row.bar.value)}{unit}" if row.bar else "-"
    words = {True: "yes", False: "NO", None: "-"}
    holds = "not judged" if quick and row.bar else words[row.holds]
    value = measured(row.measured) + unit
    return (quantity, value, str(row.measured.n), null, ", ".join(figures) or "-", bar, holds)


def notes(result: Result) -> list[str]:
    """What is remarked on rows, and the footnotes, a line each."""
    remarks = [f"({letter}) {note}" for letter, note in _remarks(result.rows)]
    return remarks + [
        f"[{mark}] {p.source}" + (f": {p.protocol}" if p.protocol else "")
        for mark, p in enumerate(footnotes(result.rows), start=1)
    ]


def summary(result: Result) -> str:
    """One line that sums the result up."""
    took = f"in {clock(result.seconds)}"
    if result.settings.quick:
        return f"{result.name}: quick: not judged ({len(result.rows)} rows measured {took})"
    barred = [row for row in result.rows if row.bar is not None]
    if not barred:
        return f"{result.name}: measured, nothing to judge ({len(result.rows)} rows {took})"
    missed = [row for row in barred if not row.holds]
    if not missed:
        return f"{result.name}: holds: {len(barred)} of {len(barred)} bars reached ({took})"
    first = missed[0]
    assert first.bar is not None
    unit = f" {first.unit}" if first.unit else ""
    others = f", and {len(missed) - 1} more" if len(missed) > 1 else ""
    return (
        f"{result.name}: does not hold: {first.quantity} is {number(first.measured.value)}{unit} "
        f"where {first.bar.kind} {number(first.bar.value)}{unit} is claimed{others} ({took})"
    )


def terminal(result: Result) -> Table:
    """The table for a terminal; columns without an entry are left out."""
    table = Table(title=f"{result.name}: {result.claim}", title_justify="left")
    rows = cells(result)
    shown = [i for i in range(len(HEADINGS)) if any(row[i] != "-" for row in rows)]
    for i in shown:
        # As text: rich would read what stands in brackets as a style.
        justify: Literal["left", "right"] = "right" if HEADINGS[i] == "n" else "left"
        width = LEAST_WIDTH if HEADINGS[i] == "quantity" else None
        table.add_column(Text(HEADINGS[i]), justify=justify, min_width=width)
    for row in rows:
        table.add_row(*(Text(row[i]) for i in shown))
    return table


def markdown(result: Result) -> str:
    """The same as a page of Markdown."""
    lines = [_line(HEADINGS), _line(["---"] * len(HEADINGS)), *map(_line, cells(result))]
    page = [f"# {result.name}", result.claim, "\n".join(lines), *notes(result), summary(result)]
    return "\n\n".join(page) + "\n"


def _line(row: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
