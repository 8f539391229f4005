"""How do weights change? The training loop, its checkpoints and the folder of a run.

The names below are found when they are first used: the folder of a run is had without torch.
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "ActivityPerturbation": "activity_perturbation",
    "BackPropagation": "gradient",
    "Callback": "loop",
    "Checkpoint": "checkpoint",
    "Checkpoints": "checkpoint",
    "Classified": "supervised",
    "ClassifyConfig": "supervised",
    "ComplexCells": "complex_cells",
    "Construction": "forward",
    "ConvolutionalCoding": "convolutional_coding",
    "Corpus": "language",
    "Estimate": "gradient",
    "FeedbackAlignment": "feedback_alignment",
    "ForwardConfig": "forward",
    "ForwardForwardConfig": "forward_forward",
    "ForwardTrace": "forward",
    "GradientEstimator": "gradient",
    "Labelled": "lessons",
    "LanguageConfig": "language",
    "LearnConfig": "lessons",
    "LocalBackPropagation": "local_perturbation",
    "LocalPerturbation": "local_perturbation",
    "MeasuredPerturbation": "activity_perturbation",
    "Pictures": "batches",
    "Progress": "progress",
    "ReadableClassifier": "readable",
    "RunFolder": "runs",
    "SavedModel": "checkpoint",
    "Schedule": "schedule",
    "SensorAutoencoder": "sensor_autoencoder",
    "SensorMap": "sensors",
    "Silent": "progress",
    "SparseCoding": "sparse_coding",
    "SparseManifoldTransform": "manifold",
    "Spoken": "language",
    "StepResult": "loop",
    "TrainResult": "loop",
    "Variation": "batches",
    "WeightPerturbation": "weight_perturbation",
    "Whitening": "whitening",
    "bits_per_character": "language",
    "choose_device": "device",
    "choose_precision": "device",
    "choose_progress": "progress",
    "class_similarity": "forward",
    "construct": "forward",
    "example_fields": "receptive_fields",
    "geodesic": "manifold_path",
    "in_batches": "forward_store",
    "learn": "lessons",
    "load_manifold": "manifold_storage",
    "load_model": "checkpoint",
    "mean_fields": "receptive_fields",
    "restore": "checkpoint",
    "save_manifold": "manifold_storage",
    "save_model": "checkpoint",
    "selectivity": "receptive_fields",
    "set_threads": "device",
    "share_right": "lessons",
    "step_seed": "loop",
    "train_classifier": "supervised",
    "train_forward_forward": "forward_forward",
    "train_language": "language",
    "train_loop": "loop",
    "walk_between": "manifold_path",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
