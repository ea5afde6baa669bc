"""How this process keeps the memory that it frees, how much it has taken, and whether there is enough to train a language model."""

import ctypes
import math
import re
from pathlib import Path

import psutil
from safetensors import safe_open

from finetune.records import DataError

_MMAP_MAX, _TRIM_THRESHOLD = -4, -1  # glibc's numbers, malloc.h
WORK_GB, WORK_SHARE = 6.0, 3.0  # what a step takes beside the weights; at most this many times their size, which tiny models need


def keep_freed() -> bool:
    """Let glibc keep freed memory instead of handing each large tensor back to the system, which costs page faults at the next one: a fifth of
    the time of training a language model on two cores (docs/LOG.md). False where there is no glibc."""
    try:
        set_option = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    return bool(set_option(_MMAP_MAX, 0)) and bool(set_option(_TRIM_THRESHOLD, -1))


def peak_gb() -> float:
    """The most memory that this process has had resident; where the system does not tell (macOS), what it has now."""
    if (status := Path("/proc/self/status")).exists() and (peak := re.search(r"^VmHWM:\s*(\d+) kB", status.read_text(), re.MULTILINE)):
        return int(peak[1]) * 1024 / 1e9
    memory = psutil.Process().memory_info()
    return float(getattr(memory, "peak_wset", memory.rss)) / 1e9


def ensure_free(name: str, parameters: int) -> None:
    """Raise DataError where less memory is free than training a model of so many weights takes at the very least. A graphics card has its own."""
    import torch

    if torch.cuda.is_available():
        return
    weights = 4 * parameters / 1e9  # in float32
    needed, free = 1.2 * weights + min(WORK_GB, WORK_SHARE * weights), psutil.virtual_memory().available / 1e9
    if free < needed:
        raise DataError(
            f"Training {name} takes at least {needed:.1f} GB of memory and {free:.1f} are free; end other programs, or take a smaller --base."
        )


def parameters(folder: Path) -> int:
    """How many weights the model in this folder has, from the heads of its files."""
    count = 0
    for file in folder.glob("*.safetensors"):
        with safe_open(file, "np") as weights:
            count += sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118
    return count
