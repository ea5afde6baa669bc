"""The served precision follows the processor and vLLM's build, unless the settings say otherwise."""

import pytest

from agent.model.precision import choose_precision, served_precision
from agent.settings import Settings


@pytest.mark.parametrize(
    ("wanted", "flags", "cpu", "chosen"),
    [
        ("auto", {"avx512_vnni"}, True, "int8"),
        ("auto", {"avx_vnni"}, True, "int8"),
        ("auto", {"amx_int8"}, True, "int8"),
        ("auto", {"avx2", "avx512f"}, True, "int8_weights"),
        ("auto", set(), True, "int8_weights"),
        ("auto", {"avx512_vnni"}, False, "bfloat16"),
        ("float32", {"avx512_vnni"}, True, "float32"),
        ("int8", set(), True, "int8"),
    ],
)
def test_precision_follows_the_machine_unless_told(wanted: str, flags: set[str], cpu: bool, chosen: str) -> None:
    assert choose_precision(wanted, frozenset(flags), cpu) == chosen


@pytest.mark.parametrize(("wanted", "served"), [("auto", "auto"), ("float32", "float32")])
def test_a_model_of_the_users_comes_in_its_own_unless_told(config: Settings, wanted: str, served: str) -> None:
    config.llm.model, config.server.precision = "Qwen/Qwen3-8B", wanted
    assert served_precision(config) == served
