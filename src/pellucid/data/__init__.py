"""What does it see? Recorded episodes: written, kept on disk, and streamed back as windows.

The names below are found when they are first used, so that `pellucid.data.actions` alone can be
had without torch.
"""

from __future__ import annotations

from typing import Any

from pellucid.lazy import find

_HOME = {
    "ActionSpace": "actions",
    "Characters": "text",
    "Episode": "episode",
    "EpisodeRecord": "spec",
    "Experience": "experience",
    "ExperienceSpec": "spec",
    "ExperienceWriter": "writer",
    "ImageSet": "images",
    "POLICIES": "policies",
    "PixelObservation": "pixels",
    "Photograph": "photographs",
    "Policy": "policies",
    "RecordProgress": "recording",
    "WindowBatch": "windows",
    "Windows": "windows",
    "estimate_bytes": "spec",
    "export_minari": "minari",
    "from_arrays": "arrays",
    "import_minari": "minari",
    "load_images": "images",
    "load_photographs": "photographs",
    "load_text": "text",
    "make_policy": "policies",
    "pixel_environment": "pixels",
    "record": "recording",
    "sample_patches": "patches",
    "to_pixels": "pixels",
    "whiten_spectrum": "patches",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    return find(__name__, _HOME, name)


def __dir__() -> list[str]:
    return __all__
