"""The embedder: unit vectors, the same alone or in a batch, safe from many threads, clear when it is missing."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from knowledge.embedder import Embedder, load_embedder
from knowledge.errors import KnowledgeError

TEXTS = ["humping", "What is the interpass temperature of a 316L stainless steel wall?", "a", "gas flow " * 40] * 10


def test_a_missing_model_names_the_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WAAM_HOME", str(tmp_path))
    with pytest.raises(KnowledgeError, match=r"^The embedding model is not built yet; run `waam models build`.$"):
        load_embedder()


def test_a_broken_model_names_the_next_step(real_embedder: Embedder, tmp_path: Path):
    for name in ("waam.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((real_embedder.folder / name).read_bytes())
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(KnowledgeError, match="cannot be read; run `waam models build`"):
        Embedder(tmp_path).embed(["humping"])


def test_importing_the_embedder_loads_no_runtime_and_no_store():
    code = "import sys, knowledge.embedder; sys.exit(any(name in sys.modules for name in ('onnxruntime', 'tokenizers', 'chromadb')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], timeout=60).returncode == 0


def test_vectors_are_unit_float32(real_embedder: Embedder):
    vectors = real_embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), 384) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert real_embedder.embed([]).shape == (0, 384)


def test_a_text_means_the_same_in_any_batch(real_embedder: Embedder):
    together = real_embedder.embed(TEXTS)
    for index in range(4):
        alone = real_embedder.embed([TEXTS[index]])[0]
        assert alone @ together[index] > 0.97  # int8 activations are scaled per batch
        assert alone @ together[(index + 1) % 4] < 0.9


def test_a_repeated_query_is_remembered_and_cannot_be_spoiled(real_embedder: Embedder):
    first = real_embedder.embed(["remembered"])
    first[:] = 0
    assert np.linalg.norm(real_embedder.embed(["remembered"])) == pytest.approx(1, abs=1e-5)
    assert real_embedder._one.cache_info().hits > 0


def test_many_threads_get_the_same(real_embedder: Embedder):
    fresh = Embedder(real_embedder.folder)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda text: fresh.embed([text])[0], TEXTS[:4] * 4))
    for index, answer in enumerate(answers):
        assert np.allclose(answer, real_embedder.embed([TEXTS[index % 4]])[0], atol=1e-5)
