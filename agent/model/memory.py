"""How much memory the local server of these settings needs: one answer for `waam up` and `waam doctor`."""

import re
from pathlib import Path

from agent.model.adapter import merged_name
from agent.model.convert import served_folder
from agent.model.precision import cpu_build, served_precision
from agent.model.weights import catalog
from agent.settings import Settings

VLLM_GIB = 3.2  # without weights and key-value cache
# Of the folder; with the above this comes to what was measured with the default model.
TIMES = {"int8": 1.0, "bfloat16": 1.1, "auto": 1.1, "int8_weights": 1.6, "float32": 2.8}
FROM_4_BIT = 2.6  # a served folder in 16 bits, of the fetched file that it is made from
_BILLIONS = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)b(?![a-z])", re.IGNORECASE)
_QUANTISED = re.compile(r"awq|gptq|fp8|fp4|int[48]|[48]-?bit|w[48]a", re.IGNORECASE)


def needed_gib(settings: Settings) -> float:
    """GiB that the server takes. On a graphics card the weights and the cache are in the card's own memory."""
    if not cpu_build():
        return VLLM_GIB
    return VLLM_GIB + TIMES[served_precision(settings)] * weights_gib(settings) + settings.server.kv_cache_gib


def weights_gib(settings: Settings) -> float:
    """Size of the weights as they lie on disk; as far as it can be told where they are not here yet, else 0."""
    name = settings.llm.model
    if name in catalog():
        folder = served_folder(settings.models, name, served_precision(settings), merged_name(settings))
        size = _size(folder) or catalog()[name].bytes * FROM_4_BIT
    else:
        size = _size(Path(name)) or _size(_cached(name)) or _by_name(name)
    return size / 2**30


def _size(folder: Path | None) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.safetensors")) if folder else 0


def _cached(name: str) -> Path | None:
    """The folder of a model of the hub that was downloaded before."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except Exception:  # the hub's errors share no base; whatever it is, the model is not here
        return None


def _by_name(name: str) -> float:
    """Bytes of a model whose name says how many billions of weights it has, two bytes each unless it says that it is quantised."""
    billions = _BILLIONS.search(name)
    return float(billions[1]) * 1e9 * (0.5 if _QUANTISED.search(name) else 2) if billions else 0.0
