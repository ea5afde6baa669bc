"""Questions made from wordings: every placeholder filled, every record in the group of its wording."""

import random
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from finetune import routing
from finetune.config import TrainConfig
from finetune.records import Record
from finetune.routing import length_text, routing_records, settings_text, train_router
from finetune.splits import split_by_group
from tools.reading import read

WORDINGS: dict[str, Any] = {
    "detect_anomaly": ["Is {s} fine?", "Does the bead look fine?"],
    "predict_energy": ["Energy of {l} at {s}?"],
    "search_knowledge": ["What causes humping?"],
    "tails": {"detect_anomaly": ["is it normal"], "predict_energy": ["what energy does {l} take"], "search_knowledge": ["what causes humping"]},
}
SHIPPED = yaml.safe_load(
    (Path(__file__).parents[2] / "agent" / "learning" / "questions.yaml").read_text()
)  # read as data: finetune never imports agent


@pytest.mark.parametrize("wordings", [WORDINGS, SHIPPED], ids=["small", "shipped"])
def test_every_placeholder_is_filled(wordings: dict[str, Any]):
    records = routing_records(wordings, joined=100)
    assert not [r.text for r in records if "{" in r.text or "}" in r.text]
    tools = set(wordings) - {"tails"}
    assert {part for r in records for part in str(r.target).split(" or ")} == tools


def test_records_of_a_wording_share_its_group():
    records = routing_records(WORDINGS, repeats=4, joined=0)
    groups: dict[str, list[str]] = {}
    for record in records:
        groups.setdefault(record.group, []).append(str(record.target))
    assert {group: len(targets) for group, targets in groups.items()} == {
        "Is {s} fine?": 4, "Does the bead look fine?": 2, "Energy of {l} at {s}?": 4, "What causes humping?": 2,
    }  # fmt: skip
    assert all(len(set(targets)) == 1 for targets in groups.values())


def test_a_wording_of_training_is_not_tested():
    parts = split_by_group(routing_records(SHIPPED, joined=100), {"test": 0.12}, seed=7)
    assert not {r.group for r in parts["test"]} & {r.group for r in parts["train"]}


def test_joined_questions_ask_for_two_tools_and_state_settings():
    joined = [r for r in routing_records(WORDINGS, joined=50) if " or " in str(r.target)]
    assert len(joined) == 50
    for record in joined:
        first, second = str(record.target).split(" or ")
        assert first != second and re.search(r"\d", record.text)


def test_equal_seeds_give_equal_questions():
    assert routing_records(WORDINGS, seed=1) == routing_records(WORDINGS, seed=1) != routing_records(WORDINGS, seed=2)


def test_the_settings_are_ones_the_parser_reads():
    chance = random.Random(3)
    for _ in range(200):
        text = settings_text(chance)
        if "/" not in re.sub(r"m/(s|min)|in/min", "", text):  # "180 A/voltage 22 V" is refused as an unknown unit
            assert {"current_a", "voltage_v", "travel_speed_mm_s"} & set(read(text).settings), text
        assert "bead_length_mm" in read(f"bead length {length_text(chance)}").settings


def test_the_router_is_trained_on_wordings_and_judged_on_others(monkeypatch: pytest.MonkeyPatch, tiny_base: Path, tmp_path: Path):
    seen: list[tuple[list[Record], TrainConfig, Path, dict[str, str]]] = []
    monkeypatch.setattr(routing, "train", lambda records, config, out, progress, extra: seen.append((records, config, out, extra)))
    lines: list[str] = []
    train_router(WORDINGS, tiny_base, tmp_path, lines.append, seed=3, recipe="r1")
    (records, config, out, extra), = seen  # fmt: skip
    assert records == routing_records(WORDINGS, seed=3) and out == tmp_path / "router" and extra == {"recipe": "r1"}
    assert (config.task, config.loss, config.folds, config.promote, config.seed) == ("multilabel", "bce", 1, "encoder", 3)
    assert config.data_label == "generated questions" and lines == ["router: built"]
