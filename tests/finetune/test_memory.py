"""Freed memory is kept: a block that is freed and asked for again costs no page faults. Where too little is free, nothing is begun."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
import torch
from safetensors.numpy import save_file

from finetune.memory import ensure_free, parameters
from finetune.records import DataError

pytest.importorskip("resource", reason="page faults cannot be counted here")

COUNT = """
import resource, numpy
{first}
for _ in range(3): numpy.ones(9_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20): numpy.ones(9_000_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(first: str) -> int:
    return int(subprocess.run([sys.executable, "-c", COUNT.format(first=first)], capture_output=True, text=True, check=True).stdout)


def test_large_blocks_are_used_again_without_page_faults() -> None:
    kept = faults("import finetune.memory; assert finetune.memory.keep_freed()")
    assert kept < 20 and faults("import finetune.memory") > 200  # 20 blocks of 72 MB, in pages of 4 KiB or 2 MiB


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is not told here")
def test_the_peak_is_what_was_resident_at_most() -> None:
    run = "import numpy; from finetune.memory import peak_gb; first = peak_gb(); numpy.ones(50_000_000); print(first, peak_gb())"
    first, then = map(float, subprocess.run([sys.executable, "-c", run], capture_output=True, text=True, check=True).stdout.split())
    assert 0.01 < first < then and then > 0.4


@pytest.mark.parametrize(("free", "enough"), [(4.1, False), (4.3, True)])
def test_too_little_memory_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, enough: bool) -> None:
    """A model of a thousand weights, in 16 bits and in two files, takes 4 kB in float32, a fifth more to load and three times as much to work."""
    for number in (1, 2):
        save_file({"weight": np.zeros((50, 10), np.float16)}, tmp_path / f"model-{number}.safetensors")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free * 4000))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    if enough:
        ensure_free("mine", parameters(tmp_path))
    else:
        with pytest.raises(DataError, match=r"mine takes at least .* GB of memory and .* are free; end other programs, or take a smaller --base\.$"):
            ensure_free("mine", parameters(tmp_path))


def test_on_a_graphics_card_this_memory_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    ensure_free("mine", 10**15)
