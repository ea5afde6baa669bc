"""The `waam finetune` verbs: flags in, one call into `finetune`, a few lines out."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.errors import BadInput, WaamError
from agent.progress import shown

if TYPE_CHECKING:
    from finetune.records import Columns

LOADING = "Loading the training libraries; this takes some seconds."
app = typer.Typer(no_args_is_help=True, help="Train, evaluate and mend models on your own experiments.")

Data = Annotated[Path, typer.Option("--data", help="JSON, JSONL or CSV, one record a row.")]
Model = Annotated[Path, typer.Option("--model", help="The folder that `waam finetune train --out` wrote.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Text = Annotated[str | None, typer.Option("--text", help="Text column (default: input), or several, separated by commas.")]
TextB = Annotated[str | None, typer.Option("--text-b", help="Column of the second text (pair, similarity).")]
Target = Annotated[str | None, typer.Option("--target", help="Target column (default: output), or several amounts, separated by commas.")]
Group = Annotated[str | None, typer.Option("--group", help="Column(s) whose equal rows stay on one side of every split.")]
Numbers = Annotated[str | None, typer.Option("--numbers", help="Numeric columns, separated by commas.")]
NewLabel = Annotated[list[str] | None, typer.Option("--new-label", help="A label that the data does not have yet; may be given again.")]


@app.command()
def train(
    train: Annotated[Path, typer.Option("--train", help="Training data: JSON, JSONL or CSV, one record a row.")],
    task: Annotated[str | None, typer.Option("--task", help="binary, multilabel, regression, pair, similarity or aspect.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the model.")] = None,
    serve_as: Annotated[
        str | None, typer.Option("--as", help="Instead of --out: what to serve: anomaly, defects, heat_input, energy, notes or grading.")
    ] = None,
    text: Text = None,
    text_b: TextB = None,
    target: Target = None,
    group: Group = None,
    numbers: Numbers = None,
    config: Annotated[Path | None, typer.Option("--config", help="YAML of settings; flags come before it.")] = None,
    base: Annotated[str | None, typer.Option(help="Encoder: a known name, a folder, or a name on the model hub.")] = None,
    loss: Annotated[str | None, typer.Option(help="binary, multilabel: bce or cross_entropy.")] = None,
    positive: Annotated[str | None, typer.Option(help="binary: the target that counts as 1, against all others.")] = None,
    scale: Annotated[str | None, typer.Option(help="regression: linear or log.")] = None,
    pairing: Annotated[str | None, typer.Option(help="two texts: separate, pair or concat.")] = None,
    candidates: Annotated[str | None, typer.Option(help="What to compare, separated by commas (default: all).")] = None,
    promote: Annotated[str | None, typer.Option(help="best, or encoder.")] = None,
    engine: Annotated[str | None, typer.Option(help="loop or trainer (HuggingFace).")] = None,
    adapt: Annotated[str | None, typer.Option(help="full, lora, ia3, prefix, prompt or frozen.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs of fine-tuning at most; 0: only heads.")] = None,
    folds: Annotated[int | None, typer.Option(help="1: hold a third out.")] = None,
    seeds: Annotated[str | None, typer.Option(help="Folds are repeated for each, such as 7,8,9.")] = None,
    metric: Annotated[str | None, typer.Option(help="That selects the best model, such as partial_score or loss.")] = None,
    data_label: Annotated[str | None, typer.Option(help="What cards and answers call the training data.")] = None,
    track: Annotated[str | None, typer.Option(help="mlflow or wandb, beside the run log on disk.")] = None,
) -> None:
    """Train on a data file; the last model stays in place until the new one is whole, and a killed run goes on.

    Example: waam finetune train --task regression --train beads.csv --target height_mean_mm --out models/height
    """
    with shown(LOADING) as progress:
        from finetune.aspects import train_aspects
        from finetune.config import read_config
        from finetune.grouping import told
        from finetune.records import load
        from finetune.run import train as run

        from_file = [int(s) for s in _several(seeds)] if seeds and all(s.strip().isdigit() for s in seeds.split(",")) else seeds
        flags: dict[str, Any] = {
            "task": task, "loss": loss, "positive": positive, "scale": scale, "pairing": pairing, "candidates": _several(candidates) or None,
            "promote": promote, "engine": engine, "adapt": adapt, "epochs": epochs, "folds": folds, "seeds": from_file, "metric": metric,
            "data_label": data_label, "track": track, "base": base,
            "columns": {"text": _several(text), "text_b": text_b, "target": _several(target), "group": _several(group), "numbers": _several(numbers)},
        }  # fmt: skip
        settings = read_config(config, flags)
        settings = settings.model_copy(update={"base": _base(str(settings.base), progress)})
        folder = _folder(out, serve_as)
        records = load(train, settings.columns)
        notes = [*dict.fromkeys(note for r in records if r.origin for note in r.origin.notes), *told(records)]
        for note in notes:
            progress(note)
        trainer = train_aspects if settings.task == "aspect" else run
        result = trainer(records, settings, folder, progress)
    for line in [*notes, *result.meta.get("remarks", [])]:
        print(line)
    print(f"{folder}: {', '.join(f'{name} {value:.4g}' for name, value in result.meta['scores'].items())} ({result.meta['scored_on']})")
    pages = [folder / stage / "report.html" for stage in result.meta.get("stages", [""])]
    print(f"See {folder / 'CARD.md'} and {' and '.join(map(str, pages))}.")


@app.command()
def evaluate(
    model: Model, data: Data, as_json: Json = False, text: Text = None, text_b: TextB = None, target: Target = None, numbers: Numbers = None
) -> None:
    """Score a model on labelled data, as the tools would load it. Of the rows, `unlike_training` is the share on which the model
    extrapolates, and `seen_in_training` the share that it was trained on, where its scores are too good.

    Example: waam finetune evaluate --model models/height --data new_beads.csv --json
    """
    from finetune.evaluate import evaluate as run
    from finetune.meanings import meaning

    scores = run(model, data, text=_several(text), text_b=text_b, target=_several(target), numbers=_several(numbers))
    for warning in scores.get("warnings", []):
        _progress(warning)
    if share := scores.get("seen_in_training"):
        _progress(
            f"{share:.0%} of the rows of {data.name} were in the training data, where scores are too good; score rows that the model has not seen."
        )
    if as_json:
        print(json.dumps(scores, ensure_ascii=False, indent=1))
        return
    for name, value in scores.items():
        if isinstance(value, float):
            print(f"{name:18} {value:8.4f}  {meaning(name)}")


@app.command()
def predict(model: Model, data: Data, text: Text = None, text_b: TextB = None) -> None:
    """Print what a model says of each record, one JSON line each. `warnings` are there where values lie outside the training range,
    where a row is unlike all training rows, or where the model is no better than a constant.

    Example: waam finetune predict --model models/height --data plan.csv
    """
    from finetune.evaluate import predict as run

    for line in run(model, data, text=_several(text), text_b=text_b):
        print(json.dumps(line, ensure_ascii=False))


@app.command()
def data(
    train: Annotated[Path, typer.Option("--train", help="Data file.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for data_report.html and .json.")],
    test: Annotated[Path | None, typer.Option("--test", help="A second file, checked for leakage from the first.")] = None,
    kind: Annotated[str, typer.Option(help="What the target is: labels, classes or amounts.")] = "labels",
    text: Text = None,
    text_b: TextB = None,
    target: Target = None,
    group: Group = None,
    numbers: Numbers = None,
) -> None:
    """Describe a data file with plots: labels and combinations, lengths, balance, quantities, leakage between splits.

    Example: waam finetune data --train train.json --test test.json --out report
    """
    from finetune.data_report import examine, write
    from finetune.records import load

    if kind not in ("labels", "classes", "amounts"):
        raise BadInput(f"--kind takes labels, classes or amounts, not {kind!r}.")
    columns = column_flags(text, text_b, target, group, numbers)
    splits = {name: load(path, columns) for name, path in (("train", train), ("test", test)) if path is not None}
    report = examine(splits, kind)  # type: ignore[arg-type]
    print("\n".join(report.findings))
    print(f"See {write(report, splits, out)}.")


@app.command()
def errors(model: Model, data: Data, out: Annotated[Path, typer.Option("--out", help="CSV to edit.")]) -> None:
    """Find labels that are probably wrong, and write them to a file that a person edits.

    Example: waam finetune errors --model models/height --data beads.csv --out doubtful.csv
    """
    from finetune.care import doubtful
    from finetune.relabel_file import write_relabel

    records, suspects = doubtful(model, data)
    print(f"{len(suspects)} of {len(records)} labels are doubtful.")
    if suspects:
        write_relabel(out, records, suspects)
        print(f"Fill in the column 'corrected' of {out} (a label, keep, or drop), then run:")
        print(f"waam finetune relabel --model {model} --data {data} --labels {out} --out {data.with_stem(data.stem + '_corrected')}")


@app.command()
def relabel(
    data: Data,
    labels: Annotated[Path, typer.Option("--labels", help="The edited file.")],
    out: Annotated[Path, typer.Option("--out", help="Corrected data file.")],
    model: Annotated[Path | None, typer.Option("--model", help="Take the column names and known labels from this model.")] = None,
    new_label: NewLabel = None,
    text: Text = None,
    text_b: TextB = None,
    target: Target = None,
    numbers: Numbers = None,
) -> None:
    """Write a data file with the corrections of an edited label file. Labels that are not in the data are refused, unless --new-label
    allows them.

    Example: waam finetune relabel --data beads.csv --labels doubtful.csv --model models/height --out beads2.csv
    """
    from finetune.care import corrected
    from finetune.served import columns_of, open_model

    columns = columns_of(open_model(model)) if model else column_flags(text, text_b, target, None, numbers)
    changed, dropped = corrected(data, labels, columns, out, model, new_label or ())
    print(f"{out}: {changed} targets changed, {dropped} rows dropped.")


@app.command()
def loop(
    model: Model,
    train: Annotated[Path, typer.Option("--train", help="The data the model was trained on.")],
    pool: Annotated[Path, typer.Option("--pool", help="Records that are not labelled yet.")],
    labels: Annotated[Path, typer.Option("--labels", help="The label file: written if it is not there, used if it is.")],
    budget: Annotated[int, typer.Option(help="How many records to label.", min=1)] = 20,
    new_label: NewLabel = None,
    base: Annotated[str | None, typer.Option(help="Encoder, as for train (default: the model's own).")] = None,
) -> None:
    """One round of improvement: choose what to label; once it is labelled, retrain, compare, and promote or keep.

    Example: waam finetune loop --model models/height --train beads.csv --pool plan.csv --labels to_label.csv
    """
    from finetune.care import merged
    from finetune.config import TrainConfig
    from finetune.improve import answered, ask, retrain
    from finetune.records import load
    from finetune.served import columns_of, open_model

    if not labels.exists():
        count = ask(model, pool, budget, labels)
        print(f"{count} records are in {labels}; fill in its column 'corrected' and run this again.")
        return
    encoder = open_model(model)
    meta, columns = encoder.meta, columns_of(encoder, group=tuple(encoder.meta["columns"]["group"]))
    config = TrainConfig(**meta["config"], base=_base(base or meta["base"], _progress), columns=columns)
    records = load(train, columns)
    new = answered(pool, labels, model, records, new_label or ())
    with shown("Training on old and new records") as progress:
        result = retrain(model, records, new, config, progress)
    if result.promoted:
        together = train.with_name(f"{train.stem}_{len(records) + len(new)}{train.suffix}")
        merged(train, pool, new, columns, together)
        print(f"The model in use is now trained on {together}; give that as --train from here on.")
    verdict = "promoted" if result.promoted else "kept the model in use"
    print(f"{verdict}: {result.metric} {result.before:.4f} before, {result.after:.4f} with {result.added} more records")


@app.command()
def compress(
    train: Annotated[Path, typer.Option("--train", help="Training data.")],
    task: Annotated[str, typer.Option("--task", help="As for train.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the table and the int8 models.")],
    held: Annotated[Path | None, typer.Option("--held", help="Data to measure quality on (default: a fifth of the experiments).")] = None,
    text: Text = None,
    text_b: TextB = None,
    target: Target = None,
    group: Group = None,
    numbers: Numbers = None,
    base: Annotated[str, typer.Option(help="Encoder to make small, as for train.")] = "all-minilm-l6-v2",
    teacher: Annotated[str | None, typer.Option(help="Encoder to distil from, such as all-mpnet-base-v2.")] = None,
) -> None:
    """Measure int8, pruning, fewer layers and distillation of an encoder: size, speed and quality in one table.

    Example: waam finetune compress --task binary --train beads.json --out small
    """
    from finetune.compress import compress as run
    from finetune.config import read_config
    from finetune.records import load
    from finetune.splits import split_by_group

    columns = {"text": _several(text), "text_b": text_b, "target": _several(target), "group": _several(group), "numbers": _several(numbers)}
    config = read_config(None, {"task": task, "base": _base(base, _progress), "columns": columns})
    records = load(train, config.columns)
    parts = split_by_group(records, {"held": 0.2}, config.seed) if held is None else {"train": records, "held": load(held, config.columns)}
    with shown("Training and measuring each form") as progress:
        run(parts["train"], parts["held"], config, out, _base(teacher, progress) if teacher else None, progress)
    print((out / "compress.md").read_text(encoding="utf-8"))


@app.command()
def study(out: Annotated[Path, typer.Option("--out", help="Folder for the files.")], seed: int = 7) -> None:
    """Write simulated experiments in the study's own files: 112 to train, 28 to test, every question.

    Example: waam finetune study --out study
    """
    from finetune.simulator import simulate_study
    from finetune.study import write_study_files

    for path in write_study_files(out, *simulate_study(seed)):
        print(path)


@app.command()
def versions(model: Model) -> None:
    """List the versions of a model: when each was made, on how many rows, and its main metric with the spread over folds. The one in
    use is marked with a star.

    Example: waam finetune versions --model models/height
    """
    from finetune.registry import listed

    rows = listed(model)
    widths = {key: max(len(row[key]) for row in rows) for key in rows[0]} if rows else {}
    for row in rows:
        print(" ".join(f"{row[key]:{width}}" if key != "rows" else f"{row[key]:>{width}} rows" for key, width in widths.items()).rstrip())


@app.command()
def rollback(model: Model, version: Annotated[str | None, typer.Option(help="Part of its name (default: the one before).")] = None) -> None:
    """Use an earlier version of a model again.

    Example: waam finetune rollback --model models/height
    """
    from finetune.registry import rollback as run

    print(f"{model} is now {run(model, version).name}")


def _several(names: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip()) if names else ()


def _folder(out: Path | None, serve_as: str | None) -> Path:
    """Where the model goes. The four tools' models live in the models home."""
    from agent.build import DEMO
    from agent.settings import settings

    if serve_as is not None and serve_as not in DEMO:
        raise BadInput(f"No tool serves {serve_as!r}; --as takes one of {', '.join(DEMO)}.")
    if (out is None) == (serve_as is None):
        raise BadInput("Say where the model goes: --out FOLDER, or --as TOOL to serve it.")
    return out if out is not None else settings().models / str(serve_as)


def _base(name: str, progress: Callable[[str], None]) -> Path:
    """The folder of a base encoder: a folder as it is, a known name fetched, any other from the model hub."""
    from agent.settings import settings
    from agent.weights import catalog, fetch

    if Path(name).is_dir():
        return Path(name)
    if name in catalog():
        fetch(name, settings().models, progress)
        return settings().models / name
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=["config.json", "*.safetensors", "tokenizer.json"]))
    except Exception as error:  # the hub's errors share no base
        raise WaamError(f"The encoder {name!r} is not known here and the model hub could not be asked ({type(error).__name__}).") from None


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def column_flags(text: str | None, text_b: str | None, target: str | None, group: str | None, numbers: str | None) -> "Columns":
    """The columns that the flags name."""
    from finetune.records import Columns

    flags: dict[str, Sequence[str] | str | None] = {
        "text": _several(text), "text_b": text_b, "target": _several(target), "group": _several(group), "numbers": _several(numbers),
    }  # fmt: skip
    return Columns(**{name: value for name, value in flags.items() if value})  # type: ignore[arg-type]
