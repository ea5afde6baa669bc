"""How this process keeps the memory that it frees."""

import ctypes

_MMAP_MAX, _TRIM_THRESHOLD = -4, -1  # glibc's numbers, malloc.h


def keep_freed() -> bool:
    """Let glibc keep freed memory instead of handing each large tensor back to the system, which costs page faults at the next one: a fifth of
    the time of training a language model on two cores (docs/LOG.md). False where there is no glibc."""
    try:
        set_option = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    return bool(set_option(_MMAP_MAX, 0)) and bool(set_option(_TRIM_THRESHOLD, -1))
