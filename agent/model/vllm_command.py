"""What starts vLLM for these settings: its command and its environment. Knows nothing of the process that comes of it."""

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from agent.errors import ServerError
from agent.model import families
from agent.model.adapter import CONFIG, merged_name, named, weights_name
from agent.model.convert import served_folder
from agent.model.precision import cpu_build
from agent.model.weights import catalog
from agent.settings import FORKED, OWN, Settings

DTYPES = {"int8": "bfloat16", "int8_weights": "float32"}  # of the activations, where it is not the precision itself
BLOCK = "32"  # tokens that are kept together for the next prompt with the same beginning; of 128, vLLM's own, more are read again
LORA_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # what vLLM takes as the largest rank
SPECULATED, SPECULATING_STREAMS = 5, 4  # tokens, and streams at once, up to which guessing paid on two cores (docs/LOG.md)


def command(settings: Settings, precision: str) -> list[str]:
    """The vLLM command of these settings. Eager: compiling takes a minute longer at every first start. Raises ServerError with one sentence."""
    if find_spec("vllm") is None:
        raise ServerError("vLLM is not installed here; run `make venv`, or set WAAM_LLM__BASE_URL to a server that runs elsewhere.")
    server, name = settings.server, settings.llm.model
    model = name
    if name in catalog():
        folder = served_folder(settings.models, name, precision, merged_name(settings))
        if not folder.exists():
            same = "" if settings.llm.adapter == OWN else f" with the same WAAM_LLM__ADAPTER={settings.llm.adapter}"
            raise ServerError(f"The model {name} is not built for serving; run `waam models build`{same}.")
        model = str(folder)
    return [
        sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", model,
        "--served-model-name", weights_name(settings), name,  # the plain name is for those who reach it as a server elsewhere
        "--dtype", DTYPES.get(precision, precision), "--host", server.host, "--port", str(server.port),
        "--max-model-len", str(server.max_model_len), "--max-num-seqs", str(server.max_num_seqs),
        *families.options(settings), "--enforce-eager",
        *(["--quantization", precision] if precision == "int8_weights" else []), *(["--block-size", BLOCK] if cpu_build() else []),
        *_adapter(settings), *_speculation(settings),
    ]  # fmt: skip


def environment(settings: Settings) -> dict[str, str]:
    """Both cores for computing, nothing reported anywhere, nothing fetched where the weights are local."""
    extra = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "PYTHONWARNINGS": "ignore"}
    if settings.llm.model in catalog():
        extra["HF_HUB_OFFLINE"] = "1"
    if cpu_build():
        cores = sorted(os.sched_getaffinity(0))
        extra |= {
            FORKED: "1",
            "VLLM_CPU_OMP_THREADS_BIND": ",".join(map(str, cores)),
            "VLLM_CPU_NUM_OF_RESERVED_CPU": "0",
            "VLLM_CPU_KVCACHE_SPACE": str(settings.server.kv_cache_gib),
            "OMP_NUM_THREADS": str(len(cores)),
            "NUMBA_NUM_THREADS": str(len(cores)),  # it would count those that the thread which asks is bound to: one
            "GOMP_CPU_AFFINITY": " ".join(map(str, cores)),
        }
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # or each start compiles 6,000 modules
    return inherited | extra


def _adapter(settings: Settings) -> list[str]:
    """The options that serve a LoRA adapter folder beside the model, under the folder's own path as its name."""
    if (folder := named(settings)) is None:
        return []
    try:
        rank = json.loads((Path(folder) / CONFIG).read_text())["r"]
    except (OSError, ValueError, KeyError):
        raise ServerError(f"There is no LoRA adapter at {folder}; set WAAM_LLM__ADAPTER to a folder with {CONFIG}, to `none`, or unset it.") from None
    allowed = next((each for each in LORA_RANKS if each >= rank), LORA_RANKS[-1])
    return ["--enable-lora", "--max-lora-rank", str(allowed), "--lora-modules", f"{folder}={folder}"]


def _speculation(settings: Settings) -> list[str]:
    """The options by which the server guesses that an answer goes on as its prompt did, which answers that repeat results often do.
    Not with many streams at once: then the processor has enough to do without guesses."""
    tokens = settings.server.speculative_tokens
    if tokens is None:
        tokens = SPECULATED if cpu_build() else 0
    if not tokens:
        return []
    few, all_ = SPECULATING_STREAMS, settings.server.max_num_seqs
    schedule = [[1, few, tokens], [few + 1, all_, 0]] if few < all_ else [[1, all_, tokens]]
    config = {
        "method": "ngram",
        "num_speculative_tokens": tokens,
        "prompt_lookup_min": 2,
        "prompt_lookup_max": 4,
        "num_speculative_tokens_per_batch_size": schedule,
    }
    return ["--speculative-config", json.dumps(config)]
