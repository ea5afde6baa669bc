"""The tiny base of finetune's tests, for the benchmarks' quick modes."""

from tests.finetune.conftest import tiny_base

__all__ = ["tiny_base"]
