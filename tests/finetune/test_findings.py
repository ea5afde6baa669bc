"""What a person is told of a data set: faults are named with their numbers, and what is in order is not mentioned."""

from finetune.contents import What, describe
from finetune.findings import findings
from finetune.leakage import Leak
from finetune.records import Record


def told(kind: What, *leaks: Leak, **splits: list[Record]) -> list[str]:
    return list(findings({name: describe(records, kind) for name, records in splits.items()}, leaks, splits, kind))


def texts(name: str, labels: list[str]) -> list[Record]:
    return [Record(f"{name} {'x' * i}", label, f"{name}{i}") for i, label in enumerate(labels)]


def test_each_kind_of_leak_has_its_sentence_and_comes_first():
    train, test = texts("a", ["Normal", "Humping"] * 10), texts("b", ["Normal", "Humping"] * 5)
    for kind, says in (
        ("groups", "3 of 10 test groups also appear in train"),
        ("identical texts", "4 of 10 test rows have a text that is also in train"),
        ("same numbers", "3 of 10 test groups also appear in train (same numbers)"),
        ("near-duplicate texts", "4 of 10 test rows have almost the same text as a row of train"),
    ):
        leak = Leak(kind, ("train", "test"), rows=4, groups=3, examples=[])  # type: ignore[arg-type]
        assert told("labels", leak, train=train, test=test)[0] == f"{says}: scores on this split will be too good."
    stated = [Record("The current is 150 A.", "Normal", str(i)) for i in range(2)]
    leak = Leak("same numbers", ("train", "test"), rows=2, groups=1, examples=[])
    assert told("labels", leak, train=stated, test=stated)[0].startswith("1 of 2 test experiments also appear in train (same numbers)")


def test_no_leak_is_told_of_several_splits_and_not_of_one():
    one = texts("a", ["Normal", "Humping"] * 10)
    assert told("labels", Leak("groups", ("train", "test"), 0, 0, []), train=one, test=one)[0].startswith("No leakage between the splits was found")
    assert told("labels", data=one) == []


def test_faults_of_rows_are_told_in_numbers():
    rows = [Record("same", "a", "1"), Record("Same ", "b", "2"), Record(" ", "a", "3"), *texts("t", ["a", "b"] * 10)]
    sentences = told("classes", data=rows)
    assert "1 of 23 rows of data has no text." in sentences and "1 of 23 rows of data repeats the text of an earlier row." in sentences
    assert "2 of 24 rows of data repeat the text of an earlier row." in told("classes", data=[*rows, rows[0]])
    assert "1 texts of data occur with different targets: no model can get all of them right." in sentences
    assert "train is empty." in told("amounts", train=[], test=[])


def test_labels_that_are_rare_unseen_or_everywhere():
    train, test = texts("a", ["Normal"] * 30), texts("b", ["Humping", *["Normal"] * 11])
    sentences = told("labels", train=train, test=test)
    assert "test has labels that train never has: Humping." in sentences and "train has only one label: nothing can be learnt from it." in sentences
    assert any(sentence.startswith("Always answering Normal is right for 91.7% of test") for sentence in sentences)
    rare = told("labels", train=texts("a", ["Normal"] * 30 + ["Humping"] * 9 + ["Balling"] * 10))
    assert rare == ["Rare in train: Humping (9); fewer than 10 rows of a label teach little."]


def test_a_shift_of_the_target_is_told_of_the_target_that_shifts():
    def part(name: str, low: float) -> list[Record]:
        return [Record(f"{name} {'z' * i}", (f"Heat input is {low + i}.", float(i)), f"{name}{i}") for i in range(50)]

    sentences = told("amounts", train=part("a", 0), test=part("b", 100))
    assert any(sentence.startswith("Target 1 is distributed differently in train and test") for sentence in sentences)
    assert not any(sentence.startswith("Target 2") for sentence in sentences)


def test_ranges_beyond_training_are_told_and_a_hair_beyond_is_not():
    def part(name: str, currents: list[float]) -> list[Record]:
        return [Record(f"{name} {i}", "a", f"{name}{i}", numbers=(("current_a", c), ("gap", float("nan")))) for i, c in enumerate(currents)]

    sentences = told("classes", train=part("a", [100, 200]), test=part("b", [150, 300]), more=part("c", [99, 201]))
    assert "test goes beyond what train covers: current_a (150 to 300, train 100 to 200)." in sentences
    assert not any(sentence.startswith("more goes beyond") for sentence in sentences)
