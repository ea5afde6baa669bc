"""Everything real, made once: weights fetched and verified, encoders trained, vLLM started and stopped."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from agent.errors import WeightsError
from agent.model.vllm_server import VllmServer
from agent.model.weights import fetch
from agent.settings import Settings, settings
from agent.setup.build import wanted_weights


@pytest.fixture(scope="session")
def real() -> Settings:
    """Settings of this machine with everything built; skips, saying why, where the weights cannot be had."""
    config = settings()
    try:
        for name in wanted_weights(config):
            fetch(name, config.models)
    except WeightsError as unobtainable:
        pytest.skip(f"the real models cannot be had here: {unobtainable}")
    built = subprocess.run([sys.executable, "-c", "from agent.cli import main; main()", "models", "build"], timeout=2400)
    assert built.returncode == 0
    return config


@pytest.fixture(scope="session")
def server(real: Settings) -> Iterator[VllmServer]:
    """The real vLLM server; one that was running before is left running."""
    vllm = VllmServer(real)
    was_running = vllm.status().state == "running"
    vllm.up()
    yield vllm
    if not was_running:
        vllm.down()
