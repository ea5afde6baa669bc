"""Time and memory of the tools on this machine's models: single questions, an explanation, a recommendation.

    python -m benchmarks.tools [--repeats N] [--json FILE]

Every question is one that no cache has seen: the settings differ from run to run. An explanation and a recommendation are also given as
multiples of a single question of the same run, which other work on the machine hardly moves. Memory is that of this process, which has no
torch in it, after every tool has run.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine, table, write
from tools.result import ToolResult

FULL = {
    "process": "GMAW", "material": "ER70S-6", "shielding_gas": "82Ar/18CO2", "wire_feed_speed_m_min": 6.0, "wire_diameter_mm": 1.2,
    "ctwd_mm": 15.0, "gas_flow_l_min": 15.0, "interpass_temperature_c": 150.0,
}  # fmt: skip
TARGETS_MS = {"one question": 40.0, "four questions about one bead": 40.0, "explanation, 3 settings": 300.0, "explanation, 11 settings": 300.0}
TARGET_MIB = 400.0
SINGLE = "one question"


def beads() -> Iterator[dict[str, Any]]:
    """Current, voltage and travel speed that differ from bead to bead."""
    number = 0
    while True:
        number += 1
        yield {"current_a": 150.0 + 0.7 * number, "voltage_v": 20.0 + 0.03 * number, "travel_speed_mm_s": 7.0 + 0.01 * number}


def questions() -> dict[str, Callable[[dict[str, Any]], object]]:
    """What is timed, by name."""
    from tools.anomaly import detect_anomaly
    from tools.defects import classify_defects
    from tools.energy import predict_energy
    from tools.explanation import explain_prediction
    from tools.heat_input import predict_heat_input
    from tools.physics import calculate_physics
    from tools.recommendation import recommend_settings

    def four(bead: dict[str, Any]) -> list[ToolResult]:
        return [detect_anomaly(**bead), classify_defects(**bead), predict_heat_input(**bead), predict_energy(**bead, bead_length_mm=120)]

    def wishes(bead: dict[str, Any]) -> ToolResult:
        return recommend_settings(**bead, **FULL, avoid_defects="any", heat_input_max_j_mm=450)

    return {
        SINGLE: lambda bead: detect_anomaly(**bead),
        "four questions about one bead": four,
        "exact physics": lambda bead: calculate_physics(**bead, bead_length_mm=120),
        "explanation, 3 settings": lambda bead: explain_prediction(**bead),
        "explanation, 11 settings": lambda bead: explain_prediction(**bead, **FULL),
        "recommendation, 3 settings": lambda bead: recommend_settings(**bead),
        "recommendation, 11 settings, every wish": wishes,
    }


def measure(repeats: int) -> dict[str, Any]:
    """Medians over `repeats` runs, in turns, so that other work on the machine meets all; memory at the end."""
    import psutil

    asked, supply = questions(), beads()
    for ask in asked.values():  # loads the models
        ask(next(supply))
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in asked}
    for _ in range(repeats):
        for name, ask in asked.items():
            bead = next(supply)
            wall, processor = time.perf_counter(), time.process_time()
            ask(bead)
            spent[name].append((time.perf_counter() - wall, time.process_time() - processor))
    rows = [_row(name, pairs, spent[SINGLE]) for name, pairs in spent.items()]
    memory = psutil.Process().memory_info().rss / 2**20
    return {"machine": machine(), "repeats": repeats, "rows": rows, "memory_mib": round(memory, 1), "torch_loaded": "torch" in sys.modules}


def _row(name: str, pairs: Sequence[tuple[float, float]], single: Sequence[tuple[float, float]]) -> dict[str, Any]:
    walls = [1000 * wall for wall, _ in pairs]
    ratios = [wall / one for (wall, _), (one, _) in zip(pairs, single, strict=True)]
    return {
        "what": name, "ms": statistics.median(walls), "ms_range": [min(walls), max(walls)],
        "processor_ms": statistics.median(1000 * processor for _, processor in pairs), "of_a_question": statistics.median(ratios),
        "target_ms": TARGETS_MS.get(name),
    }  # fmt: skip


def _line(row: dict[str, Any]) -> dict[str, str]:
    low, high = row["ms_range"]
    return {
        "what": row["what"], "ms (range)": f"{row['ms']:.1f} ({low:.1f} to {high:.1f})", "processor, ms": f"{row['processor_ms']:.1f}",
        "single questions": f"{row['of_a_question']:.1f}", "to beat, ms": f"{row['target_ms']:.0f}" if row["target_ms"] else "",
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    from tools.encoder import models_home

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=20, help="runs of each (default: 20)")
    parser.add_argument("--json", type=Path, default=None, help="file for the result")
    chosen = parser.parse_args(arguments)
    if not (models_home() / "anomaly" / "waam.json").exists():
        parser.error(f"the process models are not in {models_home()}; run `waam models build`.")
    result = measure(chosen.repeats)
    print(table([_line(row) for row in result["rows"]]))
    print(f"memory: {result['memory_mib']:.0f} MiB, to stay under {TARGET_MIB:.0f}{'; torch is loaded' if result['torch_loaded'] else ''}")
    write(result, chosen.json)
    return result


if __name__ == "__main__":
    main()
