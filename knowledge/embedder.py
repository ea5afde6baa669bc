"""Sentences in, unit vectors out: the ONNX sentence encoder of this machine.

Knows nothing of the corpus or of Chroma (`chroma.py` puts it into Chroma's form). ONNX Runtime sessions and
tokenizers are safe to call from many threads at once.
"""

import hashlib
import json
import os
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np

from knowledge.errors import KnowledgeError
from knowledge.home import models_home

BATCH = 32
MAX_TOKENS = 256
REMEMBERED = 512  # queries whose vectors are kept


class TextEmbedder(Protocol):
    """What the store needs of an embedder; tests bring their own."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same text would get another vector."""

    def embed(self, texts: list[str]) -> np.ndarray:
        """Unit vectors [texts, size], float32."""

    def tokens(self, text: str) -> int:
        """How long a text is to it; of one that is longer than it reads, at least as long as that."""


class Embedder:
    """One sentence encoder folder: model.onnx, tokenizer.json, waam.json. Loaded at the first text."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or models_home() / "embedder"
        if not (self.folder / "waam.json").exists():
            raise KnowledgeError("The embedding model is not built yet; run `waam models build`.")
        self._loading = Lock()
        self._loaded: tuple[Any, Any] | None = None
        self._one = lru_cache(maxsize=REMEMBERED)(self._embed_one)

    @cached_property
    def fingerprint(self) -> str:
        name = json.loads((self.folder / "waam.json").read_text())["name"]
        with (self.folder / "model.onnx").open("rb") as weights:
            return f"{name}-{hashlib.file_digest(weights, 'sha256').hexdigest()[:16]}"

    def embed(self, texts: list[str]) -> np.ndarray:
        """Unit vectors [texts, size], float32. A single text is remembered, so asking again costs nothing."""
        if len(texts) == 1:
            return self._one(texts[0]).copy()
        if not texts:
            return np.zeros((0, self._run([""]).shape[1]), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        batches = [by_length[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        vectors: np.ndarray = np.concatenate([self._run([texts[index] for index in batch]) for batch in batches])
        ordered: np.ndarray = vectors[np.argsort(by_length)]
        return ordered

    def tokens(self, text: str) -> int:
        """The tokens of a text, counted up to MAX_TOKENS."""
        tokenizer, _ = self._load()
        return len(tokenizer.encode(text, add_special_tokens=False).ids)

    def _embed_one(self, text: str) -> np.ndarray:
        return self._run([text])

    def _run(self, texts: list[str]) -> np.ndarray:
        """One batch, padded to its own longest text."""
        tokenizer, session = self._load()
        encoded = tokenizer.encode_batch(texts)
        feeds = {
            "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
            "attention_mask": np.array([e.attention_mask for e in encoded], dtype=np.int64),
        }
        vectors: np.ndarray = session.run(None, feeds)[0].astype(np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def _load(self) -> tuple[Any, Any]:
        with self._loading:
            if self._loaded is None:
                import onnxruntime
                from tokenizers import Tokenizer

                tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
                tokenizer.enable_truncation(MAX_TOKENS)
                tokenizer.enable_padding()
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads = int(os.environ.get("WAAM_ENCODER_THREADS", "0"))
                options.log_severity_level = 3
                options.enable_cpu_mem_arena = False  # steady memory under many threads
                try:
                    session = onnxruntime.InferenceSession(str(self.folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
                except Exception as error:  # ONNX Runtime's errors share no base
                    raise KnowledgeError("The embedding model cannot be read; run `waam models build` to make it again.") from error
                self._loaded = tokenizer, session
            return self._loaded


@lru_cache(maxsize=4)
def _load(folder: Path) -> Embedder:
    return Embedder(folder)


def load_embedder() -> Embedder:
    """The embedder of this machine, one for all callers. Raises KnowledgeError if it is not built."""
    return _load(models_home() / "embedder")
