"""Distillation: the loss is the kind's and the teacher's, unlabelled texts count for the teacher's part, and a student follows its teacher."""

import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from finetune.distil import Taught, distil
from finetune.kinds import Amounts, Classes, Kind, Labels
from finetune.records import Record

pytestmark = pytest.mark.usefixtures("fast_onnx")

KINDS: dict[str, tuple[Kind, np.ndarray]] = {
    "labels": (Labels(("a", "b")), np.array([[1, 0], [0, 1], [1, 1]], dtype=np.float32)),
    "classes": (Classes(("a", "b", "c")), np.array([2, 0, 1])),
    "amounts": (Amounts(("h",), (False,), (0.0,), (1.0,), (None,), (None,)), np.array([[0.5], [-1], [2]], dtype=np.float32)),
}
RNG = np.random.default_rng(1)


@pytest.mark.parametrize("name", KINDS)
def test_without_the_teachers_part_the_loss_is_the_kinds_own(name: str):
    kind, targets = KINDS[name]
    outputs, teacher = (RNG.normal(size=(3, kind.size)).astype(np.float32) for _ in range(2))
    taught = Taught(kind.names, kind, soft=0.0)
    joined = torch.from_numpy(taught.join(targets, teacher))
    assert torch.isclose(taught.loss(torch.from_numpy(outputs), joined), kind.loss(torch.from_numpy(outputs), torch.from_numpy(targets)))
    assert taught.score(joined.numpy(), outputs) == kind.score(targets, outputs)
    assert taught.per_name(joined.numpy(), outputs) == kind.per_name(targets, outputs)
    assert np.array_equal(taught.strata(joined.numpy()), kind.strata(targets))


@pytest.mark.parametrize("name", KINDS)
def test_the_teachers_part_is_least_and_flat_where_both_agree(name: str):
    kind, targets = KINDS[name]
    teacher = torch.from_numpy(RNG.normal(size=(3, kind.size)).astype(np.float32))
    taught = Taught(kind.names, kind, soft=1.0)
    joined = torch.from_numpy(taught.join(targets, teacher.numpy()))
    outputs = teacher.clone().requires_grad_(True)
    same = taught.loss(outputs, joined)
    same.backward()
    assert outputs.grad is not None and outputs.grad.abs().max() < 1e-6
    assert taught.loss(teacher + torch.tensor([1.0] + [0.0] * (kind.size - 1)), joined) > same


def test_the_classes_soft_loss_is_hintons():
    kind, targets = KINDS["classes"]
    teacher, outputs = (torch.from_numpy(RNG.normal(size=(3, 3)).astype(np.float32)) for _ in range(2))
    taught = Taught(kind.names, kind, temperature=3.0, soft=1.0)
    p = (teacher / 3).softmax(1)
    divergence = (p * (p.log() - (outputs / 3).log_softmax(1))).sum(1).mean()
    assert torch.isclose(taught.loss(outputs, torch.from_numpy(taught.join(targets, teacher.numpy()))), 9 * divergence)


@pytest.mark.parametrize("name", KINDS)
def test_unlabelled_examples_count_for_the_teachers_part_alone(name: str):
    kind, targets = KINDS[name]
    teacher, outputs = (RNG.normal(size=(4, kind.size)).astype(np.float32) for _ in range(2))
    taught = Taught(kind.names, kind)
    joined = np.vstack([taught.join(targets, teacher[:3]), taught.join(None, teacher[3:])])
    given = torch.from_numpy(outputs)
    hard = kind.loss(given[:3], torch.from_numpy(targets))
    soft = Taught(kind.names, kind, soft=1.0).loss(given, torch.from_numpy(joined))
    assert torch.isclose(taught.loss(given, torch.from_numpy(joined)), 0.5 * hard + 0.5 * soft)
    assert taught.score(joined, outputs) == kind.score(targets, outputs[:3]), "only what is labelled is scored"
    assert torch.isfinite(taught.loss(given[3:], torch.from_numpy(joined[3:]))), "a batch without any label"


@pytest.mark.parametrize("answer", [-4.0, 4.0])
def test_a_student_learns_of_unlabelled_texts_what_its_teacher_says(quick, answer: float):
    chance = random.Random(2)
    words = [chance.choice(["good", "bad"]) for _ in range(60)]
    records = [
        Record(f"the {chance.choice(['bead', 'spatter'])} is {word}", "up" if word == "good" else "down", str(i)) for i, word in enumerate(words)
    ]
    unlabelled = [Record(f"what {chance.choice(['result', 'shape'])} 7 {chance.choice('123')}", "", "") for _ in range(60)]
    kind, features = Classes(("down", "up")), np.zeros((60, 1), dtype=np.float32)

    def says(those: list[Record], _: np.ndarray) -> np.ndarray:
        up = np.array([answer if "what" in r.text else 4.0 if "good" in r.text else -4.0 for r in those], dtype=np.float32)
        return np.stack([-up, up], axis=1)

    teacher = SimpleNamespace(kind=kind, fused=True, outputs=says)
    config = quick("multilabel", epochs=0, probe_epochs=60)
    student = distil(teacher, records, features, kind.encode(records), config, lambda line: None, unlabelled, features)  # type: ignore[arg-type]
    assert student.kind is kind and student.config is config
    for part in (records, unlabelled):
        assert (student.outputs(part, features).argmax(1) == says(part, features).argmax(1)).mean() > 0.9
