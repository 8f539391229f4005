"""The synthetic prover: proofs by the rules of school geometry and linear algebra."""

from pellucid.reasoning.geometry.synthetic.closure import Closure
from pellucid.reasoning.geometry.synthetic.proof import Proof, Step
from pellucid.reasoning.geometry.synthetic.prove import Outcome, proof_of, prove_synthetic
from pellucid.reasoning.geometry.synthetic.telling import tell

__all__ = ["Closure", "Outcome", "Proof", "Step", "proof_of", "prove_synthetic", "tell"]
