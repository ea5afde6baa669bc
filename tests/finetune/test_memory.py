"""Freed memory is kept: a block that is freed and asked for again costs no page faults."""

import subprocess
import sys

import pytest

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
