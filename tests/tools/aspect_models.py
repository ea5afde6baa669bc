"""A small aspect model on disk: the word "four" speaks of spatter, "five" of spatter and of cracks, any other word of nothing."""

import json
from pathlib import Path
from typing import Any

from tests.tools.fakes import labels, write_model
from tools.encoder import FORM, META

SCALE = ["excellent", "good", "acceptable", "poor", "critical"]


def write_aspect_model(folder: Path, **meta: Any) -> Path:
    """Its body gives the number of words n and the sum of their numbers s ("four" is 6, "five" 7, an unknown word 1). Stage one has
    s - 2.5 n for spatter and s - 6.5 n for cracks; stage two 0.4 n for good and s - 3.2 n for critical, n and s with the aspect's name."""
    folder.mkdir(parents=True)
    aspects_head = [[0, -2.5, -6.5], [0, 1, 1], [0, 0, 0]]
    write_model(folder / "aspects", [(1.0, {"pooled": aspects_head})], body="small", output=labels("None", "Spatter", "Cracks"))
    aspects = json.loads((folder / "aspects" / META).read_text())
    aspects["calibration"]["thresholds"] = [0.9, 0.5, 0.5]
    (folder / "aspects" / META).write_text(json.dumps(aspects))
    polarity = [[0, 0.4, 0, 0, -3.2], [0, 0, 0, 0, 1], [0] * 5]
    write_model(folder / "polarity", [(1.0, {"pooled": polarity})], body="small", two_texts="concat", output={"kind": "classes", "names": SCALE})
    polarities = json.loads((folder / "polarity" / META).read_text())
    polarities["calibration"]["set_quantile"] = 0.75
    (folder / "polarity" / META).write_text(json.dumps(polarities))
    saved = {"form": FORM, "task": "aspect", "name": folder.name, "version": "v1", "data_label": "demo (synthetic)", "scale": SCALE}
    (folder / META).write_text(json.dumps(saved | meta))
    return folder
