"""Notes made from wordings: every placeholder filled, every aspect with every severity, every joined remark in the group of both its wordings."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from finetune import notes
from finetune.aspects import NONE, aspect_records, parse, polarity_records
from finetune.config import TrainConfig
from finetune.notes import GROUPS, SEVERITIES, WORDINGS, note_records, note_wordings, train_notes
from finetune.records import Record
from finetune.splits import FEWEST, folds, split_by_group
from finetune.tasks import fit_kind

SHIPPED = yaml.safe_load(WORDINGS.read_text(encoding="utf-8"))
SMALL: dict[str, Any] = {
    "spatter": {severity: [f"{severity} drops on $l {i:02}" for i in range(6)] for severity in SEVERITIES},
    "cracks": {severity: [f"{severity} fissure in $p {i:02}" for i in range(6)] for severity in SEVERITIES},
    "none": [f"lunch {i:02}" for i in range(GROUPS)],
    "nouns": {"spatter": ["spatter"], "cracks": ["cracking"]},
    "verdicts": {severity: [f"$n is {severity}, {i:02}" for i in range(12)] for severity in SEVERITIES},
}


def test_every_aspect_is_worded_in_every_severity_by_hand_and_no_wording_serves_two():
    aspects = [aspect for aspect in SHIPPED if aspect not in (NONE, "nouns", "verdicts")]
    assert aspects == list(SHIPPED["nouns"]) and len(aspects) == 11
    assert all(len(set(SHIPPED[aspect][severity])) == 6 for aspect in aspects for severity in SEVERITIES)
    own = [text for aspect in aspects for severity in SEVERITIES for text in SHIPPED[aspect][severity]]
    assert len({text.casefold() for text in (*own, *SHIPPED[NONE])}) == len(own) + len(SHIPPED[NONE])


@pytest.mark.parametrize("given", [SMALL, SHIPPED], ids=["small", "shipped"])
def test_every_placeholder_is_filled_and_every_severity_is_there(given: dict[str, Any]):
    records = note_records(given, joined=80)
    assert not [r.text for r in records if "$" in r.text]
    said = {pair for r in records for pair in parse(r).items()}
    assert said == {(aspect.capitalize(), severity) for aspect in given["nouns"] for severity in SEVERITIES}
    assert any(r.target == NONE for r in records) and any(len(parse(r)) == 2 for r in records)


def test_a_verdict_and_a_wording_are_in_one_group_whatever_they_are_filled_with():
    groups: dict[str, set[int]] = {}
    for wording in note_wordings(SMALL):
        key = wording.text.split(" is ")[-1] if " is " in wording.text else wording.text
        groups.setdefault(key, set()).add(wording.group)
    assert all(len(each) == 1 for each in groups.values())


def test_remarks_are_joined_within_a_group_alone():
    plain = {aspect: {severity: [f"{aspect} {severity} {i:02}" for i in range(6)] for severity in SEVERITIES} for aspect in ("spatter", "cracks")}
    given = SMALL | plain
    group_of = {w.text.lower(): f"wordings {w.group}" for w in note_wordings(given) if w.text.lower().startswith(("spatter ", "cracks "))}
    joined = [r for r in note_records(given, joined=200) if len(parse(r)) == 2]
    told = [{group for text, group in group_of.items() if text in r.text.lower()} - {r.group} for r in joined]
    assert len(joined) > 50 and not any(told)


def test_there_are_groups_enough_for_folds_with_a_validation_part():
    records = note_records(SHIPPED, joined=40)
    kind = fit_kind(aspect_records(records), TrainConfig(task="multilabel", base=Path("none"), loss="bce"))
    for fit, _ in folds([r.group for r in records], kind.encode(aspect_records(records)), 3, 7):
        part = [records[i] for i in fit]
        assert len({r.group for r in part}) >= FEWEST
        assert {str(r.target) for r in polarity_records(split_by_group(part, {"validation": 0.15}, 7)["validation"])} == set(SEVERITIES)


def test_equal_seeds_give_equal_notes():
    assert note_records(SMALL, seed=1) == note_records(SMALL, seed=1) != note_records(SMALL, seed=2)


def test_both_stages_are_trained_frozen_and_know_the_order_of_severities(monkeypatch: pytest.MonkeyPatch, tiny_base: Path, tmp_path: Path):
    seen: list[tuple[list[Record], TrainConfig, Path, dict[str, Any]]] = []
    monkeypatch.setattr(notes, "train_aspects", lambda records, config, out, progress, extra: seen.append((records, config, out, extra)))
    lines: list[str] = []
    train_notes(tiny_base, tmp_path, lines.append, seed=3, recipe="r1")
    (records, config, out, extra), = seen  # fmt: skip
    assert records == note_records(SHIPPED, seed=3) and out == tmp_path / "notes"
    assert extra == {"scale": list(SEVERITIES), "recipe": "r1"}
    assert (config.adapt, config.layers, config.data_label, config.promote) == ("frozen", None, "demo (synthetic)", "encoder")
    assert lines == ["notes: built"]
