"""Versions of a model on disk: the one in use is a link, so that a kill at any moment leaves a whole model in place."""

import json
import os
import shutil
from datetime import datetime
from pathlib import Path

from finetune.records import DataError
from tools.encoder import META

KEPT = 5  # versions of a model


def versions_of(model: Path) -> Path:
    """Where the versions of `model` live: `.versions/NAME` beside it."""
    return model.parent / ".versions" / model.name


def promote(made: Path, model: Path, version: str) -> Path:
    """Take the folder `made` into the versions of `model` and link `model` to it, in one step. Returns the version's folder."""
    home = versions_of(model)
    home.mkdir(parents=True, exist_ok=True)
    if model.exists() and not model.is_symlink():  # a folder from before there were versions
        before = _free(home, "before")
        model.rename(before)
        _link(model, before)
    place = _free(home, version)
    made.rename(place)
    _link(model, place)
    for old in versions(model)[:-KEPT]:
        if old != current(model):
            shutil.rmtree(old)
    return place


def versions(model: Path) -> list[Path]:
    """The versions of `model`, the oldest first."""
    return sorted((p for p in versions_of(model).glob("*") if p.is_dir()), key=lambda p: int(p.name.split("-")[0]))


def listed(model: Path) -> list[dict[str, str]]:
    """For each version its name, when it was made, rows, main metric with the spread over folds, and whether it is in use; – where a
    version does not say."""
    return [{"": "*" if version == current(model) else ""} | _told(version) for version in versions(model)]


def _told(version: Path) -> dict[str, str]:
    try:
        meta = json.loads((version / META).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        meta = {}
    metric, made = str(meta.get("metric", "")), str(meta.get("made", ""))
    score, spread = meta.get("scores", {}).get(metric), meta.get("spread", {}).get(metric)
    said = "–" if score is None else f"{metric} {score:.4g}" + ("" if spread is None else f" ± {spread:.2g}")
    if not made and (version / META).exists():
        made = datetime.fromtimestamp((version / META).stat().st_mtime).isoformat(timespec="seconds")
    return {"version": version.name, "made": made[:16].replace("T", " ") or "–", "rows": str(meta.get("records", "–")), "score": said}


def current(model: Path) -> Path | None:
    """The version that is in use."""
    return model.resolve() if model.is_symlink() else None


def rollback(model: Path, version: str | None = None) -> Path:
    """Use the version before the current one, or the named one. Raises DataError where there is none."""
    known = versions(model)
    if version is not None:
        chosen = [p for p in known if version in p.name]
        if len(chosen) != 1:
            raise DataError(f"{model.name} has no single version {version!r}; it has {', '.join(p.name for p in known) or 'none'}.")
    else:
        now = current(model)
        if now not in known or known.index(now) == 0:
            raise DataError(f"{model.name} has no version before this one; it has {', '.join(p.name for p in known) or 'none'}.")
        chosen = [known[known.index(now) - 1]]
    _link(model, chosen[0])
    return chosen[0]


def _link(model: Path, target: Path) -> None:
    new = model.with_name(f".{model.name}.link")
    new.unlink(missing_ok=True)
    new.symlink_to(os.path.relpath(target, model.parent))
    new.replace(model)  # atomic


def _free(home: Path, version: str) -> Path:
    """`0007-version`: numbered in the order of making."""
    number = max((int(p.name.split("-")[0]) for p in home.glob("*-*")), default=0) + 1
    return home / f"{number:04d}-{version}"
