"""What a shift note or an inspection remark says of the process: aspects, how serious each is, and the words that say so."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tools.aspects import NONE, AspectModel, Carried, Rating, load_aspects
from tools.encoder import NOVEL
from tools.result import Estimate, ToolResult
from tools.sentences import beginning, clean, latin, sentences

MODEL = "notes"
HARDLY = 0.1  # of the log-odds: less is within what int8 inference itself varies by
SHARE, MOST = 0.5, 3  # words are named that add this share of what the strongest one adds; and at most so many
HOW = (
    "The note is read sentence by sentence. Of several sentences on one aspect the most serious one counts (the likeliest, for a model that "
    "does not say how its polarities are ordered). One word of that sentence at a time is masked; those that carry the aspect most are named."
)


@dataclass(frozen=True)
class Mention:
    """One sentence that speaks of an aspect."""

    sentence: str
    rating: Rating


def analyze_note(note: str, plots_folder: str | None = None) -> ToolResult:
    """Read a shift note, operator's remark or inspection report: which aspects of the process it speaks of (spatter, bead shape, porosity, arc
    stability, cracks ...), how good or bad each is (one of five), and the words that say so."""
    parts = sentences(clean(note, "note"))
    model = load_aspects(MODEL)
    rows = _rows(model, parts)
    result = ToolResult(
        tool="analyze_note",
        summary=_summary(rows),
        estimates=[
            estimate
            for row in rows
            for estimate in (
                Estimate(name=row["aspect"], value=True, probability=row["probability"]),
                Estimate(name=f"severity of {row['aspect']}", value=row["severity"], probability=row["severity_probability"]),
            )
        ],
        warnings=_warnings(model, parts, rows),
        model=model.info,
        inputs={"note": note},
        details={
            "aspects": rows,
            "known_aspects": [name for name in model.aspects.names if name.casefold() != NONE],
            "sentences": parts,
            "scale": model.meta.get("scale", []),
            "how": HOW,
        },
    )
    if plots_folder is not None:
        from tools.figures import folder_for
        from tools.note_plot import draw

        result.plots = [str(path) for path in draw(result, folder_for(plots_folder))]
    return result


def _rows(model: AspectModel, parts: Sequence[str]) -> list[dict[str, Any]]:
    """One row an aspect, the most serious first."""
    scale: list[str] = model.meta.get("scale", [])
    said: dict[str, list[Mention]] = defaultdict(list)
    for part, ratings in zip(parts, model.rate(parts) if parts else [], strict=True):
        for rating in ratings:
            said[rating.aspect].append(Mention(part, rating))

    def seriousness(mention: Mention) -> tuple[int, float]:
        polarity = mention.rating.polarity
        return scale.index(polarity) if polarity in scale else 0, mention.rating.probability

    deciding = {aspect: max(mentions, key=seriousness) for aspect, mentions in said.items()}
    of_sentence: dict[str, list[str]] = defaultdict(list)
    for aspect, mention in deciding.items():
        of_sentence[mention.sentence].append(aspect)
    carried = {aspect: words for sentence, aspects in of_sentence.items() for aspect, words in model.carried(sentence, aspects).items()}
    order = sorted(deciding, key=lambda aspect: seriousness(deciding[aspect]), reverse=True)
    return [_row(deciding[aspect], said[aspect], carried[aspect]) for aspect in order]


def _row(deciding: Mention, mentions: Sequence[Mention], carried: Sequence[Carried]) -> dict[str, Any]:
    rating = deciding.rating
    return {
        "aspect": rating.aspect.lower(),
        "probability": round(rating.probability, 4),
        "severity": rating.polarity,
        "severity_probability": round(rating.polarities[rating.polarity], 4),
        "severities": {name: round(value, 4) for name, value in rating.polarities.items()},
        "possible": list(rating.possible),
        "sentence": deciding.sentence,
        "words": _carrying(carried),
        "masked": [{"words": c.words, "probability": round(c.probability, 4), "weight": round(c.weight, 4)} for c in carried],
        "mentions": [
            {"sentence": m.sentence, "probability": round(m.rating.probability, 4), "severity": m.rating.polarity,
             "severity_probability": round(m.rating.polarities[m.rating.polarity], 4)}
            for m in mentions
        ],
    }  # fmt: skip


def _carrying(carried: Sequence[Carried]) -> list[str]:
    """The words that add most to the aspect, in the order of the text."""
    bar = max(HARDLY, SHARE * max((c.weight for c in carried), default=0.0))
    strongest = sorted((i for i, c in enumerate(carried) if c.weight >= bar), key=lambda i: -carried[i].weight)[:MOST]
    return [carried[i].words for i in sorted(strongest)]


def _summary(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "The note speaks of none of the aspects that the model knows."
    said = [
        f"{row['aspect']} (spoken of with probability {row['probability']:.2f}"
        + (f", by “{'”, “'.join(row['words'])}”)" if row["words"] else ")")
        + f" is {'likeliest ' if len(row['possible']) > 1 else ''}{row['severity']} (probability {row['severity_probability']:.2f})"
        for row in rows
    ]
    return f"By the note, {', '.join(said[:-1])} and {said[-1]}." if len(said) > 1 else f"By the note, {said[0]}."


def _warnings(model: AspectModel, parts: Sequence[str], rows: Sequence[dict[str, Any]]) -> list[str]:
    found = []
    if "synthetic" in model.info.data_label:
        found.append(
            f"This is a {model.info.data_label} model, trained on made-up notes in English; train it on your own with "
            "`waam finetune train --task aspect --as notes`."
        )
        if not latin(" ".join(parts)):
            found.append("The note is not in English, which is all that the demo model has read; take what it says as a guess.")
    if doubtful := [row["aspect"] for row in rows if row["probability"] < 0.5]:
        found.append(f"It is likelier that the note does not speak of this: {', '.join(doubtful)}.")
    scale = model.meta.get("scale", [])
    for row in rows:
        if len(possible := sorted(row["possible"], key=lambda name: scale.index(name) if name in scale else 0)) > 1:
            level = model.polarity.calibration.level
            found.append(
                f"Of {row['aspect']} it may say {', '.join(possible[:-1])} or {possible[-1]} ({level:.0%} conformal set); "
                f"read “{beginning(row['sentence'])}” yourself."
            )
    for row in rows:
        if len({mention["severity"] for mention in row["mentions"]}) > 1:
            others = [f"{m['severity']} in “{beginning(m['sentence'])}”" for m in row["mentions"] if m["severity"] != row["severity"]]
            found.append(f"The note says different things of {row['aspect']}: also {', '.join(others[:3])}.")
    novelty = model.aspects.novelty(parts, model.aspects.rows(parts)) if parts else ()
    strange = [part for part, share in zip(parts, novelty, strict=True) if share >= NOVEL]
    if count := len(strange):
        first = beginning(strange[0])
        found.append(f"{count} of {len(parts)} sentences {'is' if count == 1 else 'are'} unlike those the model was trained on, such as “{first}”.")
    return found
