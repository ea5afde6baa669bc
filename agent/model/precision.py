"""In which precision this machine serves a model."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from agent.model.weights import catalog
from agent.settings import Settings

INT8 = frozenset({"avx512_vnni", "avx_vnni", "amx_int8"})  # instructions that multiply int8


def served_precision(settings: Settings) -> str:
    """The precision of these settings on this machine; `auto`, its own, for a model that is not of the catalogue, unless told."""
    if settings.server.precision == "auto" and settings.llm.model not in catalog():
        return "auto"
    return choose_precision(settings.server.precision, cpu_flags(), cpu_build())


def choose_precision(wanted: str, flags: frozenset[str], cpu: bool = True) -> str:
    """int8 throughout pays only where the processor multiplies int8; elsewhere int8 weights alone do (docs/decisions/0012-int8-weights.md).
    A vLLM that is no build for processors computes in bfloat16."""
    if wanted != "auto":
        return wanted
    if not cpu:
        return "bfloat16"
    return "int8" if flags & INT8 else "int8_weights"


def cpu_flags() -> frozenset[str]:
    """The processor's instruction-set flags; empty where they cannot be read."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return frozenset()
    line = next((line for line in text.splitlines() if line.startswith("flags")), "")
    return frozenset(line.partition(":")[2].split())


def cpu_build() -> bool:
    """Whether vLLM's build for processors is installed, or none at all."""
    try:
        version("vllm")
    except PackageNotFoundError:
        return True
    return False
