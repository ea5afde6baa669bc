"""Everything this machine needs before the first answer: weights, the served model, encoders, the knowledge store.

Each step is skipped when its result is there, so that a killed build goes on where it stopped.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from agent.errors import WaamError
from agent.settings import Settings
from agent.vllm_server import choose_precision, cpu_flags
from agent.weights import catalog, fetch

BASE_ENCODER = "all-minilm-l6-v2"
QUESTIONS = Path(__file__).with_name("questions.yaml")
ENCODERS = ("anomaly", "defects", "heat_input", "energy", "router")
Progress = Callable[[str], None]


def wanted_weights(settings: Settings) -> list[str]:
    """The catalogue entries these settings need; a model outside the catalogue is vLLM's own business."""
    remote = settings.llm.base_url is not None
    return [BASE_ENCODER] + ([settings.llm.model] if settings.llm.model in catalog() and not remote else [])


def served_model(settings: Settings) -> Path | None:
    """The folder that vLLM will serve, or None where that is not ours to make."""
    if settings.llm.base_url or settings.llm.model not in catalog():
        return None
    from agent.convert import served_folder

    return served_folder(settings.models, settings.llm.model, choose_precision(settings.server.precision, cpu_flags()))


def build(settings: Settings, progress: Progress = print) -> dict[str, float]:
    """Fetch, convert, train and index what is missing; returns the seconds each step took."""
    seconds: dict[str, float] = {}

    def step(name: str, work: Callable[[], object]) -> None:
        begun = time.monotonic()
        work()
        seconds[name] = round(time.monotonic() - begun, 1)

    step("weights", lambda: [fetch(name, settings.models, progress) for name in wanted_weights(settings)])
    if (folder := served_model(settings)) is not None and not folder.exists():
        step("conversion", lambda: _convert(settings, folder, progress))
    base = settings.models / BASE_ENCODER
    if not (settings.models / "embedder" / "waam.json").exists():
        step("embedder", lambda: _finetune().export_embedder(base, settings.models / "embedder"))
        progress("embedder: built")
    if not all((settings.models / name / "waam.json").exists() for name in ENCODERS):
        wordings = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
        step("router", lambda: _finetune().train_router(wordings, base, settings.models, progress))
        step("demo encoders", lambda: _finetune().train_demo(base, settings.models, progress))
    from knowledge.store import ensure

    step("knowledge", ensure)
    return seconds


def _convert(settings: Settings, folder: Path, progress: Progress) -> None:
    from agent.convert import convert

    name = settings.llm.model
    convert(settings.models / name / catalog()[name].file, folder, int8=folder.name.endswith("int8"), progress=progress)


def _finetune() -> Any:
    try:
        import finetune.making as making
    except ModuleNotFoundError as missing:
        raise WaamError(
            f"Building encoders needs the finetune dependencies ({missing.name} is missing); "
            "run `make venv`, or copy the models folder from another machine."
        ) from None
    return making
