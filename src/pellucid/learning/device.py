"""The one place where the device and the number of threads are chosen."""

from __future__ import annotations

import os

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
