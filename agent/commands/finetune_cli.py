"""The `waam finetune` verbs: flags in, one call into `finetune`, a few lines out."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.commands import finetune_care_cli, finetune_llm_cli
from agent.commands.finetune_options import (
    LOADING,
    Data,
    Group,
    Model,
    Numbers,
    Target,
    Text,
    TextB,
    base_of,
    column_flags,
    folder_of,
    several,
)
from agent.commands.options import Json
from agent.errors import BadInput
from agent.shown.progress import progress_line, shown

app = typer.Typer(no_args_is_help=True, help="Train, evaluate and mend models on your own experiments.")
app.add_typer(finetune_care_cli.app)
app.add_typer(finetune_llm_cli.app)


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

        from_file = [int(s) for s in several(seeds)] if seeds and all(s.strip().isdigit() for s in seeds.split(",")) else seeds
        flags: dict[str, Any] = {
            "task": task, "loss": loss, "positive": positive, "scale": scale, "pairing": pairing, "candidates": several(candidates) or None,
            "promote": promote, "engine": engine, "adapt": adapt, "epochs": epochs, "folds": folds, "seeds": from_file, "metric": metric,
            "data_label": data_label, "track": track, "base": base,
            "columns": {"text": several(text), "text_b": text_b, "target": several(target), "group": several(group), "numbers": several(numbers)},
        }  # fmt: skip
        settings = read_config(config, flags)
        settings = settings.model_copy(update={"base": base_of(str(settings.base), progress)})
        folder = folder_of(out, serve_as)
        records = load(train, settings.columns)
        notes = [*dict.fromkeys(note for r in records if r.origin for note in r.origin.notes), *told(records)]
        for note in notes:
            progress(note)
        trainer = train_aspects if settings.task == "aspect" else run
        result = trainer(records, settings, folder, progress)
    for line in result.meta.get("remarks", []):
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

    scores = run(model, data, text=several(text), text_b=text_b, target=several(target), numbers=several(numbers))
    for warning in scores.get("warnings", []):
        progress_line(warning)
    if share := scores.get("seen_in_training"):
        progress_line(
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

    for line in run(model, data, text=several(text), text_b=text_b):
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

    columns = {"text": several(text), "text_b": text_b, "target": several(target), "group": several(group), "numbers": several(numbers)}
    config = read_config(None, {"task": task, "base": base_of(base, progress_line), "columns": columns})
    records = load(train, config.columns)
    parts = split_by_group(records, {"held": 0.2}, config.seed) if held is None else {"train": records, "held": load(held, config.columns)}
    with shown("Training and measuring each form") as progress:
        run(parts["train"], parts["held"], config, out, base_of(teacher, progress) if teacher else None, progress)
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
