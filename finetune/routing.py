"""Training questions for the shortlist encoder: wordings (handed in as data) with settings in many forms.

The form of the quantities varies independently of the wording (units, order, labels, what is left out),
because a model that sees "cm/min" only in one kind of question learns the unit instead of the question.
"""

import random
from pathlib import Path
from typing import Any

from finetune.config import TrainConfig
from finetune.engine import Progress
from finetune.records import Record
from finetune.run import train

MATERIALS = ["316L", "308L", "ER70S-6", "mild steel", "Inconel 625", "ER4043", "Ti-6Al-4V", "stainless steel", "aluminium"]
NOTES = [
    "Spatter all over the plate, nozzle full", "arc steady on layer 12, nothing to report", "wall bulges at the corner, gas bottle was empty",
    "Crack found in wall 3 after cooling, part scrapped", "wire jammed twice at 14:20, liner changed, fine since", "pores on layers 20 to 24",
    "Plate warped 3 mm, clamps tightened; bead shape good", "surface dark blue at 180 A, interpass above 200 °C",
    "3층부터 스패터가 심하고 노즐이 막힘", "아크가 불안정함, 송급은 정상", "균열 없음, 비드 외관 양호",
]  # fmt: skip
ANSWERS = [
    "Humping comes from too high a travel speed", "too little shielding gas", "keep the interpass temperature below 150 °C", "it is the heat input",
    "Balling means that the bead breaks up into balls", "the arc is too long and the substrate too cold", "0.6 kJ/mm at most",
    "k times U times I by v", "porosity, because of moisture on the wire",
    "이송 속도가 너무 높으면 험핑이 생긴다", "보호 가스가 부족해서", "층간 온도는 150도 이하",
]  # fmt: skip
PROCESSES = ["GMAW", "CMT", "TIG", "MIG", "GTAW", "plasma"]


def settings_text(chance: random.Random) -> str:
    """Settings as people write them: two to five quantities, sometimes with labels, a material or a process."""
    current, voltage, speed = chance.randint(70, 320), round(chance.uniform(12, 32), chance.choice([0, 1])), chance.uniform(2, 25)
    amps = chance.choice(["{} A", "{}A", "{} amps", "I = {} A", "current {} A", "{} amperes"]).format(current)
    volts = chance.choice(["{:g} V", "{:g}V", "{:g} volts", "U = {:g} V", "voltage {:g} V"]).format(voltage)
    speeds = chance.choice(
        [
            f"{speed:.0f} mm/s", f"{speed:.1f} mm/s", f"{speed * 6:.0f} cm/min", f"{speed * 60:.0f} mm/min", f"{speed * 2.362:.0f} in/min",
            f"{speed * 2.362:.0f} ipm", f"travel speed {speed:.1f} mm/s", f"v = {speed:.0f} mm/s", f"{speed * 0.06:.2f} m/min travel",
            f"{speed:.0f} mm per second", f"moving {speed * 6:.0f} cm/min",
        ]
    )  # fmt: skip
    parts = [amps, volts, speeds]
    if chance.random() < 0.2:
        parts.remove(chance.choice(parts))
    if chance.random() < 0.3:
        chance.shuffle(parts)
    if chance.random() < 0.25:
        parts.append(chance.choice(["WFS {:.1f} m/min", "{:.1f} m/min wire feed", "wire feed {:.1f} m/min"]).format(chance.uniform(2, 14)))
    for names in (MATERIALS, PROCESSES):
        if chance.random() < 0.25:
            parts.insert(chance.choice([0, len(parts)]), chance.choice(names))
    joined = chance.choice([", ", " ", " / ", "/", ", "]).join(parts)
    return joined if chance.random() < 0.6 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def length_text(chance: random.Random) -> str:
    return chance.choice(["{} mm", "{}mm", "{} cm", "{} millimetres"]).format(
        chance.randint(5, 40) if chance.random() < 0.2 else chance.randint(50, 400)
    )


def routing_records(wordings: dict[str, Any], repeats: int = 6, joined: int = 500, seed: int = 7) -> list[Record]:
    """Questions with the tools they ask for (joined by " or ", as the study joins labels). The group is the wording, so that a split tests
    wordings that training has not seen; of joined questions it is the first half, and the few short second halves are on both sides."""
    chance = random.Random(seed)
    records = []
    for tool, questions in wordings.items():
        if tool == "tails":
            continue
        for wording in questions:
            for _ in range(repeats if "{" in wording else 2):
                records.append(Record(_fill(wording, chance), tool, wording))
    tails = wordings["tails"]
    for _ in range(joined):
        first, second = chance.sample(sorted(tails), 2)
        head = chance.choice([w for w in wordings[first] if w.isascii() and ("{s}" in w or first == "search_knowledge")])
        tail = chance.choice(tails[second])
        text = f"{head.rstrip('?.')}{chance.choice([', and ', ' and ', '? And ', ' - also, ', '; '])}{tail}?"
        if "{s}" not in text:
            text = f"{text.rstrip('?')} at {{s}}?"
        records.append(Record(_fill(text, chance), f"{first} or {second}", head))
    return records


def _fill(wording: str, chance: random.Random) -> str:
    text = wording.replace("{s}", settings_text(chance)).replace("{l}", length_text(chance)).replace("{n}", chance.choice(NOTES))
    for place, said in zip(("{a}", "{r}"), chance.sample(ANSWERS, 2), strict=True):
        text = text.replace(place, said)
    return text.lower() if chance.random() < 0.1 else text


def train_router(wordings: dict[str, Any], base: Path, home: Path, progress: Progress = print, seed: int = 7, recipe: str | None = None) -> None:
    """Train, calibrate and export the shortlist encoder into `home`, on wordings; a fifth of them is held out to judge it."""
    config = TrainConfig(
        task="multilabel", base=base, loss="bce", seed=seed, folds=1, held_out=0.2, refit=False, candidates=("tfidf", "fused"), promote="encoder",
        epochs=2, epoch_tokens=20_000, body_lr=4e-5, data_label="generated questions",
    )  # fmt: skip
    extra = {"recipe": recipe} if recipe else {}
    train(routing_records(wordings, seed=seed), config, home / "router", lambda line: progress(f"router: {line}"), extra)
    progress("router: built")
