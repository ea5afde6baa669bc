"""The study's own file format: records {"instruction", "input", "output"}, one file a question, p1…p9 paraphrases of the same experiments.

Labels are joined by " or "; heat and energy outputs read `656.112.`, `Heat input is 656.112.` or `Energy is 61808.5.` `records.load`
reads such files as they are; this module writes simulated ones.
"""

import json
from pathlib import Path

from finetune.simulator import Experiment

QUESTIONS = {
    "p1": "What is the expected result of the bead with these experiment parameters?",
    "p3": "Given these parameters, which result do you expect for the bead?",
    "p5": "Predict the heat input.",
    "p7": "What is the heat input of this bead?",
    "p9": "How much heat input does the bead receive with these experiment parameters?",
    "energy": "Predict the energy.",
}


def write_study_files(folder: Path, train: list[Experiment], test: list[Experiment]) -> list[Path]:
    """Write experiments as the study's files: {train,test}_waam_cls_p1/p3 and …_pred_hi_p5/p7/p9, …_pred_energy."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for split, experiments in (("train", train), ("test", test)):
        for name, question in QUESTIONS.items():
            kind = "cls" if name in ("p1", "p3") else "pred_hi" if name != "energy" else "pred"
            path = folder / f"{split}_waam_{kind}_{name}.json"
            rows = [{"instruction": question, "input": e.conditions.to_text(question), "output": _output(name, e)} for e in experiments]
            path.write_text(json.dumps(rows, ensure_ascii=False, indent=1))
            written.append(path)
    return written


def _output(name: str, experiment: Experiment) -> str:
    if name in ("p1", "p3"):
        return " or ".join(experiment.labels)
    if name == "energy":
        return f"Energy is {experiment.energy_kj * 1000:.1f}."
    return f"{experiment.heat_input_j_mm:.3f}." if name == "p5" else f"Heat input is {experiment.heat_input_j_mm:.3f}."
