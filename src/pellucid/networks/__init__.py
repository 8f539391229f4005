"""What maps? White-box networks, and the black-box baselines beside them.

The names below are found when they are first used, so that one network costs its own import only.
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "Audit": "whitebox",
    "Circular": "redunet_shift",
    "ClassMoments": "redunet_moments",
    "ClassifierConfig": "classifiers",
    "ConvEncoder": "conv",
    "ConvSparseCoding": "csc_layer",
    "ENCODERS": "encoders",
    "EncoderConfig": "encoders",
    "Explanation": "csc_explain",
    "ForwardForward": "forward_forward",
    "Gabors": "gabor",
    "ISTALayer": "ista",
    "ImageTransformer": "image_transformer",
    "LanguageTransformer": "language_transformer",
    "LayerAudit": "whitebox",
    "Lift": "redunet_lift",
    "LocalMixer": "local_mixer",
    "LocalMixerConfig": "local_mixer",
    "MSSALayer": "mssa",
    "ManifoldLayer": "manifold",
    "MaskedAutoencoder": "masked_autoencoder",
    "MaskedSensorAutoencoder": "sensor_autoencoder",
    "NearestSubspace": "redunet_readout",
    "OvercompleteBlock": "ista",
    "OvercompleteCode": "ista",
    "PrincipalComponents": "redunet_lift",
    "ReduNet": "redunet",
    "ReduNetLayer": "redunet",
    "ResNet": "resnet",
    "ResNetConfig": "classifiers",
    "SoftmaxAttention": "softmax_attention",
    "SparseClassifier": "csc",
    "SparseCodingLayer": "sparse",
    "SparseConfig": "classifiers",
    "SparseEncoder": "sparse",
    "TSSALayer": "tssa",
    "TokenNetwork": "token_network",
    "TokenNetworkConfig": "token_network",
    "TransformerConfig": "classifiers",
    "Unit": "csc_explain",
    "VectorEncoder": "perceptron",
    "Vectors": "redunet_moments",
    "WhiteBoxLayer": "whitebox",
    "audit": "whitebox",
    "chain": "csc_chain",
    "fit_gabors": "gabor",
    "infer_code_maps": "convolutional_inference",
    "load_published_crate": "published",
    "make_classifier": "classifiers",
    "make_encoder": "encoders",
    "make_layer": "redunet",
    "mlp": "perceptron",
    "nearest_neighbours": "redunet_readout",
    "probe_subspaces": "softmax_attention",
    "shifted_correlations": "convolutional_inference",
    "token_network_config": "token_network",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
