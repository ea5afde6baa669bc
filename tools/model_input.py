"""What a model is asked: the settings that its training records stated. Another one would shift its answer without meaning anything."""

from tools.conditions import ProcessConditions
from tools.encoder import Encoder
from tools.fields import FIELDS


def known_to(encoder: Encoder, conditions: ProcessConditions, required: tuple[str, ...]) -> tuple[ProcessConditions, list[str]]:
    """The conditions without the quantities that no training record of `encoder` stated, and one warning for those left out. What a
    tool requires always stays; a model that tells no training range is asked everything."""
    meta = encoder.meta
    if not meta.get("training_range"):
        return conditions, []
    known = {*required, *meta.get("required", ()), *meta.get("optional", ()), *meta["training_range"]}
    unknown = [name for name in FIELDS if name not in known and getattr(conditions, name) is not None]
    if not unknown:
        return conditions, []
    titles = ", ".join(FIELDS[name].title for name in unknown)
    return conditions.model_copy(update=dict.fromkeys(unknown)), [f"Not used, because the model was not trained on it: {titles}."]
