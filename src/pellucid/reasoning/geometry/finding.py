"""What was found of a problem, by whichever engines were asked: the one thing that is presented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pellucid.reasoning.geometry.algebra import FALSE, Result
from pellucid.reasoning.geometry.diagnosis import Diagnosis
from pellucid.reasoning.geometry.problem import Clause, Problem
from pellucid.reasoning.geometry.synthetic.proof import Proof
from pellucid.reasoning.geometry.wu import WuResult


@dataclass(frozen=True)
class Reading:
    """What the synthetic prover found."""

    status: str
    """`proved`, `saturated` or `out of time`."""
    proofs: tuple[Proof, ...]
    """One for each goal, where all of them were proved."""
    places: Mapping[str, tuple[float, float]]
    """The figure."""
    rounds: int = 0
    """Of deduction, without auxiliary points."""
    attempts: int | None = None
    """How often auxiliary points were added; None where none were looked for."""
    auxiliary: tuple[Clause, ...] = ()
    """What makes the points that the proofs add."""

    @property
    def reason(self) -> str:
        """One line for people."""
        if self.proofs:
            steps = sum(len(proof.steps) - len(proof.given) for proof in self.proofs)
            if not steps:
                return "the constructions say it already"
            added = [point for clause in self.auxiliary for point in clause.points]
            also = f" with auxiliary points {', '.join(added)}" if added else ""
            return f"a readable proof in {steps} step{'s' * (steps != 1)}{also}"
        if self.attempts is not None:
            return f"none was found in {self.attempts} attempts with auxiliary points"
        if self.status == "saturated":
            return f"nothing more follows by the rules after {self.rounds} rounds"
        return "no readable proof in the time that was given"


@dataclass(frozen=True)
class Finding:
    """What came out of each engine; None of those that were not asked or did not answer."""

    problem: Problem
    algebra: Result | None = None
    synthetic: Reading | None = None
    wu: WuResult | None = None
    diagnosis: Diagnosis | None = None
    unanswered: Mapping[str, str] = field(default_factory=dict)
    """Of engines that did not answer: why, in one line."""

    @property
    def proved(self) -> bool:
        """Whether any engine proved all goals."""
        return any(
            (
                self.algebra is not None and self.algebra.proved,
                self.synthetic is not None and bool(self.synthetic.proofs),
                self.wu is not None and self.wu.proved,
            )
        )

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """The readable proofs, one for each goal; empty where there are none."""
        return () if self.synthetic is None else self.synthetic.proofs

    @property
    def auxiliary(self) -> tuple[Clause, ...]:
        """What makes the points that the readable proofs add."""
        return () if self.synthetic is None else self.synthetic.auxiliary

    @property
    def drawn(self) -> Problem:
        """The problem, with the points that its readable proofs add."""
        return replace(self.problem, clauses=self.problem.clauses + self.auxiliary)

    @property
    def places(self) -> Mapping[str, tuple[float, float]]:
        """Where to draw the points: as the proof has them, or the sample, or a counterexample."""
        if not self.proved and self.diagnosis is not None:
            return self.diagnosis.places
        if self.synthetic is not None and (self.proofs or self.algebra is None):
            return self.synthetic.places
        if self.algebra is not None and self.algebra.diagram:
            return self.algebra.diagram
        return self.synthetic.places if self.synthetic is not None else self.problem.at

    @property
    def status(self) -> str:
        """`proved`, `false` or `undecided`."""
        if self.proved:
            return "proved"
        false = self.diagnosis is not None or (
            self.algebra is not None and self.algebra.status == FALSE
        )
        return "false" if false else "undecided"

    @property
    def verdict(self) -> str:
        """One line: whether it is proved, and how; or what is wrong."""
        if not self.proved and self.diagnosis is not None:
            return self.diagnosis.lines[0]
        said = [engine for engine in (self.algebra, self.wu) if engine is not None]
        for engine in sorted(said, key=lambda engine: not engine.proved):
            if engine.proved or not self.proofs:
                return f"{engine.status}: {engine.reason}"
        if self.synthetic is not None:
            return f"{'proved' if self.proofs else 'undecided'}: {self.synthetic.reason}"
        return f"undecided: {'; '.join(self.unanswered.values())}"
