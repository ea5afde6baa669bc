"""The verbs of `waam finetune` that mend data: doubtful labels, what a person wrote about them, and the loop that retrains."""

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.finetune_options import Data, Model, NewLabel, Numbers, Target, Text, TextB, base_of, column_flags
from agent.shown.progress import progress_line, shown

app = typer.Typer()


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
    config = TrainConfig(**meta["config"], base=base_of(base or meta["base"], progress_line), columns=columns)
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
