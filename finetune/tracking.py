"""What a run leaves behind: a log on disk that needs no server, and if asked for, the same in MLflow or Weights & Biases."""

import importlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finetune.records import DataError

LOG = "run.jsonl"
PACKAGES = {"mlflow": "mlflow-skinny", "wandb": "wandb"}


class RunLog:
    """Appends one JSON line an event: `{"time", "event", …}`. A killed run's log goes on when the run does."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.parent.mkdir(parents=True, exist_ok=True)

    def __call__(self, event: str, **what: Any) -> None:
        line = json.dumps({"time": time.strftime("%Y-%m-%dT%H:%M:%S"), "event": event, **what}, ensure_ascii=False)
        with self.file.open("a", encoding="utf-8") as log:
            log.write(line + "\n")


def available(tracker: str) -> None:
    """Raises DataError, before anything is trained, if the tracker is not installed."""
    if tracker == "none":
        return
    try:
        importlib.import_module(tracker)
    except ImportError:
        raise DataError(f"--track {tracker} needs the package {PACKAGES[tracker]}; install it with `pip install {PACKAGES[tracker]}`.") from None


def send(tracker: str, meta: Mapping[str, Any]) -> None:
    """Hand a finished run's configuration, scores and per-epoch tables to the tracker; wandb keeps them on this machine unless the
    user's own settings say otherwise."""
    if tracker == "none":
        return
    settings = {key: str(value) for key, value in meta["config"].items()} | {"base": meta["base"], "version": meta["version"]}
    held = {f"{name}/{metric}": mean for name, table in meta["compared"].items() for metric, (mean, _) in table.items()}
    steps = [
        (int(row["epoch"]), {f"{name}/{k}": v for k, v in row.items() if k != "epoch"}) for name, rows in meta["history"].items() for row in rows
    ]
    module: Any = importlib.import_module(tracker)
    if tracker == "mlflow":
        module.set_experiment("waam")
        with module.start_run(run_name=meta["name"]):
            module.log_params(settings)
            module.log_metrics(held | dict(meta["scores"]))
            for epoch, scores in steps:
                module.log_metrics(scores, step=epoch)
        return
    run = module.init(project="waam", name=meta["name"], config=settings, mode="offline")
    for epoch, scores in steps:
        run.log(scores | {"epoch": epoch})
    run.summary.update(held | dict(meta["scores"]))
    run.finish()
