"""A vLLM of ours runs in two processes; another one is left as it is. vLLM's own platform is stood in for; the real tier starts the real one."""

import importlib
import os
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace

import pytest

from agent.settings import FORKED


class Stock:
    """What vLLM's platform for processors decides."""

    @classmethod
    def check_and_update_config(cls, vllm_config: SimpleNamespace) -> None:
        vllm_config.parallel_config.distributed_executor_backend = "mp"
        os.environ["VLLM_WORKER_MULTIPROC_METHOD"] = "spawn"


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    for name in ("vllm", "vllm.platforms", "vllm.platforms.cpu"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(sys.modules["vllm.platforms.cpu"], "CpuPlatform", Stock, raising=False)
    monkeypatch.setenv("VLLM_WORKER_MULTIPROC_METHOD", "")
    sys.modules.pop("agent.model.vllm_forked", None)
    yield importlib.import_module("agent.model.vllm_forked")
    sys.modules.pop("agent.model.vllm_forked", None)


def config(processes: int) -> SimpleNamespace:
    return SimpleNamespace(parallel_config=SimpleNamespace(world_size=processes, distributed_executor_backend="uni"))


def test_the_process_that_schedules_computes_and_is_forked(plugin: ModuleType):
    plugin.ForkedCpuPlatform.check_and_update_config(ours := config(1))
    assert ours.parallel_config.distributed_executor_backend == "uni" and os.environ["VLLM_WORKER_MULTIPROC_METHOD"] == "fork"


def test_several_that_compute_stay_processes_of_their_own(plugin: ModuleType):
    plugin.ForkedCpuPlatform.check_and_update_config(ours := config(2))
    assert ours.parallel_config.distributed_executor_backend == "mp"


def test_only_a_vllm_of_ours_gets_it(plugin: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(FORKED, raising=False)
    assert plugin.platform() is None
    monkeypatch.setenv(FORKED, "1")
    module, _, name = plugin.platform().rpartition(".")
    assert getattr(importlib.import_module(module), name) is plugin.ForkedCpuPlatform
