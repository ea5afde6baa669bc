"""What every benchmark says of the machine that it ran on, and how it writes what it found."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

SETS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8")  # that decide how fast int8 and float32 are
PACKAGES = ("torch", "transformers", "onnxruntime", "tokenizers", "numpy", "scikit-learn")


def machine() -> dict[str, Any]:
    """Processor, cores, instruction sets, load, versions and date."""
    info = Path("/proc/cpuinfo")
    fields = dict(line.split(":", 1) for line in info.read_text().splitlines() if ":" in line) if info.exists() else {}
    known = {key.strip(): value.strip() for key, value in fields.items()}
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": known.get("model name", platform.processor() or platform.machine()),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "instruction_sets": [name for name in SETS if name in known.get("flags", "").split()],
        "load": [round(each, 2) for each in os.getloadavg()],
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
    }


def write(result: Mapping[str, Any], file: Path | None) -> None:
    """Write the result as JSON, if a file is named."""
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def table(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows with the same keys as a Markdown table."""
    names = list(rows[0])
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in names}
    lines = [[name.ljust(widths[name]) for name in names], ["-" * widths[name] for name in names]]
    lines += [[row[name].ljust(widths[name]) for name in names] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
