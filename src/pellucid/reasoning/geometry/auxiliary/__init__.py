"""Auxiliary points: what to add to a figure so that a proof is found."""

from pellucid.reasoning.geometry.auxiliary.prove import AuxiliaryOutcome, prove_with_auxiliary
from pellucid.reasoning.geometry.auxiliary.search import SearchSettings
from pellucid.reasoning.geometry.auxiliary.synthesize import Theorem, synthesize

__all__ = [
    "AuxiliaryOutcome",
    "SearchSettings",
    "Theorem",
    "prove_with_auxiliary",
    "synthesize",
]
