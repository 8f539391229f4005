"""Plane geometry: problems in the field's languages, certificates, readable proofs, and checks."""
