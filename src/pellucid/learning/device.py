"""The one place where device, precision and the number of threads are chosen."""

from __future__ import annotations

import os
from typing import Literal

import torch

from pellucid.errors import ConfigError


def choose_device(name: str = "auto") -> torch.device:
    """The device called `name` ("cpu", "cuda", "cuda:1", "mps", ...), checked to be there.

    "auto" takes an accelerator where there is one, else the CPU. Under `torchrun` each process of a
    machine takes its own GPU.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"the device '{name}' cannot be used ({reason}): try 'auto'") from error
    return device


def set_threads(n: int) -> None:
    """Let tensors be computed on `n` threads.

    One is best for networks as small as ours: two threads on two busy cores wait for each other.
    """
    if n < 1:
        raise ConfigError(f"{n} threads cannot compute: give 1 or more")
    torch.set_num_threads(n)


Precision = Literal["auto", "float32", "bfloat16"]


def choose_precision(name: Precision, device: torch.device) -> torch.dtype:
    """The type in which products are computed while training: float32 or bfloat16.

    "auto" takes bfloat16 where the hardware multiplies it several times faster: GPUs that have it,
    and CPUs with matrix tiles (AMX).
    """
    if name == "auto":
        return torch.bfloat16 if _fast_bfloat16(device) else torch.float32
    if name not in ("float32", "bfloat16"):
        raise ConfigError(f"the precision '{name}' is unknown: give auto, float32 or bfloat16")
    return torch.bfloat16 if name == "bfloat16" else torch.float32


def computing_in(dtype: torch.dtype, device: torch.device) -> torch.autocast:
    """A block whose matrix products and convolutions are computed in `dtype`."""
    return torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32)


def _fast_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # PyTorch asks the processor; the question has no public name yet.
    asked = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return device.type == "cpu" and asked is not None and bool(asked())
