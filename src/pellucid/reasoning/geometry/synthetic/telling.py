"""A proof in words: plain text, Markdown, and LaTeX.

Each step says what it concludes, from which steps, and why; a sum of equations says which equations
are added, how often.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction

from pellucid.errors import ConfigError, nearest
from pellucid.reasoning.geometry.problem import Statement
from pellucid.reasoning.geometry.synthetic.equations import rows
from pellucid.reasoning.geometry.synthetic.proof import Proof, Step
from pellucid.reasoning.geometry.synthetic.rules import words

FORMATS = ("text", "markdown", "latex")


def tell(proof: Proof, form: str = "text") -> str:
    """The whole proof.

    Parameters
    ----------
    proof
        What to tell.
    form
        `text`, `markdown` or `latex` (an enumeration for the body of a document).

    Raises
    ------
    ConfigError
        There is no such form.
    """
    if form not in FORMATS:
        raise ConfigError(f"a proof cannot be told as '{form}': {nearest(form, FORMATS)}")
    lines = [sentence(proof, number, form) for number in range(1, len(proof.steps) + 1)]
    count = len(proof.given)
    if form == "latex":
        items = "\n".join(rf"  \item {line}" for line in lines)
        return f"\\begin{{enumerate}}\n{items}\n\\end{{enumerate}}\n"
    if form == "markdown":
        numbered = "\n".join(f"{n}. {line}" for n, line in enumerate(lines, start=1))
        head = f"**To prove:** {statement_in_words(proof.goal, form)}.\n\n"
        return f"{head}{numbered}\n"
    width = len(str(len(lines)))
    numbered = "\n".join(f"{n:>{width}}. {line}" for n, line in enumerate(lines, start=1))
    return (
        f"To prove: {statement_in_words(proof.goal)}.\n"
        f"Given {_counted(count, 'statement')}; {_following(len(lines) - count)}.\n{numbered}\n"
    )


def _counted(count: int, what: str) -> str:
    return f"is 1 {what}" if count == 1 else f"are {count} {what}s"


def _following(count: int) -> str:
    return "1 step follows" if count == 1 else f"{count} steps follow"


def sentence(proof: Proof, number: int, form: str = "text") -> str:
    """One step: since this (numbers), that (reason)."""
    step = proof.steps[number - 1]
    concluded = statement_in_words(step.statement, form)
    if step.rule == "given":
        return f"{concluded}. (given)"
    since = _since(proof, step, form)
    if step.rule == "linear":
        return f"{since}{concluded}. ({_sum(step, form)})"
    return f"{since}{concluded}. ({words(step.rule)})"


def _since(proof: Proof, step: Step, form: str) -> str:
    """The premises in words where they are few, else their numbers."""
    numbers = step.premises
    if not numbers:
        return ""
    if len(numbers) > 3 or step.rule == "linear":
        return f"From {_listed([f'({n})' for n in numbers])}: "
    told = [f"{statement_in_words(proof.steps[n - 1].statement, form)} ({n})" for n in numbers]
    return f"Since {_listed(told)}, "


def _listed(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _sum(step: Step, form: str) -> str:
    """How often each equation is taken."""
    if len(step.combination) == 1:
        return "the same in other words"
    terms: list[str] = []
    for number, _, factor in step.combination:
        size = "" if abs(factor) == 1 else f"{_number(abs(factor), form)} times "
        sign = (
            ("minus " if factor < 0 else "") if not terms else ("minus " if factor < 0 else "plus ")
        )
        terms.append(f"{sign}{size}({number})")
    kind = {"direction": "angles", "ratio": "ratios", "length": "lengths"}[_system(step)]
    if kind == "ratios":
        if all(abs(factor) == 1 for _, _, factor in step.combination):
            return "multiplying and dividing equal ratios"
        return f"multiplying equal ratios, as often as: {' '.join(terms)}"
    return f"adding {kind}: {' '.join(terms)}"


def _system(step: Step) -> str:
    """Of which unknowns a sum is; that of ratios, where it could be two."""
    return rows(step.statement)[0].system


def statement_in_words(statement: Statement, form: str = "text") -> str:
    """A statement as a clause: `A, B, C are on one line`."""
    names = [point_name(p, form) for p in statement.points]
    return _WORDS[statement.name](_Speaker(names, statement, form))


def point_name(name: str, form: str = "text") -> str:
    """A point's name as it is written: `g1` is G with index 1."""
    match = re.fullmatch(r"([A-Za-z]+)_?(\d*)(.*)", name)
    if match is None:
        return name
    letters, index, rest = match.groups()
    letters = letters.upper() if len(letters) == 1 else letters[0].upper() + letters[1:]
    if form == "latex":
        inside = letters + (f"_{{{index}}}" if index else "") + rest
        return inside
    return letters + index + rest


def _number(value: Fraction, form: str) -> str:
    if form == "latex" and value.denominator != 1:
        return rf"$\tfrac{{{value.numerator}}}{{{value.denominator}}}$"
    return str(value)


class _Speaker:
    """Writes parts of a statement in one form."""

    def __init__(self, names: list[str], statement: Statement, form: str) -> None:
        self.names, self.statement, self.form = names, statement, form

    def math(self, text: str) -> str:
        """A formula."""
        return f"${text}$" if self.form == "latex" else text

    def line(self, k: int) -> str:
        """The line or segment from the k-th point to the next."""
        a, b = self.names[k : k + 2]
        joined = any(len(name) > 1 for name in (a, b)) and self.form != "latex"
        return f"{a}-{b}" if joined else f"{a}{b}"

    def angle(self, k: int) -> str:
        """The angle from the line of the k-th two points to that of the next two."""
        a, b, c, d = self.names[k : k + 4]
        sign = r"\angle " if self.form == "latex" else "angle "
        for first, corner in ((a, b), (b, a)):
            for other, last in ((c, d), (d, c)):
                if corner == other:
                    spaced = any(len(n) > 1 for n in (first, corner, last))
                    middle = "-" if spaced and self.form != "latex" else ""
                    return sign + middle.join((first, corner, last))
        return f"{sign}({self.line(k)}, {self.line(k + 2)})"

    def fraction(self, k: int) -> str:
        """The ratio of two lengths."""
        if self.form == "latex":
            return rf"\frac{{{self.line(k)}}}{{{self.line(k + 2)}}}"
        return f"{self.line(k)}/{self.line(k + 2)}"

    def value(self, *, angle: bool = False) -> str:
        """The number, of an angle in degrees."""
        value = self.statement.value or Fraction(0)
        degrees = r"^\circ" if self.form == "latex" else " degrees"
        number = value * 180 if angle else value
        if self.form == "latex" and number.denominator != 1:
            text = rf"\frac{{{number.numerator}}}{{{number.denominator}}}"
        else:
            text = str(number)
        return text + (degrees if angle else "")


def _equal_angles(s: _Speaker) -> str:
    if s.statement.value:
        return s.math(f"{s.angle(0)} = {s.angle(4)} + {s.value(angle=True)}")
    return s.math(f"{s.angle(0)} = {s.angle(4)}")


def _known_angle(s: _Speaker) -> str:
    """An angle of lines, told the way round in which it is not more than a right one."""
    if s.statement.value is not None and s.statement.value > Fraction(1, 2):
        other = replace(s.statement, value=1 - s.statement.value)
        s = _Speaker(s.names[2:] + s.names[:2], other, s.form)
    return s.math(f"{s.angle(0)} = {s.value(angle=True)}")


def _triangles(kind: str) -> Callable[[_Speaker], str]:
    def told(s: _Speaker) -> str:
        separator = "" if s.form == "latex" or all(len(n) == 1 for n in s.names) else "-"
        first, second = separator.join(s.names[:3]), separator.join(s.names[3:])
        return f"triangles {s.math(first)} and {s.math(second)} are {kind}"

    return told


def _weighted(s: _Speaker) -> str:
    terms: list[str] = []
    for k, factor in enumerate(s.statement.coefficients):
        size = "" if abs(factor) == 1 else f"{abs(factor)} "
        sign = "-" if factor < 0 else ("+" if terms else "")
        what = {"angeq": "direction ", "distmeq": "log ", "distseq": ""}[s.statement.name]
        terms.append(f"{sign} {size}{what}{s.line(2 * k)}".strip())
    return s.math(f"{' '.join(terms)} = {s.value()}")


def _all(s: _Speaker) -> str:
    return _listed([s.math(name) for name in s.names])


def _corners(s: _Speaker, k: int) -> str:
    separator = "" if s.form == "latex" or all(len(n) == 1 for n in s.names) else "-"
    return s.math(separator.join(s.names[k : k + 3]))


def _two_angles(s: _Speaker) -> str:
    """The angles that `sameside` compares, each at the first of its three points."""
    a, b, c, p, q, r = s.names
    separator = "" if s.form == "latex" or all(len(n) == 1 for n in s.names) else "-"
    first, second = separator.join((b, a, c)), separator.join((q, p, r))
    return f"the angles {s.math(first)} and {s.math(second)}"


_WORDS: Mapping[str, Callable[[_Speaker], str]] = {
    "coll": lambda s: f"{_all(s)} are on one line",
    "cyclic": lambda s: f"{_all(s)} are on one circle",
    "same": lambda s: f"{_all(s)} are one point",
    "para": lambda s: f"{s.math(s.line(0))} is parallel to {s.math(s.line(2))}",
    "perp": lambda s: f"{s.math(s.line(0))} is perpendicular to {s.math(s.line(2))}",
    "cong": lambda s: s.math(f"{s.line(0)} = {s.line(2)}"),
    "eqangle": _equal_angles,
    "eqratio": lambda s: s.math(f"{s.fraction(0)} = {s.fraction(4)}"),
    "eqratio3": lambda s: f"{_all(s)} divide two lines in one ratio",
    "aconst": _known_angle,
    "s_angle": lambda s: s.math(f"angle {''.join(s.names)} = {s.value(angle=True)}"),
    "rconst": lambda s: s.math(f"{s.fraction(0)} = {s.value()}"),
    "r2const": lambda s: s.math(f"({s.fraction(0)})^2 = {s.value()}"),
    "lconst": lambda s: s.math(f"{s.line(0)} = {s.value()}"),
    "l2const": lambda s: s.math(f"{s.line(0)}^2 = {s.value()}"),
    "acompute": lambda s: f"the value of {s.math(s.angle(0))}",
    "rcompute": lambda s: f"the value of {s.math(s.fraction(0))}",
    "midp": lambda s: f"{s.math(s.names[0])} is the middle of {s.math(s.names[1] + s.names[2])}",
    "circle": lambda s: (
        f"{s.math(s.names[0])} is the centre of a circle through "
        f"{_listed([s.math(n) for n in s.names[1:]])}"
    ),
    "simtri": _triangles("similar"),
    "simtrir": _triangles("similar, one mirrored"),
    "contri": _triangles("congruent"),
    "contrir": _triangles("congruent, one mirrored"),
    "diff": lambda s: f"{_all(s)} are different points",
    "ncoll": lambda s: f"{_all(s)} are not on one line",
    "npara": lambda s: f"{s.math(s.line(0))} is not parallel to {s.math(s.line(2))}",
    "nperp": lambda s: f"{s.math(s.line(0))} is not perpendicular to {s.math(s.line(2))}",
    "obtuse_angle": lambda s: f"the angle {s.math(''.join(s.names))} is obtuse",
    "sameclock": lambda s: f"triangles {_corners(s, 0)} and {_corners(s, 3)} turn alike",
    "sameside": lambda s: f"{_two_angles(s)} are both acute or both obtuse",
    "nsameside": lambda s: f"of {_two_angles(s)} one is acute and one obtuse",
    "angeq": _weighted,
    "distmeq": _weighted,
    "distseq": _weighted,
}
