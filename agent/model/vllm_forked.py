"""Two processes instead of three for a vLLM that this product starts on a processor, and the second one forked.

vLLM starts a process that listens, one that schedules and one that computes, and each imports everything anew, which is most of a start. As a
platform plugin of vLLM (entry point `vllm.platform_plugins`) this lets the one that schedules compute too, and forks it from the one that listens.
What vLLM says against it, that OpenMP cannot be set up then, does not hold here: agent/model/vllm_command.py has set it up before.
docs/decisions/0013-one-import.md
"""

import os
from typing import TYPE_CHECKING

from vllm.platforms.cpu import CpuPlatform

from agent.settings import FORKED

if TYPE_CHECKING:  # vLLM asks for its platform before it has a configuration
    from vllm.config import VllmConfig


class ForkedCpuPlatform(CpuPlatform):
    """vLLM's own platform for processors, but for how its processes come to be."""

    @classmethod
    def check_and_update_config(cls, vllm_config: "VllmConfig") -> None:
        super().check_and_update_config(vllm_config)
        if vllm_config.parallel_config.world_size == 1:
            vllm_config.parallel_config.distributed_executor_backend = "uni"
        os.environ["VLLM_WORKER_MULTIPROC_METHOD"] = "fork"


def platform() -> str | None:
    """What vLLM calls in each of its processes: the name of the class, or None for a vLLM that is not ours."""
    return f"{__name__}.{ForkedCpuPlatform.__name__}" if os.environ.get(FORKED) else None
