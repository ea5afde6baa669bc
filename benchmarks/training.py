"""Wall time and peak memory of training the four demo encoders, all together.

    python -m benchmarks.training [--quick] [--runs N] [--base FOLDER] [--json FILE]

Each run is a process of its own, the one that `waam models build` has for this step: imports, training, calibration, export.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine, table, write
from tools.encoder import META, models_home

SECONDS, GIB = 240.0, 4.0
QUICK = (60, 30, 1)  # simulated beads for the heads and for the body, and its layers
LIMIT = 1800  # seconds, from which on a run is stopped
_CHILD = """
import sys
from pathlib import Path
from finetune import demo
layers = demo.LAYERS
if sys.argv[3:]:
    demo.EXPERIMENTS, demo.BODY_EXPERIMENTS, layers = map(int, sys.argv[3:])
demo.train_demo(Path(sys.argv[1]), Path(sys.argv[2]), progress=lambda line: None, layers=layers)
"""


def one_run(base: Path, size: Sequence[int] = ()) -> dict[str, float]:
    """Train the four in a process of its own: wall and processor seconds, peak resident memory in GiB. Raises RuntimeError with the
    last line of a run that fails."""
    with tempfile.TemporaryDirectory() as home:
        begun = time.perf_counter()
        command = [sys.executable, "-c", _CHILD, str(base), home, *map(str, size)]
        with (Path(home) / "errors").open("w+") as errors, subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors) as process:
            processor, peak = _wait(process)
            wall = time.perf_counter() - begun
            errors.seek(0)
            if process.returncode:
                raise RuntimeError(f"training stopped with {process.returncode}: {(errors.read().strip().splitlines() or ['nothing said'])[-1]}")
        made = len(list(Path(home).glob(f"*/{META}")))
    return {"seconds": wall, "processor_seconds": processor, "peak_gib": peak, "models": made}


def _wait(process: "subprocess.Popen[bytes]") -> tuple[float, float]:
    """Processor seconds and peak resident GiB of this process; it is stopped after LIMIT.

    The peak is read from the kernel while it runs: what getrusage says of a child starts from its parent's size, which exec keeps."""
    end, peak = time.monotonic() + LIMIT, 0
    while True:
        found, status, used = os.wait4(process.pid, os.WNOHANG)
        if found:
            process.returncode = os.waitstatus_to_exitcode(status)
            return used.ru_utime + used.ru_stime, (peak or used.ru_maxrss) / 2**20
        peak = max(peak, _high_water_kib(process.pid))
        if time.monotonic() > end:
            process.kill()
        time.sleep(0.02)


def _high_water_kib(pid: int) -> int:
    """Most memory that the process has had; 0 where the kernel does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def _line(number: int, run: dict[str, float]) -> dict[str, str]:
    return {
        "run": str(number),
        "wall, s": f"{run['seconds']:.0f}",
        "processor, s": f"{run['processor_seconds']:.0f}",
        "peak, GiB": f"{run['peak_gib']:.2f}",
        "to beat": f"{SECONDS:.0f} s, {GIB:.0f} GiB",
    }


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few beads, for a test")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--base", type=Path, default=models_home() / "all-minilm-l6-v2")
    parser.add_argument("--json", type=Path, default=None, help="file for the result")
    chosen = parser.parse_args(arguments)
    if not (chosen.base / "config.json").exists():
        parser.error(f"there is no encoder in {chosen.base}; run `waam models fetch` or give --base.")
    before = machine()
    runs = [one_run(chosen.base, QUICK if chosen.quick else ()) for _ in range(max(1, chosen.runs))]
    result = {"machine": before, "base": chosen.base.name, "quick": chosen.quick, "runs": runs, "to_beat": {"seconds": SECONDS, "peak_gib": GIB}}
    print(table([_line(number, run) for number, run in enumerate(runs, start=1)]))
    write(result, chosen.json)
    return result


if __name__ == "__main__":
    main()
