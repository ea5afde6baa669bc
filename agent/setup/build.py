"""Everything this machine needs before the first answer: weights, the served model, encoders, the knowledge store.

Each step is skipped when its result is there, so that a killed build goes on where it stopped. One runs at a time.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from filelock import BaseFileLock, FileLock, Timeout

from agent.errors import WaamError
from agent.learning.wordings import QUESTIONS
from agent.model.adapter import trained
from agent.model.precision import served_precision
from agent.model.weights import catalog, fetch
from agent.settings import Settings
from tools.encoder import FORM

BASE_ENCODER = "all-minilm-l6-v2"
PROCESS = ("anomaly", "defects", "heat_input", "energy")
DEMO = (*PROCESS, "notes", "grading")  # until the user trains their own
MADE = ("embedder", "router", *DEMO)  # all that set-up trains or exports
CORPUS = Path(__file__).parents[2] / "knowledge" / "corpus"
_EXPORT = ("finetune/bodies.py", "finetune/encoder.py", "finetune/export.py", "finetune/quantise.py")
_TRAINING = (
    *_EXPORT,
    *(
        f"finetune/{module}.py"
        for module in (
            "baseline", "blending", "calibrate", "candidates", "classical", "classical_models", "config", "crossfit", "engine", "features",
            "grouping", "kinds", "loop", "meta", "metrics", "nested", "neural", "ranges", "records", "run", "sketch", "splits", "targets", "tasks",
        )
    ),
    *(f"tools/{module}.py" for module in ("conditions", "encoder", "features", "fields", "outputs", "reading", "units", "vocabulary")),
)  # fmt: skip
SOURCES = {  # what decides how each becomes; a comment counts too, which costs minutes and never a wrong model
    "embedder": _EXPORT,
    "router": (*_TRAINING, "agent/learning/questions.yaml", "finetune/routing.py"),
    **dict.fromkeys(PROCESS, (*_TRAINING, "finetune/demo.py", "finetune/simulator.py")),
    "notes": (*_TRAINING, "finetune/aspects.py", "finetune/notes.py", "finetune/notes.yaml"),
    "grading": (
        *_TRAINING,
        "finetune/grades.py",
        "tools/clauses.py",
        "tools/lexical.py",
        *(f"knowledge/corpus/{file.name}" for file in sorted(CORPUS.glob("*.jsonl"))),
    ),
}
Progress = Callable[[str], None]


def wanted_weights(settings: Settings) -> list[str]:
    """The catalogue entries these settings need; a model outside the catalogue is vLLM's own business."""
    remote = settings.llm.base_url is not None
    return [BASE_ENCODER] + ([settings.llm.model] if settings.llm.model in catalog() and not remote else [])


def served_model(settings: Settings) -> Path | None:
    """The folder that vLLM will serve, or None where that is not ours to make."""
    if settings.llm.base_url or settings.llm.model not in catalog():
        return None
    from agent.model.adapter import merged_name
    from agent.model.convert import served_folder

    return served_folder(settings.models, settings.llm.model, served_precision(settings), merged_name(settings))


class Steps(dict[str, float]):
    """Seconds that each step of a set-up took."""

    def run(self, name: str, work: Callable[[], object]) -> None:
        begun = time.monotonic()
        work()
        self[name] = round(time.monotonic() - begun, 1)


def build(settings: Settings, progress: Progress = print) -> Steps:
    """Fetch, convert, train and index what is missing; returns the seconds each step took."""
    steps = Steps()
    with alone(settings):
        build_served(settings, steps, progress)
        build_encoders(settings, steps, progress)
        build_later(settings, steps, progress)
    return steps


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Make things while no other process of this home does. Raises WaamError where one is at it."""
    try:
        with _lock(settings).acquire(timeout=1):
            yield
    except Timeout:
        raise WaamError("Another `waam models build` or `waam demo` is making what is missing; wait for it, then run this again.") from None


def under_way(settings: Settings) -> bool:
    """Whether another process makes things in this home now."""
    try:
        with _lock(settings).acquire(timeout=0.1, poll_interval=0.01):  # who else looks holds it for an instant
            return False
    except Timeout:
        return True


def _lock(settings: Settings) -> BaseFileLock:
    return FileLock(settings.state / "build.lock")


def build_served(settings: Settings, steps: Steps, progress: Progress) -> None:
    """Weights, and the folder that vLLM serves."""
    steps.run("weights", lambda: [fetch(name, settings.models, progress) for name in wanted_weights(settings)])
    if (folder := served_model(settings)) is not None and not folder.exists():
        steps.run("conversion", lambda: _convert(settings, folder, progress))


def build_encoders(settings: Settings, steps: Steps, progress: Progress) -> None:
    """What the first answers need: the embedder, the encoders of beads, the knowledge store; the shortlist too for a model that is not trained."""
    base, models = settings.models / BASE_ENCODER, settings.models
    if not built(settings, "embedder"):
        steps.run("embedder", lambda: _finetune().export_embedder(base, models / "embedder", recipe("embedder")))
        progress("embedder: built")
    if not trained(settings):
        _build_router(settings, steps, progress)
    if demo := [name for name in PROCESS if not built(settings, name)]:
        steps.run("demo encoders", lambda: _finetune().train_demo(base, models, demo, progress, recipe=recipe(demo[0])))
    from knowledge.store import ensure

    steps.run("knowledge", ensure)


def build_later(settings: Settings, steps: Steps, progress: Progress) -> None:
    """The shortlist, which answers where the language model does not, and the models of notes and grades."""
    base, models = settings.models / BASE_ENCODER, settings.models
    _build_router(settings, steps, progress)
    if not built(settings, "notes"):
        steps.run("notes", lambda: _finetune().train_notes(base, models, progress, recipe=recipe("notes")))
    if not built(settings, "grading"):
        facts = [json.loads(line)["text"] for file in sorted(CORPUS.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines()]
        steps.run("grading", lambda: _finetune().train_grades(facts, base, models, progress, recipe=recipe("grading")))


def _build_router(settings: Settings, steps: Steps, progress: Progress) -> None:
    base, models = settings.models / BASE_ENCODER, settings.models
    if not built(settings, "router"):
        wordings = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
        steps.run("router", lambda: _finetune().train_router(wordings, base, models, progress, recipe=recipe("router")))


def built(settings: Settings, name: str) -> bool:
    """Whether the encoder `name` is here and, if set-up made it, made as this version makes it. A user's own is always kept."""
    file = settings.models / name / "waam.json"
    if not file.exists():
        return False
    meta = json.loads(file.read_text(encoding="utf-8"))
    return meta.get("form") == FORM and meta.get("recipe", recipe(name)) == recipe(name)


def state(settings: Settings, name: str) -> str:
    """`built`, or what there is instead of the encoder `name` as this version makes it."""
    if built(settings, name):
        return "built"
    return "made by an earlier recipe" if (settings.models / name / "waam.json").exists() else "not built"


@lru_cache
def recipe(name: str) -> str:
    """Hash of the sources that decide what an encoder of set-up becomes."""
    root = Path(__file__).parents[2]
    return hashlib.sha256(b"".join((root / file).read_bytes() for file in SOURCES[name])).hexdigest()[:12]


def _convert(settings: Settings, folder: Path, progress: Progress) -> None:
    from agent.model.adapter import deltas, own
    from agent.model.convert import convert

    name = settings.llm.model
    adapter = deltas(name) if own(settings) else None
    convert(settings.models / name / catalog()[name].file, folder, folder.name.endswith("int8"), progress, adapter)


def _finetune() -> Any:
    try:
        import finetune.making as making
    except ModuleNotFoundError as missing:
        raise WaamError(
            f"Building encoders needs the finetune dependencies ({missing.name} is missing); "
            "run `make venv`, or copy the models folder from another machine."
        ) from None
    return making
