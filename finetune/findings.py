"""What a person should know of a data set before training on it: sentences, the gravest first."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from scipy.stats import ks_2samp

from finetune.contents import Contents, Splits, What, target_columns
from finetune.leakage import Leak

LISTED, FEW, SHIFT = 8, 10, 0.001
BEYOND = 0.05  # of the range that training covers: less than that is no news


def findings(described: Mapping[str, Contents], leaks: Sequence[Leak], splits: Splits, kind: What) -> Iterator[str]:
    """Sentences on leakage, faults of rows, targets, and ranges that training does not cover; `described` has the contents of `splits`."""
    for leak in leaks:
        if leak.rows:
            yield _leak_sentence(leak, described[leak.splits[1]])
    if len(splits) > 1 and not any(leak.rows for leak in leaks):
        yield "No leakage between the splits was found: no shared group, no identical or nearly identical text, no text with the same numbers."
    for name, split in described.items():
        if split.rows == 0:
            yield f"{name} is empty."
        for count, what in (
            (split.empty_texts, "have no text"),
            (split.missing_targets, "have no target"),
            (split.duplicate_texts, "repeat the text of an earlier row"),
        ):
            if count:
                yield f"{count} of {split.rows} rows of {name} {what if count > 1 else what.replace('have', 'has').replace('repeat', 'repeats')}."
        if split.contradictions:
            yield f"{split.contradictions} texts of {name} occur with different targets: no model can get all of them right."
    yield from _target_findings(described, splits, kind)
    yield from _range_findings(described)


def _leak_sentence(leak: Leak, second: Contents) -> str:
    one, other = leak.splits
    noun = "experiments" if second.quantities else "groups"
    share = {
        "groups": f"{leak.groups} of {second.groups} {other} groups also appear in {one}",
        "identical texts": f"{leak.rows} of {second.rows} {other} rows have a text that is also in {one}",
        "same numbers": f"{leak.groups} of {second.groups} {other} {noun} also appear in {one} (same numbers)",
        "near-duplicate texts": f"{leak.rows} of {second.rows} {other} rows have almost the same text as a row of {one}",
    }[leak.kind]
    return f"{share}: scores on this split will be too good."


def _target_findings(described: Mapping[str, Contents], splits: Splits, kind: What) -> Iterator[str]:
    if kind == "amounts":
        for (one, a), (other, b) in combinations(splits.items(), 2):
            for i, (x, y) in enumerate(zip(target_columns(a), target_columns(b), strict=False), 1):
                if min(len(x), len(y)) >= FEW and (p := float(ks_2samp(x, y, method="asymp").pvalue)) < SHIFT:
                    which = f"target {i}" if len(target_columns(a)) > 1 else "the target"
                    yield f"{which.capitalize()} is distributed differently in {one} and {other} (Kolmogorov-Smirnov p = {p:.1g})."
        return
    first, *others = described
    trained = described[first]
    if trained.rows and len(trained.labels) < 2:
        yield f"{first} has only {'one label' if trained.labels else 'no label'}: nothing can be learnt from it."
    few = {name: count for name, count in trained.labels.items() if count < FEW}
    if few:
        yield f"Rare in {first}: {_listed([f'{name} ({count})' for name, count in few.items()])}; fewer than {FEW} rows of a label teach little."
    for name in others:
        if unseen := [label for label in described[name].labels if label not in trained.labels]:
            yield f"{name} has labels that {first} never has: {_listed(unseen)}."
    for name, split in described.items():
        if split.labels and split.rows >= FEW and (top := max(split.combinations.items(), key=lambda item: item[1]))[1] > 0.9 * split.rows:
            yield f"Always answering {top[0]} is right for {top[1] / split.rows:.1%} of {name}: judge by macro F1, not by accuracy."


def _range_findings(described: Mapping[str, Contents]) -> Iterator[str]:
    first, *others = described
    known = described[first].quantities
    for name in others:
        outside = []
        for quantity, there in described[name].quantities.items():
            here = known.get(quantity)
            if here is None:
                outside.append(f"{quantity} (never in {first})")
            elif "values" in there:
                if new := [value for value in there["values"] if value not in here.get("values", {})]:
                    outside.append(f"{quantity} ({_listed(new)})")
            elif max(here["lowest"] - there["lowest"], there["highest"] - here["highest"]) > BEYOND * (here["highest"] - here["lowest"]):
                outside.append(f"{quantity} ({there['lowest']:.4g} to {there['highest']:.4g}, {first} {here['lowest']:.4g} to {here['highest']:.4g})")
        if outside:
            yield f"{name} goes beyond what {first} covers: {'; '.join(outside)}."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
