"""Versions of a model: a link is swapped, earlier ones stay for a while, and any of them can be put back."""

import json
from pathlib import Path

import pytest

from finetune import registry
from finetune.records import DataError
from finetune.registry import KEPT, current, listed, promote, rollback, versions, versions_of


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "models" / "height"


def made(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "models" / "height.partial"
    folder.mkdir(parents=True)
    (folder / "waam.json").write_text(text)
    return folder


def test_promoting_is_a_swap_of_a_link(tmp_path: Path, model: Path):
    first = promote(made(tmp_path, "one"), model, "aaa")
    assert model.is_symlink() and current(model) == first == versions_of(model) / "0001-aaa"
    second = promote(made(tmp_path, "two"), model, "bbb")
    assert (model / "waam.json").read_text() == "two" and (first / "waam.json").read_text() == "one"
    assert versions(model) == [first, second] and not (tmp_path / "models" / "height.partial").exists()
    assert {p.name for p in model.parent.iterdir()} == {"height", ".versions"}, "nothing is left lying about"


def test_the_link_is_relative_so_the_models_home_may_move(tmp_path: Path, model: Path):
    promote(made(tmp_path, "one"), model, "aaa")
    model.parent.rename(tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "height" / "waam.json").read_text() == "one"


def test_a_kill_before_the_swap_leaves_the_old_model(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch):
    promote(made(tmp_path, "one"), model, "aaa")
    with monkeypatch.context() as patch:
        patch.setattr(registry, "_link", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            promote(made(tmp_path, "two"), model, "bbb")
    assert (model / "waam.json").read_text() == "one"
    (model.parent / ".height.link").symlink_to("nowhere")  # what a kill between making the link and the swap leaves
    promote(made(tmp_path, "three"), model, "ccc")
    assert (model / "waam.json").read_text() == "three"


def test_old_versions_go_but_never_the_one_in_use(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch):
    places = [promote(made(tmp_path, str(i)), model, f"v{i}") for i in range(KEPT + 3)]
    assert versions(model) == places[-KEPT:] and current(model) == places[-1]
    monkeypatch.setattr(registry, "current", lambda _: places[3])  # in use although old
    newest = promote(made(tmp_path, "new"), model, "new")
    assert places[3] in versions(model) and versions(model)[-1] == newest and newest.name.startswith(f"{KEPT + 4:04d}-")


def test_rollback_goes_one_back_or_to_a_name(tmp_path: Path, model: Path):
    first, second, third = (promote(made(tmp_path, name), model, name) for name in ("aaa", "bbb", "bab"))
    assert rollback(model) == second == current(model)
    assert rollback(model) == first
    with pytest.raises(DataError, match=r"height has no version before this one; it has 0001-aaa, 0002-bbb, 0003-bab"):
        rollback(model)
    assert rollback(model, "bab") == third and (model / "waam.json").read_text() == "bab"
    for unclear in ("b", "zzz"):
        with pytest.raises(DataError, match=f"no single version '{unclear}'; it has 0001-aaa"):
            rollback(model, unclear)
    assert current(model) == third


def test_rollback_of_nothing_says_so(tmp_path: Path, model: Path):
    with pytest.raises(DataError, match="it has none"):
        rollback(model)
    assert versions(model) == [] and current(model) is None


def test_a_plain_folder_becomes_a_version(tmp_path: Path, model: Path):
    model.mkdir(parents=True)
    (model / "waam.json").write_text("plain")
    promote(made(tmp_path, "new"), model, "aaa")
    assert [p.name for p in versions(model)] == ["0001-before", "0002-aaa"] and (model / "waam.json").read_text() == "new"
    rollback(model)
    assert (model / "waam.json").read_text() == "plain"


def test_two_models_do_not_share_versions(tmp_path: Path, model: Path):
    promote(made(tmp_path, "one"), model, "aaa")
    promote(made(tmp_path, "other"), model.with_name("energy"), "aaa")
    assert len(versions(model)) == len(versions(model.with_name("energy"))) == 1


def test_versions_are_listed_with_date_rows_and_main_metric(tmp_path: Path, model: Path):
    told = {"made": "2026-11-21T20:15:00+01:00", "records": 158, "metric": "rmse", "scores": {"rmse": 0.31234}, "spread": {"rmse": 0.0412}}
    promote(made(tmp_path, json.dumps(told)), model, "aaa")
    promote(made(tmp_path, json.dumps({"records": 9})), model, "bbb")
    promote(made(tmp_path, "no json"), model, "ccc")
    first, second, third = listed(model)
    assert first == {"": "", "version": "0001-aaa", "made": "2026-11-21 20:15", "rows": "158", "score": "rmse 0.3123 ± 0.041"}
    assert (second["rows"], second["score"]) == ("9", "–") and len(second["made"]) == len("2026-11-21 20:15")
    assert third[""] == "*" and third["rows"] == "–"
