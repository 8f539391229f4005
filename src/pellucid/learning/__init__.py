"""How do weights change? The training loop, its checkpoints and the folder of a run.

The names below are found when they are first used: the folder of a run is had without torch.
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "Callback": "loop",
    "Checkpoint": "checkpoint",
    "Checkpoints": "checkpoint",
    "Classified": "supervised",
    "ClassifyConfig": "supervised",
    "ComplexCells": "complex_cells",
    "Construction": "forward",
    "Corpus": "language",
    "ForwardConfig": "forward",
    "ForwardTrace": "forward",
    "LanguageConfig": "language",
    "Pictures": "batches",
    "Progress": "progress",
    "RunFolder": "runs",
    "SavedModel": "checkpoint",
    "Schedule": "schedule",
    "Silent": "progress",
    "SensorMap": "sensors",
    "SparseCoding": "sparse_coding",
    "SparseManifoldTransform": "manifold",
    "Spoken": "language",
    "StepResult": "loop",
    "TrainResult": "loop",
    "Variation": "batches",
    "Whitening": "whitening",
    "bits_per_character": "language",
    "choose_device": "device",
    "choose_precision": "device",
    "choose_progress": "progress",
    "class_similarity": "forward",
    "construct": "forward",
    "in_batches": "forward_store",
    "load_model": "checkpoint",
    "restore": "checkpoint",
    "save_model": "checkpoint",
    "set_threads": "device",
    "step_seed": "loop",
    "train_classifier": "supervised",
    "train_language": "language",
    "train_loop": "loop",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
