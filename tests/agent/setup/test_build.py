"""What a build needs, and that it skips what is there."""

import json
from pathlib import Path

import pytest

from agent.errors import WaamError
from agent.settings import DEFAULT_MODEL, Settings
from agent.setup import build as building
from agent.setup.build import (
    BASE_ENCODER,
    MADE,
    PROCESS,
    Steps,
    alone,
    build,
    build_encoders,
    build_later,
    built,
    recipe,
    served_model,
    under_way,
    wanted_weights,
)
from tools.encoder import FORM


def test_a_local_server_needs_the_model_and_the_encoder(config: Settings):
    assert wanted_weights(config) == [BASE_ENCODER, DEFAULT_MODEL]
    served = served_model(config)
    assert served is not None and served.parent == config.models and served.name.startswith(DEFAULT_MODEL)


@pytest.mark.parametrize(("name", "value"), [("base_url", "http://10.0.0.1/v1"), ("model", "Qwen/Qwen3-8B")])
def test_a_model_that_is_not_ours_is_not_fetched_nor_converted(config: Settings, name: str, value: str):
    setattr(config.llm, name, value)
    assert wanted_weights(config) == [BASE_ENCODER] and served_model(config) is None


def test_what_is_there_is_not_made_again(config: Settings, monkeypatch: pytest.MonkeyPatch):
    for folder in MADE:
        (config.models / folder).mkdir(parents=True)
        (config.models / folder / "waam.json").write_text(json.dumps({"form": FORM}))
    served = served_model(config)
    assert served is not None
    served.mkdir()
    fetched: list[str] = []
    monkeypatch.setattr(building, "fetch", lambda name, home, progress: fetched.append(name))
    monkeypatch.setattr(building, "_finetune", lambda: pytest.fail("trained again"))
    monkeypatch.setattr("knowledge.store.ensure", lambda: None)
    assert list(build(config, lambda line: None)) == ["weights", "knowledge"] and fetched == wanted_weights(config)


def test_two_builds_do_not_run_at_once(config: Settings):
    with alone(config):
        assert under_way(config)
        with pytest.raises(WaamError, match="wait for it, then run this again"):
            build(config, lambda line: None)
    assert not under_way(config)


class Making:
    """Stands in for finetune.making: keeps what is to be trained, with the recipe it is trained by."""

    def __init__(self) -> None:
        self.trained: dict[str, str] = {}

    def train_router(self, wordings: dict, base: Path, home: Path, progress: object, recipe: str) -> None:
        self.trained["router"] = recipe if wordings else ""

    def train_notes(self, base: Path, home: Path, progress: object, recipe: str) -> None:
        self.trained["notes"] = recipe

    def train_grades(self, facts: list[str], base: Path, home: Path, progress: object, recipe: str) -> None:
        self.trained["grading"] = recipe if len(facts) > 100 and all(facts) else ""


@pytest.mark.parametrize(("adapter", "first"), [("own", []), ("none", ["router"])])
def test_the_first_answer_waits_only_for_what_it_needs(config: Settings, monkeypatch: pytest.MonkeyPatch, adapter: str, first: list[str]):
    """A trained model chooses among all tools, so that its first answer does not need the shortlist."""
    config.llm.adapter = adapter
    for folder in ("embedder", *PROCESS):
        (config.models / folder).mkdir(parents=True)
        (config.models / folder / "waam.json").write_text(json.dumps({"form": FORM}))
    monkeypatch.setattr("knowledge.store.ensure", lambda: None)
    making, steps = Making(), Steps()
    monkeypatch.setattr(building, "_finetune", lambda: making)
    build_encoders(config, steps, lambda line: None)
    assert list(making.trained) == first and list(steps) == [*first, "knowledge"]
    build_later(config, steps, lambda line: None)
    assert making.trained == {name: recipe(name) for name in ("router", "notes", "grading")}


@pytest.mark.parametrize(
    ("meta", "kept"),
    [
        ({"form": FORM}, True),
        ({"form": FORM, "recipe": "of another version"}, False),
        ({"form": FORM - 1}, False),
        ({}, False),  # as versions before forms wrote it
        (None, False),
    ],
)
def test_what_set_up_made_otherwise_is_made_anew_and_the_users_own_is_kept(config: Settings, meta: dict | None, kept: bool):
    if meta is not None:
        (config.models / "anomaly").mkdir(parents=True)
        (config.models / "anomaly" / "waam.json").write_text(json.dumps(meta))
    assert built(config, "anomaly") is kept


def test_the_recipe_is_this_versions(config: Settings):
    (config.models / "router").mkdir(parents=True)
    (config.models / "router" / "waam.json").write_text(json.dumps({"form": FORM, "recipe": recipe("router")}))
    assert built(config, "router") and recipe("router") != recipe("anomaly") == recipe("energy")


def test_the_wordings_of_the_router_are_there():
    assert Path(building.QUESTIONS).exists()
